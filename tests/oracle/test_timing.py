"""Timing figures of a real run against numpy's and Python's, from the latencies that the run recorded."""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import numpy

PROGRAM = os.environ["QUANTBENCH"]


def turns(timing):
    """Start -> mean latency of each turn."""
    latencies, lengths, out = iter(timing["latencies"]), iter(timing["turns"]), []
    for forwards in timing["starts"]:
        start = []
        while forwards > 0:
            length = next(lengths)
            start.append(numpy.mean([next(latencies) for _ in range(length)]))
            forwards -= length
        out.append(start)
    return out


def interquartile_mean(values):
    """Without a quarter at either end, where a value at the edge counts in part."""
    values, cut = sorted(values), 0.25 * len(values)
    whole = int(cut)
    kept = values[whole:len(values) - whole]
    weights = [1.0] * len(kept)
    weights[0] = weights[-1] = 1 - (cut - whole)
    return numpy.average(kept, weights=weights)


class TimingFigures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        out = Path(cls.directory.name)
        environment = dict(os.environ, QUANTBENCH_STORE=str(out / "store.sqlite"),
                           QUANTBENCH_CACHE=str(out / "cache"))
        subprocess.run([PROGRAM, "demo", "--out", str(out)], env=environment, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.result = json.loads((out / "results.json").read_text())
        cls.timings = [t for row in cls.result["rows"] for t in row["timings"]]

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def test_every_row_is_timed_at_every_shape(self):
        shapes = [[b, n] for b in self.result["spec"]["batch_sizes"]
                  for n in self.result["spec"]["input_lengths"]]
        for row in self.result["rows"]:
            if row["status"] == "ok":
                self.assertEqual([[t["batch_size"], t["input_length"]] for t in row["timings"]],
                                 shapes)
        self.assertGreater(len(self.timings), 0)

    def test_turns_and_starts_hold_every_forward(self):
        for timing in self.timings:
            latencies = timing["latencies"]
            self.assertEqual(len(latencies), timing["nb_forwards"])
            self.assertEqual(sum(timing["turns"]), len(latencies))
            self.assertEqual(sum(timing["starts"]), len(latencies))
            self.assertEqual(len(timing["starts"]), self.result["spec"]["time_benchmark_args"]["starts"])

    def test_a_speedup_is_the_interquartile_mean_of_paired_log_ratios(self):
        originals = [row for row in self.result["rows"] if not row["quantized"]]
        self.assertEqual(len(originals), 1)
        compared = 0
        for row in self.result["rows"]:
            for timing, original in zip(row["timings"], originals[0]["timings"]):
                if "speedup" not in timing:
                    continue
                compared += 1
                ratios = [[numpy.log(a / b) for a, b in zip(*pair)] for pair in zip(turns(original), turns(timing))]
                if min(map(len, ratios)) < 4:
                    ratios = [sum(ratios, [])]
                weights = [len(start) for start in ratios]
                expected = numpy.exp(numpy.average([interquartile_mean(start) for start in ratios], weights=weights))
                self.assertAlmostEqual(timing["speedup"]["value"], expected, delta=1e-9)
                self.assertLessEqual(timing["speedup"]["low"], expected)
                self.assertGreaterEqual(timing["speedup"]["high"], expected)
        self.assertGreater(compared, 0)

    def test_throughput_is_rounded_as_python_rounds(self):
        for timing in self.timings:
            self.assertEqual(timing["throughput"],
                             round(timing["nb_forwards"] / (sum(timing["latencies"]) / 1000), 2))

    def test_latency_figures_are_numpys(self):
        for timing in self.timings:
            latencies = numpy.array(timing["latencies"])
            self.assertAlmostEqual(timing["latency_mean"], latencies.mean(), delta=1e-9)
            self.assertAlmostEqual(timing["latency_std"], latencies.std(), delta=1e-9)
            for name, q in {"50": 0.5, "90": 0.9, "95": 0.95, "99": 0.99, "999": 0.999}.items():
                self.assertEqual(timing["latency_" + name], numpy.quantile(latencies, q), name)


if __name__ == "__main__":
    unittest.main()
