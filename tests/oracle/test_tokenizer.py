"""Our tokenizer against transformers' AutoTokenizer for the same directory: ids, masks, type ids,
offsets, word ids and windows must be equal."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from tokenizers import ByteLevelBPETokenizer
from transformers import AutoTokenizer

ROOT = Path(__file__).resolve().parents[2]
REAL = Path(os.environ.get("QUANTBENCH_REAL_ASSETS") or ROOT.parent / "shared" / "real")
DUMP = Path(os.environ["QUANTBENCH_TOOLS"]) / "tokenizer_dump"

EDGE_CASES = [
    "", " ", "\t\n ", "a", "Hello, World!", "don't can't o'clock", "naïve café ÉCOLE Ångström",
    "e\u0301 combining a\u0308", "中文字符和英文 mixed 日本語のテキスト 한국어", "😀 emoji 👩‍👩‍👧 zwj", "\u200b zero\u200bwidth",
    "soft\u00adhyphen non\u00a0breaking", "\ufffd replacement \x00 nul \x07 bell", "İstanbul ıçin ß ẞ ﬁ ligature",
    "URL http://a.b/c?d=e&f=g#h and e-mail x@y.z", "1,234.56 $5 50% 3/4 ½ ²", "[CLS] [SEP] [MASK] [PAD] [UNK] <s> </s> <mask>",
    " leading and trailing ", "a" * 150, "x" * 100 + " " + "x" * 101, "word " * 700, "-- ... !!! ?!?", "\u202eright to left עברית العربية",
    "tab\tseparated\tvalues", "line\nbreak\r\nbreak", "Ω≈ç√∫˜µ≤≥÷", "ＦＵＬＬｗｉｄｔｈ", "A\u0300\u0301\u0302 stacked", "##wordpiece ##s",
    "antidisestablishmentarianism", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝓽𝓮𝔁𝓽", "\U000e0001 tag", "हिन्दी ไทย",
]


def byte_offsets(text, offsets):
    """Character offsets, which Python hands out, as byte offsets."""
    at = [0]
    for character in text:
        at.append(at[-1] + len(character.encode()))
    return [[at[begin], at[end]] for begin, end in offsets]


def reference(tokenizer, request):
    truncation = request.get("truncation", "longest_first")
    options = dict(
        truncation=False if truncation == "none" else truncation,
        padding="max_length" if request.get("pad") else False,
        max_length=request.get("max_length"), return_token_type_ids=True, return_attention_mask=True,
        return_offsets_mapping=True)
    if request.get("windows"):
        options.update(stride=request.get("stride", 0), return_overflowing_tokens=True)
    if "words" in request:
        sources = None
        out = tokenizer([request["words"]], is_split_into_words=True, **options)
    else:
        sources = [request["text"], request.get("pair", "")]
        pair = [request["pair"]] if "pair" in request else None
        out = tokenizer([request["text"]], pair, **options)
    windows = []
    for i, ids in enumerate(out["input_ids"]):
        sequences = out.sequence_ids(i)
        if sources is None:
            offsets = [byte_offsets(request["words"][w], [o])[0] if w is not None else [0, 0]
                       for w, o in zip(out.word_ids(i), out["offset_mapping"][i])]
        else:
            offsets = [byte_offsets(sources[s], [o])[0] if s is not None else [0, 0]
                       for s, o in zip(sequences, out["offset_mapping"][i])]
        windows.append(dict(
            input_ids=ids, attention_mask=out["attention_mask"][i], token_type_ids=out["token_type_ids"][i],
            offsets=offsets, word_ids=[-1 if w is None else w for w in out.word_ids(i)],
            sequence_ids=[-1 if s is None else s for s in sequences]))
    return windows


def ours(directory, requests):
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    done = subprocess.run([DUMP, directory], input=lines, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def real_texts():
    texts = []
    for path, column in [("sst2/validation.tsv", 0)]:
        lines = (REAL / "data" / path).read_text(encoding="utf-8").splitlines()[1:]
        texts += [line.split("\t")[column] for line in lines]
    return texts


def requests_for(texts):
    out = [dict(text=text) for text in texts]
    out += [dict(text=text, truncation="none") for text in texts if len(text) < 400]
    out += [dict(text=text, max_length=12, pad=True) for text in texts]
    pairs = list(zip(texts, texts[1:] + texts[:1]))
    out += [dict(text=a, pair=b) for a, b in pairs]
    out += [dict(text=a, pair=b, max_length=20, pad=True) for a, b in pairs]
    out += [dict(text="which word is it?", pair=b, truncation="only_second", max_length=24, stride=7,
                 windows=True, pad=True) for b in texts]
    out += [dict(text=b, pair="short", truncation="only_first", max_length=24, stride=3, windows=True)
            for b in texts]
    out += [dict(text=b, max_length=16, stride=5, windows=True) for b in texts]
    out += [dict(words=text.split()) for text in texts if text.split()]
    return out


class Tokenizer(unittest.TestCase):
    def compare(self, directory, requests):
        tokenizer = AutoTokenizer.from_pretrained(directory)
        answers = ours(directory, requests)
        self.assertEqual(len(answers), len(requests))
        for request, answer in zip(requests, answers):
            expected = reference(tokenizer, request)
            self.assertEqual(answer.get("windows"), expected, msg=f"{request}: {answer.get('error')}")
        return len(requests)

    def derived(self, make):
        """A temporary model directory that `make` fills."""
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        make(Path(scratch.name))
        return scratch.name

    def needs_real(self):
        if not REAL.is_dir():
            self.skipTest("real models and data not found; set QUANTBENCH_REAL_ASSETS")

    def test_real_sentences_and_edge_cases(self):
        self.needs_real()
        count = self.compare(REAL / "sst2-minilm", requests_for(real_texts()[:200] + EDGE_CASES))
        print(f"{count} requests equal")

    def test_other_settings_of_tokenizer_config_replace_those_of_tokenizer_json(self):
        self.needs_real()
        for changes in [dict(do_lower_case=False), dict(strip_accents=True), dict(strip_accents=False),
                        dict(tokenize_chinese_chars=False), dict(truncation_side="left"),
                        dict(padding_side="left"), dict(do_lower_case=False, strip_accents=True),
                        dict(model_max_length=40), dict(tokenizer_class="DistilBertTokenizer"),
                        dict(tokenizer_class="PreTrainedTokenizerFast", do_lower_case=False)]:
            with self.subTest(**changes):
                def make(directory, changes=changes):
                    for name in ["tokenizer.json", "vocab.txt", "config.json"]:
                        shutil.copy(REAL / "sst2-minilm" / name, directory)
                    config = json.loads((REAL / "sst2-minilm" / "tokenizer_config.json").read_text())
                    (directory / "tokenizer_config.json").write_text(json.dumps(config | changes))
                self.compare(self.derived(make), requests_for(EDGE_CASES))

    def test_vocab_txt_alone(self):
        self.needs_real()
        for lower in [True, False]:
            def make(directory, lower=lower):
                for name in ["vocab.txt", "config.json"]:
                    shutil.copy(REAL / "sst2-minilm" / name, directory)
                (directory / "tokenizer_config.json").write_text(
                    json.dumps(dict(do_lower_case=lower, model_max_length=512)))
            self.compare(self.derived(make), requests_for(real_texts()[:50] + EDGE_CASES))

    def test_byte_level_bpe_from_vocab_and_merges_and_from_tokenizer_json(self):
        text = ROOT.joinpath("LICENSE").read_text() + "\n".join(EDGE_CASES)
        bpe = ByteLevelBPETokenizer()
        bpe.train_from_iterator(text.splitlines(), vocab_size=1000, min_frequency=2,
                                special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"])

        def make(directory):
            bpe.save_model(str(directory))
            (directory / "config.json").write_text(json.dumps(dict(model_type="roberta")))
            (directory / "tokenizer_config.json").write_text(
                json.dumps(dict(tokenizer_class="RobertaTokenizer", model_max_length=64)))
        vocabulary = self.derived(make)
        self.compare(vocabulary, requests_for(EDGE_CASES))

        def save(directory):
            AutoTokenizer.from_pretrained(vocabulary, add_prefix_space=True).save_pretrained(directory)
            shutil.copy(Path(vocabulary) / "config.json", directory)
        self.compare(self.derived(save), requests_for(EDGE_CASES))


if __name__ == "__main__":
    unittest.main()
