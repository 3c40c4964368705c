"""Peak memory of a whole run (one cell, evaluated and timed) on a data set, and on one with ten times as many rows. The figure is
the peak of the largest process, program or worker. Only a prediction and a reference per row may add to it.

    .venv/bin/python bench/evaluation_memory.py --program build/quantbench [--rows 8000]
"""

import argparse
import json
import os
import pathlib
import random
import shutil
import tempfile

from dataset_memory import ROOT, WORDS, peak_of

LABELS = {"text-classification": ["negative", "positive"], "token-classification": ["O", "B-PER"]}


def write_model(directory, task):
    """The demo's, whose classifier serves for either task."""
    shutil.copytree(ROOT / "assets/demo/model", directory)
    config = json.loads((directory / "config.json").read_text())
    config["id2label"] = dict(enumerate(LABELS[task]))
    config["label2id"] = {label: id for id, label in enumerate(LABELS[task])}
    (directory / "config.json").write_text(json.dumps(config))


def write_rows(path, task, count):
    choose = random.Random(6)
    with path.open("w") as file:
        for i in range(count):
            words = choose.choices(WORDS, k=choose.randint(8, 24))
            if task == "text-classification":
                row = {"text": " ".join(words), "label": i % 2}
            else:
                row = {"text": words, "label": [choose.randint(0, 1) for _ in words]}
            file.write(json.dumps(row) + "\n")


def peak(program, task, rows):
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        write_model(scratch / "model", task)
        write_rows(scratch / "validation.jsonl", task, rows)
        spec = {
            "task": task, "name_or_path": str(scratch / "model"), "framework": "onnxruntime",
            "dataset": {"path": str(scratch / "validation.jsonl"), "eval_split": "validation",
                        "data_keys": {"primary": "text"}, "ref_keys": ["label"]},
            "framework_args": {"opset": 13, "optimization_level": 1}, "apply_quantization": False,
            "batch_sizes": [1], "input_lengths": [16], "time_benchmark_args": {"duration": 0.1, "warmup_runs": 1},
        }  # fmt: skip
        (scratch / "spec.yaml").write_text(json.dumps(spec))
        os.environ["QUANTBENCH_STORE"] = str(scratch / "store.sqlite")
        os.environ["QUANTBENCH_CACHE"] = str(scratch / "cache")
        return peak_of([program, "run", scratch / "spec.yaml", "--out", scratch / "out"])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build/quantbench")
    parser.add_argument("--rows", type=int, default=8000)
    options = parser.parse_args()
    for task in LABELS:
        few, many = (peak(options.program.resolve(), task, rows) for rows in (options.rows, 10 * options.rows))
        print(f"{task}: {few / 1e6:.1f} MB of {options.rows} rows, {many / 1e6:.1f} MB of {10 * options.rows}: "
              f"{(many - few) / (9 * options.rows):.0f} bytes a row more")  # fmt: skip


if __name__ == "__main__":
    main()
