"""Our statistics and calibrators against onnxruntime.quantization.calibrate on the same arrays: bins
and edges equal bit for bit, ranges equal (minmax to one ulp), for batches collected one by one and
all at once."""

import contextlib
import io
import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import numpy as np
from onnxruntime.quantization.calibrate import HistogramCollector

DUMP = Path(os.environ["QUANTBENCH_TOOLS"]) / "calibration_dump"


def cases():
    """name -> list of batches (float32)."""
    random = np.random.default_rng(20)
    normal = lambda n, scale=1.0, mean=0.0: random.normal(mean, scale, n).astype(np.float32)
    yield "one normal batch", [normal(50_000)]
    yield "equal normal batches", [normal(20_000) for _ in range(6)]
    yield "ragged batches", [normal(n) for n in (8 * 17 * 3, 8 * 31 * 3, 5 * 7 * 3, 1)]
    yield "growing", [normal(5_000, s) for s in (0.1, 0.13, 0.2, 0.19, 0.55, 3.0)]
    yield "shrinking", [normal(5_000, s) for s in (3.0, 1.0, 0.1)]
    yield "shifted", [normal(5_000, 0.3, m) for m in (5.0, 5.5, 6.5, 9.0)]
    yield "positive", [np.abs(normal(5_000, s)) + np.float32(0.25) for s in (1, 2, 3)]
    yield "half zeros", [np.maximum(normal(10_000, s), 0) for s in (1.0, 1.7, 2.9)]
    yield "zeros first", [np.zeros(100, np.float32), normal(3_000), normal(3_000, 2)]
    yield "zeros only", [np.zeros(64, np.float32), np.zeros(3, np.float32)]
    yield "one value", [np.full(100, 1.5, np.float32), np.full(7, 1.5, np.float32)]
    yield "one value, then more", [np.full(100, 1.5, np.float32), normal(1_000, 2)]
    yield "mask", [np.where(random.random(4_000) < 0.3, -10000, 0).astype(np.float32) for _ in range(3)]
    yield "masked scores", [(normal(4_000, 2) + np.where(random.random(4_000) < 0.3, -10000, 0)).astype(np.float32) for _ in range(3)]
    yield "softmax", [random.dirichlet(np.full(64, 0.05), 100).astype(np.float32).ravel() for _ in range(4)]
    yield "heavy tails", [random.standard_t(2, 20_000).astype(np.float32) for _ in range(5)]
    yield "tiny", [normal(1_000, 1e-20), normal(1_000, 3e-20)]
    yield "huge", [normal(1_000, 1e20), normal(1_000, 3e20)]
    yield "on the edges", [np.linspace(-4, 4, 4097, dtype=np.float32), np.linspace(-5, 5, 8193, dtype=np.float32)]
    for seed in range(8):
        r = np.random.default_rng(1000 + seed)
        scales = r.lognormal(0, 0.7, r.integers(1, 7))
        yield f"random {seed}", [r.normal(r.normal(), s, r.integers(1, 6_000)).astype(np.float32) for s in scales]


SLOW_IN_THE_PEER = {"method": "entropy", "histogram_bins": 512}  # its search is quadratic in Python: every third case
METHODS = [
    {"method": "minmax"},
    {"method": "percentile"},
    {"method": "percentile", "percentile": 99.9},
    {"method": "percentile", "percentile": 90.0, "histogram_bins": 128},
    {"method": "percentile", "percentile": 100.0, "histogram_bins": 511},
    {"method": "percentile", "percentile": 99.0, "symmetric": False},
    {"method": "percentile", "percentile": 99.99, "symmetric": False, "histogram_bins": 256},
    {"method": "entropy"},
    SLOW_IN_THE_PEER,
    {"method": "entropy", "histogram_bins": 256, "quantized_bins": 64},
]


def peer(method, batches, collection):
    """counts, edges, range of onnxruntime's collector; None where it refuses the data."""
    if method["method"] == "minmax":
        return None, None, (min(b.min() for b in batches), max(b.max() for b in batches))
    entropy = method["method"] == "entropy"
    collector = HistogramCollector(
        method=method["method"],
        symmetric=method.get("symmetric", not entropy),
        num_bins=method.get("histogram_bins", 128 if entropy else 2048),
        num_quantized_bins=method.get("quantized_bins", 128),
        percentile=method.get("percentile", 99.999),
        scenario="same",
    )
    with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
        for group in [[b] for b in batches] if collection == "each_batch" else [batches]:
            collector.collect({"t": np.concatenate(group)})
        counts, edges = collector.histogram_dict["t"][:2]
        low, high = collector.compute_collection_result()["t"][:2]
    return counts, edges, (low, high)


class Calibration(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.process = subprocess.Popen([DUMP], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    @classmethod
    def tearDownClass(cls):
        cls.process.stdin.close()
        cls.process.wait()
        cls.process.stdout.close()
        cls.directory.cleanup()

    def ours(self, batches, collection, methods, threads=1):
        files = []
        for index, batch in enumerate(batches):
            path = Path(self.directory.name) / f"{index}.f32"
            batch.tofile(path)
            files.append(str(path))
        request = {"batches": files, "collection": collection, "methods": methods, "threads": threads}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        self.assertNotIn("error", answer)
        return answer

    def compare(self, collection, threads=1, every=1):
        compared = 0
        for number, (name, batches) in enumerate(list(cases())[::every]):
            answer = self.ours(batches, collection, METHODS, threads)
            for index, method in enumerate(METHODS):
                if method == SLOW_IN_THE_PEER and number % 3 != 0:
                    continue
                with self.subTest(case=name, method=method):
                    try:
                        counts, edges, expected = peer(method, batches, collection)
                    except (ValueError, AssertionError):
                        continue  # numpy or the peer refuses these data; ours must only not fail
                    compared += 1
                    histogram = answer["histograms"][index]
                    if counts is not None:
                        self.assertEqual(len(histogram["counts"]), len(counts))
                        np.testing.assert_array_equal(np.float32(histogram["edges"]), edges)
                        np.testing.assert_array_equal(histogram["counts"], counts)
                    np.testing.assert_array_equal(np.float32(answer["ranges"][index]), np.float32(expected))
        self.assertGreater(compared, 220 // every)

    def test_batch_by_batch(self):
        self.compare("each_batch")

    def test_all_at_once(self):
        self.compare("all_at_once")

    def test_several_threads(self):
        self.compare("each_batch", threads=3, every=3)

    def test_moving_average(self):
        """MinMaxCalibrater: a mean within one collect_data, an exponential average across calls."""
        for name, batches in cases():
            for constant in (0.01, 0.3):
                with self.subTest(case=name, constant=constant):
                    methods = [{"method": "moving_average", "averaging_constant": constant}]
                    low, high = batches[0].min(), batches[0].max()
                    for batch in batches[1:]:
                        low = low + constant * (batch.min() - low)
                        high = high + constant * (batch.max() - high)
                    got = np.float32(self.ours(batches, "each_batch", methods)["ranges"][0])
                    np.testing.assert_array_max_ulp(got, np.array([low, high], np.float32), maxulp=1)
                    mean = np.array([np.nanmean([b.min() for b in batches]), np.nanmean([b.max() for b in batches])], np.float32)
                    got = np.float32(self.ours(batches, "all_at_once", methods)["ranges"][0])
                    np.testing.assert_array_max_ulp(got, mean, maxulp=2)


if __name__ == "__main__":
    unittest.main()
