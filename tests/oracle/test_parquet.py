"""What a split is read as, value by value, against `datasets`: Parquet files of every type, compression and
layout, and the other formats in the layouts that `datasets` finds by itself."""

import hashlib
import io
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

import datasets
import numpy
import pyarrow
import pyarrow.parquet
from PIL import Image

from parquet_columns import WORDS, columns_of_every_type, texts

datasets.disable_progress_bars()
TOOL = pathlib.Path(os.environ["QUANTBENCH_TOOLS"]) / "split_dump"


def ours(path, split, name=None, limit=0, seed=None, **more):
    request = {"path": str(path), "name": name, "split": split, "limit": limit, "seed": seed, **more}
    done = subprocess.run([TOOL, json.dumps(request)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return lines[0], lines[1:]


def plain(value):
    """A value of a row as split_dump prints it."""
    if isinstance(value, bytes):
        return {"sha256": hashlib.sha256(value).hexdigest()}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def undecoded(loaded):
    for column, feature in loaded.features.items():
        if isinstance(feature, datasets.Image):
            loaded = loaded.cast_column(column, datasets.Image(decode=False))
    return loaded


def classes_of(feature):
    if isinstance(feature, datasets.ClassLabel):
        return feature.names
    if isinstance(feature, (datasets.Sequence, datasets.List, datasets.LargeList)):
        return classes_of(feature.feature)
    return None


def compare(what, path, theirs, split, name=None, limit=0, seed=None, classes=True):
    head, rows = ours(path, split, name, limit, seed)
    theirs = undecoded(theirs)
    expected = [plain(row) for row in theirs]
    assert sorted(head["columns"]) == sorted(theirs.column_names), f"{what}: columns {head['columns']}"
    assert len(rows) == len(expected), f"{what}: {len(rows)} rows, expected {len(expected)}"
    for index, (found, wanted) in enumerate(zip(rows, expected)):
        assert found == wanted, f"{what}: row {index}\n  ours   {found}\n  theirs {wanted}"
    if classes:
        wanted = {column: classes_of(f) for column, f in theirs.features.items() if classes_of(f)}
        assert head["class_names"] == wanted, f"{what}: classes {head['class_names']}, expected {wanted}"
    return len(rows)


def image_bytes(random, form):
    out = io.BytesIO()
    pixels = random.integers(0, 256, size=(random.integers(1, 40), 17, 3), dtype=numpy.uint8)
    Image.fromarray(pixels).save(out, format=form)
    return out.getvalue()


def sets_of_the_tasks(random):
    """The shapes that the Hub's data sets have, as `datasets` objects."""
    F, n = datasets.Features, 331
    text = datasets.Value("string")
    label = datasets.ClassLabel(names=["negative", "positive"])
    yield "classification", datasets.Dataset.from_dict(
        {"sentence": texts(n, random), "label": random.integers(0, 2, n).tolist(), "idx": list(range(n))},
        F({"sentence": text, "label": label, "idx": datasets.Value("int32")}),
    )
    tags = datasets.ClassLabel(names=["O", "B-PER", "I-PER"])
    tokens = [list(random.choice(WORDS, size=random.integers(0, 12))) for _ in range(n)]
    yield "tokens", datasets.Dataset.from_dict(
        {"tokens": tokens, "ner_tags": [random.integers(0, 3, len(t)).tolist() for t in tokens]},
        F({"tokens": datasets.Sequence(text), "ner_tags": datasets.Sequence(tags)}),
    )
    spans = [list(range(random.integers(0, 4))) for _ in range(n)]
    questions = {"id": [f"q{i}" for i in range(n)], "question": texts(n, random), "context": texts(n, random)}
    yield "answers as lists", datasets.Dataset.from_dict(
        {**questions, "answers": [{"text": [f"a{s}" for s in one], "answer_start": one} for one in spans]},
        F({"id": text, "question": text, "context": text,
           "answers": datasets.Sequence({"text": text, "answer_start": datasets.Value("int32")})}),
    )
    yield "answers as objects", datasets.Dataset.from_dict(
        {**questions, "answers": [[{"text": f"a{s}", "answer_start": s} for s in one] for one in spans]},
        F({"id": text, "question": text, "context": text,
           "answers": [{"text": text, "answer_start": datasets.Value("int32")}]}),
    )
    images = [{"bytes": image_bytes(random, form), "path": f"{i}.{form}"} for i, form in enumerate(["PNG", "JPEG"] * 60)]
    yield "images", datasets.Dataset.from_dict(
        {"image": images, "label": random.integers(0, 3, len(images)).tolist()},
        F({"image": datasets.Image(decode=False), "label": datasets.ClassLabel(names=["c", "a", "b"])}),
    )


def load(path, **more):
    cache = tempfile.mkdtemp(dir=CACHE)
    return datasets.load_dataset("parquet", data_files=str(path), split="train", cache_dir=cache, keep_in_memory=True, **more)


def check_types(root, random):
    """Every type that a column can have, with nulls, in plain Arrow tables."""
    table = pyarrow.table(columns_of_every_type(257, random))
    compared = 0
    for compression in ("none", "snappy", "gzip", "zstd", "brotli", "lz4"):
        for version, group in (("2.6", 1000), ("1.0", 37)):
            path = root / f"types_{compression}_{group}.parquet"
            pyarrow.parquet.write_table(
                table, path, compression=compression, row_group_size=group, version=version,
                data_page_version="2.0" if group == 37 else "1.0", use_dictionary=group == 37, data_page_size=600,
            )
            # pyarrow itself: `datasets` has no feature for some of the types.
            theirs = pyarrow.parquet.read_table(path).to_pylist()
            _, rows = ours(path, "train")
            assert rows == [plain(row) for row in theirs], path
            compared += len(rows)
    return compared


def check_files(root, random):
    compared = 0
    for what, dataset in sets_of_the_tasks(random):
        path = root / f"{what.replace(' ', '_')}.parquet"
        dataset.to_parquet(path, batch_size=50)
        compared += compare(what, path, load(path), "train")
        limit = 17
        compared += compare(f"{what}, first", path, load(path).select(range(limit)), "train", limit=limit)
        shuffled = load(path).shuffle(seed=42).select(range(limit))
        compared += compare(f"{what}, shuffled", path, shuffled, "train", limit=limit, seed=42)
        if what == "images":
            continue
        for form, write in (("jsonl", dataset.to_json),):
            path = root / f"{what.replace(' ', '_')}.{form}"
            write(path)
            theirs = datasets.load_dataset("json", data_files=str(path), split="train", cache_dir=CACHE, keep_in_memory=True)
            compared += compare(f"{what}, {form}", path, theirs, "train")
            compared += compare(f"{what}, {form} shuffled", path, theirs.shuffle(seed=42).select(range(limit)), "train", limit=limit, seed=42)
    return compared


def check_columns(root):
    """Of some columns nothing else is read: all other bytes of the column chunks are overwritten."""
    compared = 0
    for path in sorted(root.glob("*.parquet")):
        file = pyarrow.parquet.ParquetFile(path)
        names = file.schema_arrow.names
        groups = [file.metadata.row_group(g) for g in range(file.metadata.num_row_groups)]
        for kept in ([names[0]], [names[-1], names[0]], names[1:]):
            spoilt = bytearray(path.read_bytes())
            for chunk in (group.column(c) for group in groups for c in range(group.num_columns)):
                if chunk.path_in_schema.split(".")[0] not in kept:
                    start = chunk.dictionary_page_offset or chunk.data_page_offset
                    spoilt[start : start + chunk.total_compressed_size] = b"\xff" * chunk.total_compressed_size
            copy = root / "spoilt.parquet"
            copy.write_bytes(spoilt)
            _, rows = ours(copy, "train", columns=kept)
            assert rows == [plain(row) for row in pyarrow.parquet.read_table(path, columns=kept).to_pylist()], (path, kept)
            compared += len(rows)
            copy.unlink()
    return compared


LAYOUTS = {
    # name: (files, README.md, [(configuration, split)])
    "glue": (
        ["sst2/train-00000-of-00002.parquet", "sst2/train-00001-of-00002.parquet", "sst2/validation-00000-of-00001.parquet",
         "rte/validation-00000-of-00001.parquet"],
        "configs:\n- config_name: rte\n  data_files:\n  - split: validation\n    path: rte/validation-*\n"
        "- config_name: sst2\n  data_files:\n  - split: train\n    path: sst2/train-*\n  - split: validation\n    path: sst2/validation-*\n",
        [("sst2", "train"), ("sst2", "validation"), ("rte", "validation")],
    ),
    "default": (["plain/a.parquet", "plain/b.parquet", "deep/x/c.parquet"],
                "configs:\n- config_name: one\n  data_files: plain/*.parquet\n  default: true\n"
                "- config_name: two\n  data_files:\n  - split: test\n    path: ['deep/**', plain/b.parquet]\n",
                [(None, "train"), ("one", "train"), ("two", "test")]),
    "data_dir": (["x/train.parquet", "x/test.parquet", "y/train.parquet"],
                 "configs:\n- config_name: x\n  data_dir: x\n- config_name: y\n  data_dir: y\n", [("x", "test"), ("y", "train")]),
    "sharded": (["data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet", "data/test-00000-of-00001.parquet"],
                "", [(None, "train"), (None, "test")]),
    "names": (["train.parquet", "dev.parquet", "test.parquet"], "", [(None, "train"), (None, "validation"), (None, "test")]),
    "words": (["my_train_file_00.parquet", "my_train_file_01.parquet", "my-dev-file.parquet", "my-eval-file.parquet"], "",
              [(None, "train"), (None, "validation"), (None, "test")]),
    "directories": (["train/0000.parquet", "train/0001.parquet", "valid/0000.parquet"], "", [(None, "train"), (None, "validation")]),
    "deep": (["corpus/training/p1.parquet", "corpus/testing/p1.parquet"], "", [(None, "train"), (None, "test")]),
    "unnamed": (["b.parquet", "a.parquet"], "", [(None, "train")]),
}


def check_layouts(root):
    compared = 0
    for name, (files, card, wanted) in LAYOUTS.items():
        base = root / "layouts" / name
        for file in files:
            (base / file).parent.mkdir(parents=True, exist_ok=True)
            datasets.Dataset.from_dict({"from": [f"{file} {i}" for i in range(3)]}).to_parquet(base / file)
        if card:
            (base / "README.md").write_text(f"---\n{card}---\n# Data\n")
        for configuration, split in wanted:
            theirs = datasets.load_dataset(str(base), configuration, split=split, cache_dir=tempfile.mkdtemp(dir=CACHE), keep_in_memory=True)
            compared += compare(f"layout {name}, {configuration}, {split}", base, theirs, split, configuration)
    return compared


def check_card_classes(root):
    """Class names from the card alone: plain Parquet files with integers."""
    base = root / "card"
    base.mkdir()
    pyarrow.parquet.write_table(pyarrow.table({"text": ["a", "b"], "label": [1, 0]}), base / "train.parquet")
    (base / "README.md").write_text(
        "---\ndataset_info:\n  features:\n  - name: text\n    dtype: string\n  - name: label\n    dtype:\n"
        "      class_label:\n        names:\n          '0': negative\n          '1': positive\n---\n"
    )
    theirs = datasets.load_dataset(str(base), split="train", cache_dir=CACHE, keep_in_memory=True)
    assert theirs.features["label"].names == ["negative", "positive"]
    return compare("classes of the card", base, theirs, "train")


def main():
    global CACHE
    random = numpy.random.default_rng(6)
    with tempfile.TemporaryDirectory() as scratch:
        root = pathlib.Path(scratch)
        CACHE = str(root / "cache")
        os.mkdir(CACHE)
        compared = check_types(root, random) + check_files(root, random) + check_columns(root) + check_layouts(root) + check_card_classes(root)
    print(f"{compared} rows are what datasets and pyarrow read")


if __name__ == "__main__":
    sys.exit(main())
