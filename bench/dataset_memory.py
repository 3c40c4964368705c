"""Peak memory of evaluating a data set, and one with ten times as many rows, in every format. It must not grow with the rows.
The model is the demo's, whose session is small.

    .venv/bin/python bench/dataset_memory.py --tools build/tests/tools [--rows 20000]
"""

import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import pyarrow
import pyarrow.parquet

ROOT = pathlib.Path(__file__).parent.parent
WORDS = "a charming and often affecting journey that never quite finds its way home again".split()


def sentences(count):
    choose = random.Random(6)
    for _ in range(count):
        yield " ".join(choose.choices(WORDS, k=choose.randint(300, 500)))


def write(path, count):
    rows = ({"sentence": text, "label": i % 2} for i, text in enumerate(sentences(count)))
    if path.suffix == ".parquet":
        schema = pyarrow.schema([("sentence", pyarrow.string()), ("label", pyarrow.int64())])
        with pyarrow.parquet.ParquetWriter(path, schema) as writer:
            batch = []
            for row in rows:
                batch.append(row)
                if len(batch) == 5000:
                    writer.write_table(pyarrow.Table.from_pylist(batch, schema))
                    batch = []
            if batch:
                writer.write_table(pyarrow.Table.from_pylist(batch, schema))
        return
    with path.open("w") as file:
        if path.suffix == ".csv":
            file.write("sentence,label\n")
        elif path.suffix == ".json":
            file.write("[")
        for i, row in enumerate(rows):
            if path.suffix == ".csv":
                file.write(f"{row['sentence']},{row['label']}\n")
            elif path.suffix == ".json":
                file.write((",\n" if i else "") + json.dumps(row))
            else:
                file.write(json.dumps(row) + "\n")
        if path.suffix == ".json":
            file.write("]")


def peak_of(command):
    """Peak memory in bytes. A process counts the memory of the one it was forked from, and this one has read the
    files: a small Python starts the command."""
    start = (
        "import os, subprocess, sys; p = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL); "
        "_, status, usage = os.wait4(p.pid, 0); print(usage.ru_maxrss); sys.exit(status != 0)"
    )
    done = subprocess.run([sys.executable, "-S", "-E", "-c", start, *command], check=True, capture_output=True, text=True)
    return int(done.stdout) * 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", type=pathlib.Path, required=True)
    parser.add_argument("--rows", type=int, default=20000)
    parser.add_argument("--evaluate", action="store_true", help="with the demo's model, not the reading alone")
    options = parser.parse_args()
    worst = 0
    print(f"{'':10} {'rows':>9} {'file, MB':>9} {'peak, MB':>9}")
    for form in ("parquet", "jsonl", "json", "csv"):
        peaks = []
        for rows in (options.rows, 10 * options.rows):
            with tempfile.TemporaryDirectory() as scratch:
                path = pathlib.Path(scratch) / f"validation.{form}"
                write(path, rows)
                request = {"path": str(path), "split": "validation"}
                tool = "split_dump"
                if options.evaluate:
                    tool = "prediction_dump"
                    request |= {
                        "model": str(ROOT / "assets/demo/model"), "task": "text-classification", "ref_key": "label",
                        "data_keys": {"primary": "sentence"}, "metrics": ["accuracy"],
                    }
                command = [options.tools / tool, json.dumps(request)]
                peak = peak_of(command)
                print(f"{form:10} {rows:9} {path.stat().st_size / 1e6:9.1f} {peak / 1e6:9.1f}")
                peaks.append(peak)
        worst = max(worst, peaks[1] / peaks[0])
    print(f"ten times the rows take at most {worst:.2f} times the memory")


if __name__ == "__main__":
    sys.exit(main())
