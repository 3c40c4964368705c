"""The expected rows under tests/data/dataset/rows are what `datasets` and pandas read from the files.

Differences that are ours on purpose are undone before comparing: an empty cell of a text column is
text (pandas: missing), and "02139" stays text (pandas: a number).
"""

import csv
import json
import math
import pathlib
import sys
import tempfile

import datasets
import pandas

ROWS = pathlib.Path(__file__).parent.parent / "data" / "dataset" / "rows"


def read_csv(path):
    frame = pandas.read_csv(path, keep_default_na=False, na_values={"count": [""]}, dtype={"zip": str})
    rows = frame.astype(object).to_dict("records")
    return [
        {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in row.items()} for row in rows
    ]


def read_tsv(path):
    # As the GLUE script reads its files; its labels are integers by their feature type.
    with open(path, encoding="utf-8-sig") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [{k: int(v) if k == "label" else v for k, v in row.items()} for row in rows]


def read_json(path):
    field = "data" if path.name == "objects_under_data.json" else None
    with tempfile.TemporaryDirectory() as cache:
        loaded = datasets.load_dataset(
            "json", data_files=str(path), field=field, split="train", cache_dir=cache, keep_in_memory=True
        )
        return [dict(row) for row in loaded]


def read_squad(path):
    # squad_v2's own flattening, spelled out: its script is not part of the `datasets` package.
    rows = []
    for article in json.loads(path.read_text())["data"]:
        for paragraph in article["paragraphs"]:
            for question in paragraph["qas"]:
                answers = question["answers"]
                rows.append(
                    {
                        "id": question["id"],
                        "title": article["title"],
                        "context": paragraph["context"],
                        "question": question["question"],
                        "answers": {
                            "text": [a["text"] for a in answers],
                            "answer_start": [a["answer_start"] for a in answers],
                        },
                    }
                )
    return rows


def read_conll(path):
    # The loop of the data set script conll2003: one space between columns, -DOCSTART- and empty lines part.
    rows, row = [], []
    for line in [*path.read_text().splitlines(), ""]:
        if line.startswith("-DOCSTART-") or line.strip() == "":
            if row:
                columns = zip(*row)
                rows.append(dict(zip(("tokens", "pos_tags", "chunk_tags", "ner_tags"), map(list, columns))))
            row = []
        else:
            row.append(line.split())
    return rows


def main():
    failed = 0
    files = sorted(p for p in ROWS.iterdir() if not p.name.endswith(".expected.json"))
    assert len(files) >= 9, files
    for path in files:
        if path.name.startswith("squad"):
            found = read_squad(path)
        elif path.suffix == ".conll":
            found = read_conll(path)
        else:
            found = {".csv": read_csv, ".tsv": read_tsv}.get(path.suffix, read_json)(path)
        expected = json.loads(pathlib.Path(f"{path}.expected.json").read_text())
        if expected and "extra" in expected[0]:
            expected = [{"extra": None, **row} for row in expected]
        if found != expected:
            print(f"{path.name}:\n  theirs {found}\n  ours   {expected}")
            failed += 1
    print(f"{len(files) - failed} of {len(files)} files agree")
    return failed != 0


sys.exit(main())
