"""Intervals of `quantbench compare` against scipy: Welch on the logarithms of batch means' means, by its quantiles of t."""

import json
import math
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import numpy
from scipy import stats

PROGRAM = os.environ["QUANTBENCH"]


def timing(latencies, length):
    latencies = numpy.asarray(latencies)
    figures = {f"latency_{name}": float(numpy.quantile(latencies, q)) for name, q in
               (("50", .5), ("90", .9), ("95", .95), ("99", .99), ("999", .999))}
    return {"batch_size": 1, "input_length": length, "nb_forwards": len(latencies), "throughput": 1.0,
            "latency_mean": float(latencies.mean()), "latency_std": float(latencies.std()), **figures,
            "latencies": latencies.tolist()}


def results(timings):
    return {"schema_version": 1, "run_id": "r", "started_at": "", "quantbench_version": "", "spec": {"task": "t"},
            "fixed": {}, "benchmarked": {"per_channel": [True]}, "model_type": "", "figures": [], "card": {},
            "evaluation_samples": 0, "machine": {}, "runtimes": [],
            "rows": [{"parameters": {"per_channel": True}, "status": "ok", "message": "", "quantized": True,
                      "quantization": None, "evaluation": {}, "timings": timings, "original_evaluation": {},
                      "original_timings": [], "peak_memory_bytes": 0, "model_bytes": 0, "warnings": []}]}


def batch_means(latencies):
    count = min(max(int(math.sqrt(len(latencies))), 4), 30)
    length = len(latencies) // count
    return numpy.asarray(latencies[len(latencies) - count * length:]).reshape(count, length).mean(axis=1)


def expected(before, after):
    """Delta method: var(log mean) = var(mean) / mean^2; degrees of freedom by Welch and Satterthwaite."""
    parts = []
    for latencies in (before, after):
        means = batch_means(latencies)
        parts.append((stats.sem(means) ** 2 / means.mean() ** 2, len(means) - 1))
    variance = sum(v for v, _ in parts)
    freedom = variance ** 2 / sum(v ** 2 / n for v, n in parts)
    half = stats.t.ppf(0.975, freedom) * math.sqrt(variance)
    ratio = numpy.mean(after) / numpy.mean(before)
    return ratio, ratio * math.exp(-half), ratio * math.exp(half)


class Intervals(unittest.TestCase):
    def test_are_those_of_scipy(self):
        random = numpy.random.default_rng(3)
        sizes = [(4, 4), (5, 9), (16, 400), (37, 41), (200, 250), (1000, 900), (3000, 2500)]
        pairs = []
        for n, m in sizes:
            drift = numpy.cumsum(random.normal(0, 0.01, m))
            pairs.append((random.lognormal(2, 0.1, n), random.lognormal(2.1, 0.2, m) + drift))
        with tempfile.TemporaryDirectory() as scratch:
            for name, index in (("a", 0), ("b", 1)):
                timings = [timing(pair[index], 8 * (i + 1)) for i, pair in enumerate(pairs)]
                (Path(scratch) / f"{name}.json").write_text(json.dumps(results(timings)))
            done = subprocess.run([PROGRAM, "compare", f"{scratch}/a.json", f"{scratch}/b.json", "--format", "json"],
                                  capture_output=True, text=True)
        self.assertIn(done.returncode, (0, 4, 6), done.stderr)
        found = json.loads(done.stdout)
        self.assertEqual(len(found["latencies"]), len(pairs))
        regressions = unclear = 0
        for (before, after), one in zip(pairs, found["latencies"]):
            ratio, low, high = expected(before, after)
            self.assertAlmostEqual(one["ratio"], ratio, places=12)
            # The expansion of t's quantile is within half a percent from 3 degrees of freedom on.
            self.assertAlmostEqual(math.log(one["interval_95"][0] / ratio), math.log(low / ratio), delta=0.006 * abs(math.log(low / ratio)))
            self.assertAlmostEqual(math.log(one["interval_95"][1] / ratio), math.log(high / ratio), delta=0.006 * math.log(high / ratio))
            low, high = one["interval_95"]
            too_wide = (high - low) / ratio > 0.05 and high > 1.05
            worse = ratio > 1.05 and low > 1 and not too_wide
            self.assertEqual(one["inconclusive"], too_wide)
            self.assertEqual(one["regression"], worse)
            regressions += worse
            unclear += too_wide
        self.assertEqual(found["regressions"], regressions)
        self.assertEqual(len(found["inconclusive"]), unclear)
        self.assertEqual(done.returncode, 4 if regressions else 6 if unclear else 0)
        self.assertTrue(0 < regressions < len(pairs) and unclear > 0, "the cases are all of one kind")


if __name__ == "__main__":
    unittest.main()
