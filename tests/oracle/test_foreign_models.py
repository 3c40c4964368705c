"""`quantbench quantize` on models of other exporters (torch.onnx, ONNX Runtime's optimizer, onnx.helper): every approach and
format gives a model that ONNX Runtime runs, close to the float one, with the same IR version and operator sets."""

import os
import subprocess
import tempfile
import unittest
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper

PROGRAM = os.environ["QUANTBENCH"]
FLOAT, INT64, BOOL = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL
warnings.filterwarnings("ignore")
onnxruntime.set_default_logger_severity(3)
generator = np.random.default_rng(0)

VARIANTS = {
    "dynamic": ["--prepare", "all"],
    "QDQ": ["--approach", "static"],
    "QDQ of prepared": ["--approach", "static", "--prepare", "all", "--per_channel"],
    "QDQ of fused": ["--approach", "static", "--fuse_first", "--method", "percentile"],
    "QOperator": ["--approach", "static", "--format", "QOperator", "--activation_type", "uint8"],
}


def weight(name, *shape):
    return numpy_helper.from_array((generator.standard_normal(shape) / np.sqrt(shape[0])).astype(np.float32), name)


def value(name, shape, elem_type=FLOAT):
    return helper.make_tensor_value_info(name, elem_type, shape)


class Cnn(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.norm = torch.nn.Conv2d(3, 16, 3, padding=1), torch.nn.BatchNorm2d(16)
        self.grouped = torch.nn.Conv2d(16, 16, 3, groups=4, padding=1)
        self.classifier = torch.nn.Linear(16, 5)

    def forward(self, x):
        y = torch.relu(self.norm(self.first(x)))
        y = torch.nn.functional.max_pool2d(torch.nn.functional.hardswish(self.grouped(y)) + y, 2)
        return self.classifier(torch.nn.functional.adaptive_avg_pool2d(y, 1).flatten(1))


def export(model, example, axes, path):
    torch.onnx.export(model.eval(), (example,), str(path), input_names=["x"], output_names=["y"],
                      dynamic_axes={"x": axes}, opset_version=17, dynamo=False)


def cnn(path):
    torch.manual_seed(0)
    export(Cnn(), torch.randn(1, 3, 16, 16), {0: "n"}, path)


def transformer(path):
    torch.manual_seed(0)
    layer = torch.nn.TransformerEncoderLayer(32, 4, 64, batch_first=True, activation="gelu")
    model = torch.nn.Sequential(torch.nn.TransformerEncoder(layer, 2), torch.nn.Linear(32, 4))
    export(model, torch.randn(2, 7, 32), {0: "n", 1: "s"}, path)


def optimized(path):
    source = path.with_name("source.onnx")
    transformer(source)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(path)
    onnxruntime.InferenceSession(str(source), options)


def opset_21():
    nodes = [helper.make_node("MatMul", ["x", "w"], ["h"]), helper.make_node("Gelu", ["h"], ["g"]),
             helper.make_node("Gemm", ["g", "v", "b"], ["y"], transB=1)]
    graph = helper.make_graph(nodes, "g", [value("x", ["n", 16])], [value("y", ["n", 4])],
                              [weight("w", 16, 32), weight("v", 4, 32), weight("b", 4)])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)


def newest(path):
    onnx.save(opset_21(), path)


def external_data(path):
    onnx.save(opset_21(), path, save_as_external_data=True, location="weights.bin", size_threshold=0)


