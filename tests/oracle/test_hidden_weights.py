"""Weights that a graph keeps in float16 or bfloat16 behind a Cast, or in Constant nodes: `quantbench quantize` makes of them what
ONNX Runtime's tool makes of the same model with float32 initializers, constant for constant, and the outputs are the same numbers."""

import collections
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import ml_dtypes
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_dynamic, quantize_static

import constant_weights

PROGRAM = os.environ["QUANTBENCH"]
onnxruntime.set_default_logger_severity(3)
HALVES = {"float16": np.float16, "bfloat16": ml_dtypes.bfloat16}


def model_of(kind, place):
    """MatMul, Gemm and Conv whose weights are `kind`, as initializers or in Constant nodes, some transposed after the Cast."""
    random = np.random.default_rng(3)
    nodes, constants = [], []

    def weight(name, *shape):
        values = numpy_helper.from_array((random.standard_normal(shape) / 4).astype(np.float32).astype(HALVES[kind]), name + "_half")
        if place == "initializer":
            constants.append(values)
        else:
            nodes.append(helper.make_node("Constant", [], [name + "_half"], value=values))
        nodes.append(helper.make_node("Cast", [name + "_half"], [name], f"cast_{name}", to=TensorProto.FLOAT))

    for name, shape in (("w", (3, 8)), ("v", (5, 8)), ("b", (5,)), ("k", (4, 1, 3, 3)), ("c", (4,))):
        weight(name, *shape)
    nodes += [helper.make_node("Transpose", ["w"], ["wt"], "transpose_w", perm=[1, 0]),
              helper.make_node("MatMul", ["x", "wt"], ["h"], "matmul"),
              helper.make_node("Gemm", ["x", "v", "b"], ["g"], "gemm", transB=1),
              helper.make_node("Concat", ["h", "g"], ["j"], "concat", axis=1),
              helper.make_node("Conv", ["i", "k", "c"], ["f"], "conv", pads=[1, 1, 1, 1])]
    info = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes, "g", [info("x", TensorProto.FLOAT, [6, 8]), info("i", TensorProto.FLOAT, [2, 1, 6, 5])],
        [info("j", TensorProto.FLOAT, [6, 8]), info("f", TensorProto.FLOAT, [2, 4, 6, 5])], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def constants_of(path):
    arrays = [numpy_helper.to_array(tensor) for tensor in onnx.load(path).graph.initializer]
    return collections.Counter((str(a.dtype), a.shape, a.tobytes()) for a in arrays)


class Samples(CalibrationDataReader):
    def __init__(self, feeds):
        self.feeds = iter(feeds)

    def get_next(self):
        return next(self.feeds, None)


class HiddenWeights(unittest.TestCase):
    def check(self, approach, per_channel):
        random = np.random.default_rng(4)
        feeds = [{"x": random.standard_normal((6, 8)).astype(np.float32), "i": random.standard_normal((2, 1, 6, 5)).astype(np.float32)}
                 for _ in range(4)]
        for kind in HALVES:
            for place in ("initializer", "Constant"):
                with self.subTest(kind=kind, place=place), tempfile.TemporaryDirectory() as scratch:
                    scratch = Path(scratch)
                    model = model_of(kind, place)
                    onnx.save(model, scratch / "model.onnx")
                    onnx.save(constant_weights.with_initializers(onnx.load(scratch / "model.onnx")), scratch / "plain.onnx")
                    options = ["--approach", approach] + ["--per-channel"] * per_channel
                    if approach == "static":
                        for number, feed in enumerate(feeds):
                            place_of_set = scratch / "data" / f"test_data_set_{number}"
                            place_of_set.mkdir(parents=True)
                            for index, (name, array) in enumerate(feed.items()):
                                (place_of_set / f"input_{index}.pb").write_bytes(numpy_helper.from_array(array, name).SerializeToString())
                        options += ["--calibration-data", scratch / "data", "--activation-type", "int8"]
                        quantize_static(scratch / "plain.onnx", scratch / "tool.onnx", Samples(feeds), per_channel=per_channel,
                                        activation_type=QuantType.QInt8, weight_type=QuantType.QInt8)
                    else:
                        quantize_dynamic(scratch / "plain.onnx", scratch / "tool.onnx", per_channel=per_channel,
                                         weight_type=QuantType.QInt8)
                    subprocess.run([PROGRAM, "quantize", scratch / "model.onnx", "-o", scratch / "ours.onnx", *options],
                                   check=True, capture_output=True)
                    ours = constants_of(scratch / "ours.onnx")
                    self.assertGreaterEqual(sum(count for (kind_of, shape, _), count in ours.items() if kind_of == "int8" and shape), 3)
                    self.assertEqual(ours, constants_of(scratch / "tool.onnx"))
                    sessions = [onnxruntime.InferenceSession(scratch / name) for name in ("ours.onnx", "tool.onnx")]
                    for feed in feeds:
                        for own, tool in zip(*(session.run(None, feed) for session in sessions)):
                            np.testing.assert_array_equal(own, tool)

    def test_dynamic(self):
        self.check("dynamic", False)

    def test_dynamic_by_channel(self):
        self.check("dynamic", True)

    def test_static(self):
        self.check("static", False)

    def test_static_by_channel(self):
        self.check("static", True)


if __name__ == "__main__":
    unittest.main()
