"""The real models with their data, as the benchmarks of quantized models use them: samples as inputs of a model, and what a model
gets right of each sample. All models of a case get the same inputs.

QUANTBENCH_REAL_ASSETS (default ../shared/real) has the models and the data.
"""

import csv
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import transformers
from PIL import Image
from seqeval.metrics.sequence_labeling import get_entities

ROOT = Path(__file__).resolve().parents[1]
REAL = Path(os.environ.get("QUANTBENCH_REAL_ASSETS") or ROOT.parent / "shared" / "real")
PEERS = ROOT / ".venv" / "bench"
# Tokens of a forward. Larger batches are not faster.
TOKENS = 512
# Names of the tasks' main figures.
ACCURACY, F1 = "accuracy", "overall_f1"


def find_peers():
    """Makes NNCF and Optuna importable, here and in child processes."""
    if not (PEERS / "nncf").is_dir():
        sys.exit("the peers are missing: .venv/bin/python -m pip install --no-deps --target .venv/bench -r bench/requirements.txt")
    sys.path.append(str(PEERS))
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(PEERS)]))
    os.environ["NNCF_CI"] = "1"  # it reports its use otherwise


def call(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr.strip() or f"failed: {' '.join(map(str, command))[:200]}")
    return done.stdout


def has_vnni():
    flags = Path("/proc/cpuinfo").read_text()
    return "avx512_vnni" in flags or "avx_vnni" in flags


def figure(outcomes):
    """Accuracy or F1 of per-sample counts: [right, predicted, expected]. For one label a sample the two are the same."""
    right, predicted, expected = np.asarray(outcomes).sum(axis=0)
    return 2 * right / (predicted + expected)


def paired_difference(mine, other, draws=4000):
    """figure(mine) - figure(other) and its 95 % interval: bootstrap over samples, the same samples on both sides."""
    mine, other = np.asarray(mine, float), np.asarray(other, float)
    count = len(mine)
    weights = np.random.default_rng(0).multinomial(count, np.full(count, 1 / count), draws).astype(float)
    drawn = []
    for outcomes in (mine, other):
        sums = weights @ outcomes
        drawn.append(2 * sums[:, 0] / (sums[:, 1] + sums[:, 2]))
    low, high = np.quantile(drawn[0] - drawn[1], [0.025, 0.975])
    return figure(mine) - figure(other), float(low), float(high)


