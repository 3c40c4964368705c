"""The five cards run from their names: each spec of examples/ as it stands (only the durations are shorter), against a loopback
Hub that serves small real models and real data under the cards' names. The card that comes out is held against the reference
card text by text: front matter, parameters, headings, the columns of every table and its rows; only the measured figures, the
duration and the architecture's tag may differ."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
REAL = pathlib.Path(os.environ.get("QUANTBENCH_REAL_ASSETS") or ROOT.parent / "shared" / "real")
PROGRAM = os.environ["QUANTBENCH"]

if not REAL.is_dir():
    print("skipped: real models and data not found; set QUANTBENCH_REAL_ASSETS")
    sys.exit(77)
for plugin in ("torch", "parquet"):
    if not (pathlib.Path(PROGRAM).parent / f"libquantbench_{plugin}.so").exists():
        print(f"skipped: quantbench was built without {plugin}; scripts/bootstrap --tests brings it")
        sys.exit(77)

from card_structure import comparable, structure  # noqa: E402
from five_cards_data import fill  # noqa: E402
from loopback_hub import LoopbackHub  # noqa: E402

# Card -> spec, the tag of the model that stands in, rows of a table, and the figure that shows that the model, its data and
# the names of its classes came together (none where the model is of random weights).
CARDS = {
    "000_43a37d0915b28517": ("000-sst2-distilbert", "bert", 6, "accuracy"),
    "001_93d413787d096579": ("001-conll2003-distilbert", "bert", 4, "overall_f1"),
    "002_4172e28f3ecbce6a": ("002-squad-distilbert", "distilbert", 8, None),
    "003_0b4ad60a9af4421d": ("003-squad-distilbert-combined", "distilbert", 4, None),
    "004_f21a0d5771f7d783": ("004-beans-vit", "vit", 18, "accuracy"),
}


class FiveCards(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.scratch = pathlib.Path(cls.directory.name)
        # A directory called squad would win over the name, so the program runs where there is none.
        for name in ("served", "work"):
            (cls.scratch / name).mkdir()
        cls.hub = LoopbackHub()
        cls.hub.__enter__()
        fill(cls.hub, REAL, cls.scratch / "served")

    @classmethod
    def tearDownClass(cls):
        cls.hub.__exit__()
        cls.directory.cleanup()

    def run_card(self, card):
        spec, tag, row_count, figure = CARDS[card]
        out = self.scratch / spec
        environment = os.environ | self.hub.environment(self.scratch / "home")
        begin = time.monotonic()
        done = subprocess.run(
            [PROGRAM, "run", str(ROOT / "examples" / f"{spec}.yaml"), "--out", str(out),
             "--set", "time_benchmark_args={duration: 0.01, warmup_runs: 1}",
             "--store", str(self.scratch / "store.sqlite"), "--cache", str(self.scratch / "cache")],
            env=environment, cwd=self.scratch / "work", capture_output=True, text=True)
        print(f"{spec}: {time.monotonic() - begin:.1f} s", flush=True)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)

        theirs_text, theirs = structure((ROOT / "tests" / "data" / "cards" / f"{card}.txt").read_text())
        # What quantbench has to say beyond the reference stands behind its tables.
        ours_text, ours = structure((out / "README.md").read_text().split("\n# Remarks\n")[0])
        self.assertTrue(theirs)
        self.assertEqual(comparable(ours_text, tag, local=True), comparable(theirs_text, tag, local=True))
        self.assertIn(f"tags: - {tag}", ours_text)
        self.assertEqual([header for header, _ in ours], [header for header, _ in theirs])
        for (header, our_rows), (_, their_rows) in zip(ours, theirs):
            self.assertEqual(our_rows, their_rows, header)
            self.assertEqual(len(our_rows), row_count)

        results = json.loads((out / "results.json").read_text())
        originals = [row for row in results["rows"] if not row["quantized"]]
        self.assertTrue(originals)
        for row in originals if figure else []:
            self.assertGreater(row["evaluation"][figure], 0.8)
        for kind, name in (("model", results["spec"]["name_or_path"]), ("dataset", results["spec"]["dataset"]["path"])):
            source = results["sources"][kind]
            self.assertEqual(source["name"], name)
            commits = self.hub.commits[("models/" if kind == "model" else "datasets/") + source["id"]]
            self.assertEqual(source["commit"], commits[source["revision"]].hash)

    def test_000_sst2(self):
        self.run_card("000_43a37d0915b28517")

    def test_001_conll2003(self):
        self.run_card("001_93d413787d096579")

    def test_002_squad(self):
        self.run_card("002_4172e28f3ecbce6a")

    def test_003_squad_combined(self):
        self.run_card("003_0b4ad60a9af4421d")

    def test_004_beans(self):
        self.run_card("004_f21a0d5771f7d783")


if __name__ == "__main__":
    unittest.main()
