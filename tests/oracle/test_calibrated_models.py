"""`quantbench quantize --approach static` against onnxruntime.quantization.quantize_static, samples to model: the same
graph, the same batches. The quantized models must be the same node for node, their integers and zero points equal, their
scales to one ulp, whatever the calibration method: for percentile and entropy that takes equal bins. The logits of both
models must be equal within a step of their last quantization.

The real checkpoints are used where they are there (QUANTBENCH_REAL_ASSETS), a random DistilBERT always."""

import contextlib
import io
import json
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
from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static

from test_quantize_static import Reader, compare

ROOT = Path(__file__).resolve().parents[2]
REAL = Path(os.environ.get("QUANTBENCH_REAL_ASSETS") or ROOT.parent / "shared" / "real")
QUANTBENCH = os.environ["QUANTBENCH"]
sys.path.insert(0, str(ROOT / "bench"))
METHODS = {"minmax": CalibrationMethod.MinMax, "percentile": CalibrationMethod.Percentile, "entropy": CalibrationMethod.Entropy}
LEVELS = 255


def batches_of_tokens(inputs, vocabulary, count=3, size=4, length=24, seed=5, padded=True):
    """Sentences of differing length, padded with id 0."""
    random = np.random.default_rng(seed)
    for _ in range(count):
        lengths = random.integers(4 if padded else length, length + 1, size)
        mask = (np.arange(length) < lengths[:, None]).astype(np.int64)
        values = {"input_ids": random.integers(1, vocabulary, (size, length)) * mask, "attention_mask": mask,
                  "token_type_ids": np.zeros((size, length), np.int64)}
        yield {name: values[name].astype(np.int64) for name in inputs}


def images(config, count=3, size=2, seed=5):
    random = np.random.default_rng(seed)
    side = config["image_size"]
    for _ in range(count):
        yield {"pixel_values": random.uniform(-1, 1, (size, config["num_channels"], side, side)).astype(np.float32)}


def logits(path, feed):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"]).run(None, feed)[0]


class CalibratedModels(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.directory = Path(self.folder.name)
        self.source = self.directory / "float.onnx"

    def tearDown(self):
        self.folder.cleanup()

    def export(self, name, task):
        if not (REAL / name).is_dir():
            self.skipTest("real models not found; set QUANTBENCH_REAL_ASSETS")
        subprocess.check_call([QUANTBENCH, "export", REAL / name, "--task", task, "-o", self.source], stdout=subprocess.DEVNULL)

    def write(self, batches):
        for index, batch in enumerate(batches):
            place = self.directory / "data" / f"test_data_set_{index}"
            place.mkdir(parents=True)
            for number, (name, value) in enumerate(batch.items()):
                (place / f"input_{number}.pb").write_bytes(numpy_helper.from_array(value, name).SerializeToString())

    def check(self, batches, kinds=("Add", "MatMul"), methods=METHODS):
        batches = list(batches)
        self.write(batches)
        ours, theirs = self.directory / "ours.onnx", self.directory / "theirs.onnx"
        for method in methods:
            with self.subTest(method=method):
                subprocess.check_output(
                    [QUANTBENCH, "quantize", self.source, "-o", ours, "--approach", "static", "--operators_to_quantize",
                     ",".join(kinds), "--method", method, "--calibration_data", self.directory / "data", "--collection",
                     "all_at_once", "--activation-type", "int8"])
                with contextlib.redirect_stdout(io.StringIO()):
                    quantize_static(self.source, theirs, Reader(batches), quant_format=QuantFormat.QDQ,
                                    op_types_to_quantize=list(kinds), activation_type=QuantType.QInt8,
                                    weight_type=QuantType.QInt8, calibrate_method=METHODS[method])
                peer = onnx.load(theirs)
                self.assertGreater(sum(node.op_type == "QuantizeLinear" for node in peer.graph.node), 20)
                compare(onnx.load(ours), peer)
                mine, expected = logits(ours, batches[0]), logits(theirs, batches[0])
                np.testing.assert_allclose(mine, expected, rtol=0, atol=np.ptp(expected) / LEVELS)

    def test_random_distilbert(self):
        from random_transformer import distilbert

        onnx.save_model(distilbert(vocabulary=200, positions=64, width=48, layers=2, heads=4, inner=96), self.source)
        inputs = [i.name for i in onnx.load(self.source).graph.input]
        self.check(batches_of_tokens(inputs, 200), kinds=("Add", "MatMul", "Mul", "Softmax"))

    TOKENS = ["input_ids", "attention_mask", "token_type_ids"]

    def test_minilm(self):
        self.export("sst2-minilm", "text-classification")
        self.check(batches_of_tokens(self.TOKENS, 30000, count=2), methods=["minmax", "percentile"])

    def test_minilm_by_entropy(self):
        # Without padding: the peer's histogram of values cannot reach from -3.4e38 to 3.4e38.
        self.export("sst2-minilm", "text-classification")
        self.check(batches_of_tokens(self.TOKENS, 30000, count=2, padded=False), methods=["entropy"])

    def test_vit(self):
        self.export("digits-vit", "image-classification")
        self.check(images(json.loads((REAL / "digits-vit" / "config.json").read_text())), kinds=("Add", "MatMul", "Conv"),
                   methods=["minmax", "percentile"])


if __name__ == "__main__":
    unittest.main()