def in_batches(inputs, tokens=TOKENS):
    """Numbers of samples that share a forward: all of one shape, so that none is padded."""
    by_shape = defaultdict(list)
    for number, one in enumerate(inputs):
        by_shape[next(iter(one.values())).shape].append(number)
    for shape, numbers in sorted(by_shape.items()):
        size = max(1, tokens // shape[0]) if len(shape) == 1 else 16
        yield from (numbers[at:at + size] for at in range(0, len(numbers), size))


def predict(forward, inputs):
    """Logits of each sample. `forward` maps arrays by name to the logits."""
    logits = [None] * len(inputs)
    for numbers in in_batches(inputs):
        stacked = {name: np.stack([inputs[number][name] for number in numbers]) for name in inputs[numbers[0]]}
        for number, values in zip(numbers, forward(stacked)):
            logits[number] = values
    return logits


class Case:
    """name, task, checkpoint, data, its columns, and the figure that counts. `length`: of timed inputs."""

    length = 128

    def export(self, program, path):
        call(program, "export", self.checkpoint, "--task", self.task, "--opset", 13, "-o", path)

    def calibration_flags(self):
        return ["--tokenizer", self.checkpoint, "--task", self.task, "--dataset", self.data, "--calibration-split", "train",
                "--data-keys", f"primary={self.primary}", "--ref-keys", self.reference]

    def samples(self, split):
        """References and inputs, in the order of the data."""
        raise NotImplementedError

    def outcomes(self, logits, references):
        return np.array([self.outcome(one, reference) for one, reference in zip(logits, references)])

    def outcome(self, logits, reference):
        return [int(np.argmax(logits)) == reference, 1, 1]

    def timed(self, batch, length=None):
        """Inputs of one shape."""
        shape = (batch, length or self.length)
        ids = np.random.default_rng(0).integers(1000, 2000, shape)
        return dict(input_ids=ids, attention_mask=np.ones(shape, np.int64), token_type_ids=np.zeros(shape, np.int64))

    def shape_name(self, batch, length=None):
        return f"{batch} x {length or self.length}"

    def tokenizer(self):
        return transformers.AutoTokenizer.from_pretrained(self.checkpoint)


def as_inputs(encoded):
    return {name: np.array(encoded[name], np.int64) for name in ("input_ids", "attention_mask", "token_type_ids")}


class Sst2(Case):
    name, task, metric = "SST-2 MiniLM", "text-classification", ACCURACY
    checkpoint, data = REAL / "sst2-minilm", REAL / "data" / "sst2"
    primary, reference = "sentence", "label"

    def samples(self, split):
        with open(self.data / f"{split}.tsv", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        tokenizer = self.tokenizer()
        return [int(row["label"]) for row in rows], [as_inputs(tokenizer(row["sentence"], truncation=True)) for row in rows]


class Conll(Case):
    name, task, metric = "CoNLL MiniLM", "token-classification", F1
    checkpoint, data = REAL / "conll03-minilm", REAL / "data" / "conll2003"
    primary, reference = "tokens", "ner_tags"

    def sentences(self, split):
        words, tags = [], []
        for line in (self.data / f"{split}.txt").read_text().splitlines() + [""]:
            if line.strip() and not line.startswith("-DOCSTART-"):
                words.append(line.split()[0])
                tags.append(line.split()[-1])
            elif words:
                yield words, tags
                words, tags = [], []

    def samples(self, split):
        tokenizer = self.tokenizer()
        self.labels = transformers.AutoConfig.from_pretrained(self.checkpoint).id2label
        references, inputs = [], []
        for words, tags in self.sentences(split):
            encoded = tokenizer(words, is_split_into_words=True, truncation=True)
            first = {}
            for position, word in enumerate(encoded.word_ids()):
                if word is not None:
                    first.setdefault(word, position)
            references.append((tags, [first.get(word) for word in range(len(words))]))
            inputs.append(as_inputs(encoded))
        return references, inputs

    def outcome(self, logits, reference):
        tags, positions = reference
        classes = np.argmax(logits, axis=-1)
        found = [self.labels[int(classes[position])] if position is not None else "O" for position in positions]
        predicted, expected = set(get_entities(found)), set(get_entities(tags))
        return [len(predicted & expected), len(predicted), len(expected)]


class Loud(Sst2):
    """SST-2 with a model that computes the same in float and collapses in eight bits (loud_model.py)."""

    name = "SST-2 MiniLM, loud"

    def __init__(self, checkpoint=None):
        self.checkpoint = checkpoint


class Digits(Case):
    name, task, metric = "digits ViT", "image-classification", ACCURACY
    checkpoint, data = REAL / "digits-vit", REAL / "data" / "digits"
    primary, reference = "image", "label"
    side = 64

    def samples(self, split):
        references, inputs = [], []
        for path in sorted((self.data / split).glob("*/*.png")):
            image = Image.open(path).convert("RGB").resize((self.side, self.side), Image.Resampling.BILINEAR)
            pixels = (np.asarray(image, np.float32) / 255 - 0.5) / 0.5
            references.append(int(path.parent.name))
            inputs.append(dict(pixel_values=np.ascontiguousarray(pixels.transpose(2, 0, 1))))
        return references, inputs

    def timed(self, batch, length=None):
        values = np.random.default_rng(0).uniform(-1, 1, (batch, 3, self.side, self.side))
        return dict(pixel_values=values.astype(np.float32))

    def shape_name(self, batch, length=None):
        return f"{batch}"


CASES = dict(sst2=Sst2, conll=Conll, digits=Digits)
