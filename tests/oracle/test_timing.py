"""Timing figures of a real run against numpy's and Python's, from the latencies that the run recorded."""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import numpy

PROGRAM = os.environ["QUANTBENCH"]


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
        cls.duration = cls.result["spec"]["time_benchmark_args"]["duration"]
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

    def test_forwards_stop_when_their_summed_latency_reaches_the_duration(self):
        for timing in self.timings:
            latencies = timing["latencies"]
            self.assertEqual(len(latencies), timing["nb_forwards"])
            self.assertGreaterEqual(sum(latencies), 1000 * self.duration - 1e-6)
            self.assertLess(sum(latencies[:-1]), 1000 * self.duration + 1e-6)

    def test_throughput_is_rounded_as_python_rounds(self):
        for timing in self.timings:
            self.assertEqual(timing["throughput"],
                             round(timing["nb_forwards"] / self.duration, 2))

    def test_latency_figures_are_numpys(self):
        for timing in self.timings:
            latencies = numpy.array(timing["latencies"])
            self.assertAlmostEqual(timing["latency_mean"], latencies.mean(), delta=1e-9)
            self.assertAlmostEqual(timing["latency_std"], latencies.std(), delta=1e-9)
            for name, q in {"50": 0.5, "90": 0.9, "95": 0.95, "99": 0.99, "999": 0.999}.items():
                self.assertEqual(timing["latency_" + name], numpy.quantile(latencies, q), name)


if __name__ == "__main__":
    unittest.main()
