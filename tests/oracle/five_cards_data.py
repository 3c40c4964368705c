"""What the five cards name, put on the loopback Hub: under each model's name a small real model of the task (for question
answering one of random weights), under each data set's name a part of a real data set, in the layout that the repository has
on the Hub today."""

import json
import pathlib
import shutil

import datasets
import torch
import transformers

SST2_ROWS = 48
CONLL_ROWS = dict(train=100, validation=40)
SQUAD_ROWS = dict(train=100, validation=24)
IMAGES = 48

LABELS = ["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC", "B-MISC", "I-MISC"]


def parquet(rows, features, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    datasets.Dataset.from_list(rows, features=datasets.Features(features)).to_parquet(path)
    return path


def files_below(directory):
    return {str(path.relative_to(directory)): path for path in sorted(directory.rglob("*")) if path.is_file()}


def card(configurations, features=None):
    """A README.md with `configs`, and the features where the Parquet files are not to tell."""
    lines = ["---", "configs:"]
    for name, splits in configurations.items():
        lines += [f"- config_name: {name}", "  data_files:"]
        for split, pattern in splits.items():
            lines += [f"  - split: {split}", f"    path: {pattern}"]
    for name, names in (features or {}).items():
        lines += ["dataset_info:", f"- config_name: {name}", "  features:", "  - name: sentence", "    dtype: string",
                  "  - name: label", "    dtype:", "      class_label:", "        names:"]
        lines += [f"          '{i}': {label}" for i, label in enumerate(names)]
    return "\n".join(lines + ["---", "A data set.", ""]).encode()


def add_glue(hub, real, scratch):
    """nyu-mll/glue: configurations in the card."""
    features = dict(sentence=datasets.Value("string"), label=datasets.ClassLabel(names=["negative", "positive"]),
                    idx=datasets.Value("int32"))
    files = {"README.md": card({"sst2": dict(train="sst2/train-*", validation="sst2/validation-*")},
                               {"sst2": ["negative", "positive"]})}
    for split in ("train", "validation"):
        lines = (real / "data" / "sst2" / f"{split}.tsv").read_text().splitlines()[1:SST2_ROWS + 1]
        rows = [dict(sentence=text, label=int(label), idx=i)
                for i, (text, label) in enumerate(line.split("\t") for line in lines)]
        name = f"sst2/{split}-00000-of-00001.parquet"
        files[name] = parquet(rows, features, scratch / "glue" / name)
    hub.add("datasets", "nyu-mll/glue", files)
    hub.rename("datasets", "glue", "nyu-mll/glue")


def conll_sentences(path):
    for block in path.read_text().split("\n\n"):
        pairs = [line.split(" ") for line in block.splitlines() if line.strip()]
        if pairs:
            yield [word for word, _ in pairs], [LABELS.index(tag) for _, tag in pairs]


def add_conll2003(hub, real, scratch):
    """eriktks/conll2003: a loading script, and the Hub's branch refs/convert/parquet."""
    features = dict(id=datasets.Value("string"), tokens=datasets.List(datasets.Value("string")),
                    ner_tags=datasets.List(datasets.ClassLabel(names=LABELS)))
    files = {}
    for split in ("train", "validation"):
        rows = [dict(id=str(i), tokens=tokens, ner_tags=tags)
                for i, (tokens, tags) in enumerate(conll_sentences(real / "data" / "conll2003" / f"{split}.txt"))]
        name = f"conll2003/{split}/0000.parquet"
        files[name] = parquet(rows[:CONLL_ROWS[split]], features, scratch / "conll2003" / name)
    hub.add("datasets", "eriktks/conll2003", {"README.md": b"# CoNLL-2003\n", "conll2003.py": b"raise SystemExit\n"})
    hub.add("datasets", "eriktks/conll2003", files, revision="refs/convert/parquet")
    hub.rename("datasets", "conll2003", "eriktks/conll2003")


def add_squad(hub, real, scratch):
    """rajpurkar/squad: one configuration, which the card declares."""
    features = dict(id=datasets.Value("string"), title=datasets.Value("string"), context=datasets.Value("string"),
                    question=datasets.Value("string"),
                    answers=dict(text=datasets.List(datasets.Value("string")),
                                 answer_start=datasets.List(datasets.Value("int32"))))
    rows = []
    for article in json.loads((real / "data" / "squad" / "validation.json").read_text())["data"]:
        for paragraph in article["paragraphs"]:
            for question in paragraph["qas"]:
                answers = question["answers"]
                rows.append(dict(id=question["id"], title=article.get("title", ""), context=paragraph["context"],
                                 question=question["question"],
                                 answers=dict(text=[a["text"] for a in answers],
                                              answer_start=[a["answer_start"] for a in answers])))
    files = {"README.md": card({"plain_text": dict(train="plain_text/train-*", validation="plain_text/validation-*")})}
    for split in ("train", "validation"):
        name = f"plain_text/{split}-00000-of-00001.parquet"
        files[name] = parquet(rows[:SQUAD_ROWS[split]], features, scratch / "squad" / name)
    hub.add("datasets", "rajpurkar/squad", files)
    hub.rename("datasets", "squad", "rajpurkar/squad")


def add_beans(hub, real, scratch):
    """AI-Lab-Makerere/beans: images inside Parquet files."""
    features = dict(image_file_path=datasets.Value("string"), image=datasets.Image(),
                    labels=datasets.ClassLabel(names=[str(i) for i in range(10)]))
    files = {"README.md": card({"default": dict(train="data/train-*", validation="data/validation-*")})}
    for split, count in (("train", 128), ("validation", IMAGES)):
        paths = sorted((real / "data" / "digits" / split).glob("*/*.png"), key=lambda path: path.name)[:count]
        rows = [dict(image_file_path=path.name, image=dict(bytes=path.read_bytes(), path=path.name),
                     labels=int(path.parent.name)) for path in paths]
        name = f"data/{split}-00000-of-00001.parquet"
        files[name] = parquet(rows, features, scratch / "beans" / name)
    hub.add("datasets", "AI-Lab-Makerere/beans", files)
    hub.rename("datasets", "beans", "AI-Lab-Makerere/beans")


def make_question_answering_model(real, directory):
    """DistilBERT of random weights, with the tokenizer of a real model."""
    torch.manual_seed(0)
    directory.mkdir()
    config = transformers.DistilBertConfig(dim=32, n_layers=2, n_heads=2, hidden_dim=64)
    transformers.DistilBertForQuestionAnswering(config).save_pretrained(directory)
    for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt"):
        shutil.copy(real / "sst2-minilm" / name, directory / name)


def shorter(files, directory):
    """The model's files with a tokenizer of 64 tokens, which is what calibration pads its samples to."""
    config = json.loads(files["tokenizer_config.json"].read_text()) | dict(model_max_length=64)
    directory.mkdir()
    (directory / "tokenizer_config.json").write_text(json.dumps(config))
    return files | {"tokenizer_config.json": directory / "tokenizer_config.json"}


def add_models(hub, real, scratch):
    make_question_answering_model(real, scratch / "squad-model")
    conll = shorter(files_below(real / "conll03-minilm"), scratch / "conll-model")
    for name, old, files in (
            ("distilbert/distilbert-base-uncased-finetuned-sst-2-english", "distilbert-base-uncased-finetuned-sst-2-english",
             files_below(real / "sst2-minilm")),
            ("elastic/distilbert-base-uncased-finetuned-conll03-english", None, conll),
            ("distilbert/distilbert-base-uncased-distilled-squad", "distilbert-base-uncased-distilled-squad",
             files_below(scratch / "squad-model")),
            ("nateraw/vit-base-beans", None, files_below(real / "digits-vit"))):
        hub.add("models", name, files)
        if old:
            hub.rename("models", old, name)


def fill(hub, real, scratch: pathlib.Path):
    datasets.disable_progress_bars()
    add_models(hub, real, scratch)
    for add in (add_glue, add_conll2003, add_squad, add_beans):
        add(hub, real, scratch)
