"""Rows that lose accuracy: what `quantbench run` says of them must be what the user gets who does as it says. The remark's figures
are compared with runs whose specs have the remedy as an ordinary option, and the remark is looked for where people read it."""

import csv
import html
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import fresh_store  # noqa: F401
import yaml

PROGRAM = os.environ["QUANTBENCH"]
ROOT = Path(__file__).resolve().parents[2]
REAL = Path(os.environ.get("QUANTBENCH_REAL_ASSETS") or ROOT.parent / "shared" / "real")
SAMPLES = 400
BRINGS = re.compile(r"([\w. :,\[\]\"/]+?) brings (\d\.\d+) to (\d\.\d+): without it, ([^;]+)")


def spec(**changes):
    return {"task": "text-classification", "name_or_path": str(REAL / "sst2-minilm"),
            "dataset": {"path": str(REAL / "data" / "sst2"), "eval_split": "validation", "calibration_split": "train",
                        "data_keys": {"primary": "sentence"}, "ref_keys": ["label"]},
            "metrics": ["accuracy"], "max_eval_samples": SAMPLES, "quantization_approach": "static",
            "operators_to_quantize": ["Add", "MatMul"], "framework_args": {"opset": 13, "intra_op_num_threads": 1},
            "calibration": {"method": "minmax", "num_calibration_samples": 16}, "apply_quantization": [False, True],
            "batch_sizes": [1], "input_lengths": [16],
            "time_benchmark_args": {"duration": 0.05, "warmup_runs": 1, "starts": 1}, **changes}


class Explain(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.scratch = Path(cls.folder.name)
        cls.results, cls.printed = cls.run_spec("padded", spec())
        cls.row = next(row for row in cls.results["rows"] if row["quantized"])
        cls.original = next(row for row in cls.results["rows"] if not row["quantized"])
        cls.remark = next((text for text in cls.row["warnings"] if text.startswith("loses ")), "")
        print("the remark:", cls.remark)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def run_spec(cls, name, content):
        """results.json of a run, and what it printed."""
        path = cls.scratch / f"{name}.yaml"
        path.write_text(json.dumps(content))
        out = cls.scratch / name
        ran = subprocess.run([PROGRAM, "run", path, "--out", out, "--overwrite"], check=True, capture_output=True, text=True)
        return json.loads((out / "results.json").read_text()), ran.stdout + ran.stderr

    def accuracy(self, name, content):
        results, _ = self.run_spec(name, content)
        return next(row["evaluation"]["accuracy"] for row in results["rows"] if row["quantized"])

    @staticmethod
    def place_of(content, key):
        """The map that holds a key such as "calibration.method", and the key's name there."""
        *above, last = key.split(".")
        for name in above:
            content = content[name]
        return content, last

    def remedies(self):
        return {change.strip(): (float(before), float(after)) for change, before, after, _ in BRINGS.findall(self.remark)}

    def test_the_loss_is_that_of_the_rows(self):
        lost, figure, original = re.match(r"loses ([\d.]+) points of accuracy: ([\d.]+) where the original has ([\d.]+)",
                                          self.remark).groups()
        self.assertAlmostEqual(float(figure), self.row["evaluation"]["accuracy"], delta=5e-5)
        self.assertAlmostEqual(float(original), self.original["evaluation"]["accuracy"], delta=5e-5)
        self.assertAlmostEqual(float(lost), 100 * (float(original) - float(figure)), delta=0.06)
        self.assertGreater(float(lost), 2)

    def test_padding_is_found_and_the_remedy_gives_what_it_says(self):
        remedies = self.remedies()
        self.assertTrue(any("mask_padding: true" in change for change in remedies), self.remark)
        for number, (change, (before, after)) in enumerate(remedies.items()):
            with self.subTest(change):
                self.assertAlmostEqual(before, self.row["evaluation"]["accuracy"], delta=5e-5)
                changed = spec()
                change, _, removed = change.partition(" without ")
                for key in filter(None, removed.split(", ")):
                    place, last = self.place_of(changed, key)
                    del place[last]
                for key, value in yaml.safe_load("{" + change + "}").items():
                    place, last = self.place_of(changed, key)
                    place[last] = value
                self.assertAlmostEqual(self.accuracy(f"remedy{number}", changed), after, delta=5e-5)
        best = max(after for _, after in remedies.values())
        self.assertGreater(best, self.original["evaluation"]["accuracy"] - 0.02)

    def test_terminal_card_and_page_say_it(self):
        told = "mask_padding: true brings"
        for name in ("README.md", "report.html", "report.md"):
            path = self.scratch / "padded" / name
            if path.exists():
                self.assertIn(told, re.sub(r"\s+", " ", html.unescape(path.read_text())), name)
        self.assertIn(told, re.sub(r"\s+", " ", self.printed))
        self.assertTrue((self.scratch / "padded" / "README.md").exists())

    def test_the_same_command_measures_nothing_again(self):
        again, printed = self.run_spec("padded", spec())
        row = next(row for row in again["rows"] if row["quantized"])
        self.assertIn(self.remark, row["warnings"])
        self.assertTrue(all("(reused)" in line for line in printed.splitlines() if line.startswith("[")), printed)

    def test_nothing_is_measured_where_it_is_turned_off_or_the_cards_are_repeated(self):
        for change in ({"explain": False}, {"protocol": "reference"}):
            results, printed = self.run_spec("off", spec(**change))
            row = next(row for row in results["rows"] if row["quantized"])
            self.assertLess(row["evaluation"]["accuracy"], self.original["evaluation"]["accuracy"] - 0.02)
            self.assertFalse([text for text in row["warnings"] if "brings" in text], change)


if __name__ == "__main__":
    if not REAL.is_dir():
        print("skipped: real models and data not found; set QUANTBENCH_REAL_ASSETS")
        sys.exit(77)
    unittest.main()
