"""`quantbench quantize --approach static` against onnxruntime.quantization.quantize_static, samples to model: the same
graph, the same batches. Every scale and zero point of the quantized models must be equal (to one ulp), for each
calibration method, and so must the logits of the two models be within rounding.

The real checkpoint is used where it is there (QUANTBENCH_REAL_ASSETS), a random DistilBERT always."""

import contextlib
import io
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static

ROOT = Path(__file__).resolve().parents[2]
REAL = Path(os.environ.get("QUANTBENCH_REAL_ASSETS") or ROOT.parent / "shared" / "real")
QUANTBENCH = os.environ["QUANTBENCH"]
sys.path.insert(0, str(ROOT / "bench"))

METHODS = {"minmax": CalibrationMethod.MinMax, "percentile": CalibrationMethod.Percentile, "entropy": CalibrationMethod.Entropy}


class Batches(CalibrationDataReader):
    def __init__(self, batches):
        self.left = iter(batches)

    def get_next(self):
        return next(self.left, None)


def padded_batches(inputs, vocabulary, count=4, size=4, length=24, seed=5):
    """Sentences of differing length, padded with id 0."""
    random = np.random.default_rng(seed)
    for _ in range(count):
        lengths = random.integers(4, length + 1, size)
        mask = (np.arange(length) < lengths[:, None]).astype(np.int64)
        values = {"input_ids": random.integers(1, vocabulary, (size, length)) * mask, "attention_mask": mask,
                  "token_type_ids": np.zeros((size, length), np.int64)}
        yield {name: values[name].astype(np.int64) for name in inputs}


def constants(path):
    model = onnx.load(path)
    return {i.name: numpy_helper.to_array(i) for i in model.graph.initializer if i.name.endswith(("_scale", "_zero_point"))}


class CalibratedModels(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.directory = Path(self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def write_batches(self, batches):
        for index, batch in enumerate(batches):
            place = self.directory / "data" / f"test_data_set_{index}"
            place.mkdir(parents=True)
            for number, (name, value) in enumerate(batch.items()):
                (place / f"input_{number}.pb").write_bytes(numpy_helper.from_array(value, name).SerializeToString())

    def compare(self, source, vocabulary):
        inputs = [i.name for i in onnx.load(source, load_external_data=False).graph.input]
        batches = list(padded_batches(inputs, vocabulary))
        self.write_batches(batches)
        for method, peer_method in METHODS.items():
            with self.subTest(method=method):
                ours, theirs = self.directory / "ours.onnx", self.directory / "theirs.onnx"
                subprocess.check_output(
                    [QUANTBENCH, "quantize", source, "-o", ours, "--approach", "static", "--operators_to_quantize", "Add,MatMul",
                     "--method", method, "--calibration_data", self.directory / "data", "--collection", "all_at_once"])
                with contextlib.redirect_stdout(io.StringIO()):
                    quantize_static(source, theirs, Batches(batches), quant_format=QuantFormat.QDQ,
                                    op_types_to_quantize=["Add", "MatMul"], activation_type=QuantType.QInt8,
                                    weight_type=QuantType.QInt8, calibrate_method=peer_method)
                mine, peer = constants(ours), constants(theirs)
                self.assertEqual(sorted(mine), sorted(peer))
                self.assertGreater(len(peer), 40)
                for name, expected in peer.items():
                    if name.endswith("_scale"):
                        np.testing.assert_array_max_ulp(mine[name], expected, maxulp=1)
                    else:
                        np.testing.assert_array_equal(mine[name], expected, err_msg=name)
                logits = [onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, batches[0])[0]
                          for path in (ours, theirs)]
                np.testing.assert_allclose(logits[0], logits[1], rtol=0, atol=1e-3 * max(1, np.abs(logits[1]).max()))

    def test_random_distilbert(self):
        from random_transformer import distilbert

        source = self.directory / "float.onnx"
        onnx.save_model(distilbert(vocabulary=200, positions=64, width=48, layers=2, heads=4, inner=96), source)
        self.compare(source, 200)

    def test_real_minilm(self):
        if not (REAL / "sst2-minilm").is_dir():
            self.skipTest("real models not found; set QUANTBENCH_REAL_ASSETS")
        source = self.directory / "float.onnx"
        subprocess.check_call([QUANTBENCH, "export", REAL / "sst2-minilm", "-o", source])
        self.compare(source, 30000)


if __name__ == "__main__":
    unittest.main()