def subgraphs(path):
    """If and Loop, whose bodies read tensors and constants of the graph around them."""
    then = helper.make_graph([helper.make_node("MatMul", ["h", "inner"], ["t"])], "then", [], [value("t", ["n", 8])],
                             [weight("inner", 8, 8)])
    other = helper.make_graph([helper.make_node("Relu", ["h"], ["e"])], "else", [], [value("e", ["n", 8])])
    body = helper.make_graph(
        [helper.make_node("MatMul", ["sum", "w2"], ["next"]), helper.make_node("Identity", ["go"], ["on"])], "body",
        [value("i", [], INT64), value("go", [], BOOL), value("sum", ["n", 8])], [value("on", [], BOOL), value("next", ["n", 8])])
    nodes = [helper.make_node("MatMul", ["x", "w"], ["h"]), helper.make_node("ReduceSum", ["x"], ["s"], keepdims=0),
             helper.make_node("Greater", ["s", "zero"], ["positive"]),
             helper.make_node("If", ["positive"], ["z"], then_branch=then, else_branch=other),
             helper.make_node("Loop", ["trips", "yes", "z"], ["l"], body=body),
             helper.make_node("Add", ["l", "h"], ["a"]), helper.make_node("MatMul", ["a", "w3"], ["y"])]
    constants = [weight("w", 16, 8), weight("w2", 8, 8), weight("w3", 8, 3), numpy_helper.from_array(np.float32(0), "zero"),
                 numpy_helper.from_array(np.int64(2), "trips"), numpy_helper.from_array(np.array(True), "yes")]
    graph = helper.make_graph(nodes, "g", [value("x", ["n", 16])], [value("y", ["n", 3])], constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 16)], ir_version=8), path)


def samples_of(model):
    shape = [d.dim_value or (2 if axis == 0 else 7) for axis, d in enumerate(model.graph.input[0].type.tensor_type.shape.dim)]
    return [generator.standard_normal(shape).astype(np.float32) for _ in range(8)]


def outputs(path, samples):
    session = onnxruntime.InferenceSession(str(path))
    return np.concatenate([session.run(None, {"x": sample})[0].ravel() for sample in samples])


class ForeignModels(unittest.TestCase):
    def check(self, make):
        with tempfile.TemporaryDirectory() as scratch:
            path, made = Path(scratch) / "model.onnx", Path(scratch) / "int8.onnx"
            make(path)
            model = onnx.load(path)
            samples = samples_of(model)
            expected = outputs(path, samples)
            for i, sample in enumerate(samples):
                directory = Path(scratch) / "samples" / f"test_data_set_{i}"
                directory.mkdir(parents=True)
                (directory / "input_0.pb").write_bytes(numpy_helper.from_array(sample, "x").SerializeToString())
            for name, options in VARIANTS.items():
                with self.subTest(name):
                    if "static" in options:
                        options = options + ["--calibration_data", str(Path(scratch) / "samples")]
                    # 7 bits: on a CPU without VNNI sums of u8 x s8 products saturate, which is not what is looked at here.
                    options = options + ["--reduce_range"]
                    subprocess.run([PROGRAM, "quantize", path, "-o", made, *options], check=True, capture_output=True)
                    quantized = onnx.load(made)
                    self.assertEqual(quantized.ir_version, model.ir_version)
                    versions = {o.domain: o.version for o in quantized.opset_import}
                    for opset in model.opset_import:
                        self.assertEqual(versions[opset.domain], opset.version)
                    error = outputs(made, samples) - expected
                    decibels = 10 * np.log10(np.square(expected).sum() / np.square(error).sum())
                    # Of a tensor with few values, percentile cuts off the largest.
                    self.assertGreater(decibels, 15 if "percentile" in options else 25)
                    self.assertLess(decibels, 80, "nothing was quantized")
                    again = subprocess.run([PROGRAM, "quantize", made, "-o", Path(scratch) / "again.onnx"],
                                           capture_output=True, text=True)
                    self.assertEqual(again.returncode, 2)
                    self.assertIn("already quantized", again.stderr)

    def test_convolutions_of_torch(self):
        self.check(cnn)

    def test_a_transformer_of_torch(self):
        self.check(transformer)

    def test_a_model_that_onnxruntime_optimized(self):
        self.check(optimized)

    def test_operator_set_21(self):
        self.check(newest)

    def test_external_data(self):
        self.check(external_data)

    def test_subgraphs(self):
        self.check(subgraphs)


if __name__ == "__main__":
    unittest.main()
