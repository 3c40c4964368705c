"""`quantbench quantize --approach dynamic` against onnxruntime.quantization.quantize_dynamic on the same graphs: the
same nodes (operator, name, inputs, outputs, attributes), the same constants bit for bit, and the same outputs bit for
bit at every graph optimization level."""

import itertools
import json
import logging
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))
from random_transformer import Graph, distilbert  # noqa: E402

PROGRAM = os.environ.get("QUANTBENCH") or str(ROOT / "build" / "quantbench")
logging.disable(logging.WARNING)  # the peer's advice to pre-process
onnxruntime.set_default_logger_severity(3)

TINY = dict(vocabulary=120, positions=24, width=32, layers=2, heads=4, inner=48, labels=3)


def run_program(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True)


def canonical(model):
    """Everything that matters of a graph, in no order."""
    nodes = sorted((n.op_type, n.domain, n.name, tuple(n.input), tuple(n.output),
                    tuple(sorted(a.SerializeToString() for a in n.attribute))) for n in model.graph.node)
    read = {name for n in model.graph.node for name in n.input}
    constants = {i.name: (i.data_type, tuple(i.dims), numpy_helper.to_array(i).tobytes())
                 for i in model.graph.initializer if i.name in read}
    return nodes, constants


def outputs(path, feeds, level):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = level
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return [session.run(None, feed) for feed in feeds]


class Quantized(unittest.TestCase):
    maxDiff = 2000

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)

    def quantize_both(self, model, operators=None, exclude=(), excluded_by_peer=None, per_channel=False,
                      reduce_range=False):
        """Returns the paths (ours, theirs) and our report."""
        source, ours, theirs = (self.directory / f"{name}.onnx" for name in ("float", "ours", "theirs"))
        onnx.save_model(model, source)
        arguments = ["quantize", source, "-o", ours, "--approach", "dynamic",
                     "--report", self.directory / "report.json"]
        if operators:
            arguments += ["--operators_to_quantize", ",".join(operators)]
        if exclude:
            arguments += ["--node_exclusion", ",".join(exclude)]
        arguments += ["--per_channel"] * per_channel + ["--reduce_range"] * reduce_range
        done = run_program(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        quantize_dynamic(source, theirs, op_types_to_quantize=operators, per_channel=per_channel,
                         reduce_range=reduce_range, weight_type=QuantType.QInt8,
                         nodes_to_exclude=list(exclude if excluded_by_peer is None else excluded_by_peer))
        return ours, theirs, json.loads((self.directory / "report.json").read_text())

    def assert_same(self, model, feeds=(), **options):
        ours, theirs, report = self.quantize_both(model, **options)
        our_model, their_model = onnx.load(ours), onnx.load(theirs)
        onnx.checker.check_model(our_model)
        self.assertEqual(our_model.ir_version, model.ir_version)
        our_nodes, our_constants = canonical(our_model)
        their_nodes, their_constants = canonical(their_model)
        self.assertEqual(our_nodes, their_nodes)
        self.assertEqual(sorted(our_constants), sorted(their_constants))
        for name, constant in their_constants.items():
            self.assertEqual(our_constants[name], constant, name)
        for level in (onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL,
                      onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
                      onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL) if feeds else ():
            for a, b in zip(outputs(ours, feeds, level), outputs(theirs, feeds, level)):
                for x, y in zip(a, b):
                    self.assertEqual(x.tobytes(), y.tobytes(), level)
        return report

    @staticmethod
    def sentences(vocabulary=120):
        random = np.random.default_rng(1)
        shapes = [(1, 5), (2, 24), (3, 11)]
        return [{"input_ids": random.integers(0, vocabulary, shape),
                 "attention_mask": (random.random(shape) < 0.8).astype(np.int64)} for shape in shapes]


class Transformer(Quantized):
    OPERATORS = [None, ["MatMul"], ["Add", "MatMul"], ["Add"], ["MatMul", "Gather"],
                 ["Add", "MatMul", "Gather", "Gemm", "Transpose", "Attention", "Conv"]]

    def test_every_combination_of_options(self):
        model = distilbert(**TINY)
        matmuls = [n.name for n in model.graph.node if n.op_type == "MatMul"]
        for operators, per_channel, reduce_range, exclude in itertools.product(
                self.OPERATORS, (False, True), (False, True), ([], matmuls[::3] + ["Gather_0"])):
            with self.subTest(operators=operators, per_channel=per_channel, reduce_range=reduce_range,
                              exclude=exclude):
                self.assert_same(model, self.sentences(), operators=operators, exclude=exclude,
                                 per_channel=per_channel, reduce_range=reduce_range)

    def test_every_operator_set(self):
        for opset in range(11, 18):
            with self.subTest(opset=opset):
                self.assert_same(distilbert(**TINY, opset=opset), self.sentences(), per_channel=opset % 2 == 0)

    def test_nodes_without_names(self):
        self.assert_same(distilbert(**TINY, named=False), self.sentences(), operators=["MatMul"])

    def test_report_names_what_was_quantized(self):
        report = self.assert_same(distilbert(**TINY), operators=["Add", "MatMul"])
        self.assertEqual(report["quantized"], {"Gemm": 1, "MatMul": 13})
        reasons = {left["reason"] for left in report["left_nodes"] if left["op_type"] == "MatMul"}
        self.assertEqual(reasons, {"both inputs are activations"})
        nothing = self.assert_same(distilbert(**TINY), operators=["Add"])
        self.assertEqual(nothing["quantized"], {})

    def test_exclusion_by_glob_and_of_a_gemm(self):
        model = distilbert(**TINY)
        matmuls = [n.name for n in model.graph.node if n.op_type == "MatMul"]
        gemm = next(n.name for n in model.graph.node if n.op_type == "Gemm")
        # The peer knows a Gemm only by the name of the MatMul that it has put in its place.
        self.assert_same(model, self.sentences(), exclude=["MatMul_1*", gemm],
                         excluded_by_peer=[m for m in matmuls if m.startswith("MatMul_1")] + [f"{gemm}_MatMul"])


class Exported(Quantized):
    """Graphs of `quantbench export`."""

    def export(self, checkpoint, opset):
        path = self.directory / "exported.onnx"
        done = run_program("export", checkpoint, "--task", "text-classification", "--opset", opset, "-o", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        return onnx.load(path)

    @staticmethod
    def feeds(model, vocabulary):
        random = np.random.default_rng(2)
        values = {"input_ids": vocabulary, "attention_mask": 2, "token_type_ids": 1}
        return [{i.name: np.maximum(random.integers(0, values[i.name], shape), i.name == "attention_mask")
                 for i in model.graph.input} for shape in ((1, 7), (2, 16))]

    def test_random_checkpoints(self):
        import transformers
        transformers.utils.logging.disable_progress_bar()
        bert = dict(vocab_size=99, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=37,
                    max_position_embeddings=40)
        distilbert_ = dict(vocab_size=99, dim=32, n_layers=2, n_heads=4, hidden_dim=37, max_position_embeddings=40)
        for opset, (kind, settings) in enumerate(
                {"bert": bert, "roberta": bert | dict(pad_token_id=1), "distilbert": distilbert_}.items(), 11):
            config = transformers.AutoConfig.for_model(kind, **settings)
            checkpoint = self.directory / kind
            transformers.AutoModelForSequenceClassification.from_config(config).save_pretrained(checkpoint)
            model = self.export(checkpoint, opset)
            for operators, per_channel in ((None, True), (["MatMul"], False), (["Add"], False)):
                with self.subTest(kind=kind, operators=operators, per_channel=per_channel):
                    self.assert_same(model, self.feeds(model, 99), operators=operators, per_channel=per_channel)

    def test_real_checkpoint(self):
        assets = Path(os.environ.get("QUANTBENCH_REAL_ASSETS") or ROOT.parent / "shared" / "real")
        if not (assets / "sst2-minilm").is_dir():
            self.skipTest("real models not found; set QUANTBENCH_REAL_ASSETS")
        model = self.export(assets / "sst2-minilm", 11)
        self.assert_same(model, self.feeds(model, 20000), operators=["Add", "MatMul"])


class Operators(Quantized):
    def test_embedding_shared_by_gather_and_matmul(self):
        for order in (["Gather", "MatMul"], ["MatMul", "Gather"]):
            graph = Graph(13, seed=3)
            table = graph.weight("table", 16, 16)
            made = {}
            for kind in order:
                made[kind] = (graph.add("Gather", table, "ids") if kind == "Gather"
                              else graph.add("MatMul", "x", table))
            graph.add("Add", made["Gather"], made["MatMul"], output="y")
            model = graph.model([helper.make_tensor_value_info("ids", TensorProto.INT64, [4]),
                                 helper.make_tensor_value_info("x", TensorProto.FLOAT, [4, 16])],
                                [helper.make_tensor_value_info("y", TensorProto.FLOAT, [4, 16])])
            random = np.random.default_rng(0)
            feed = {"ids": random.integers(0, 16, 4), "x": random.standard_normal((4, 16), dtype=np.float32)}
            with self.subTest(order=order):
                self.assert_same(model, [feed])
            with self.subTest(order=order, operators=["MatMul"]):
                self.assert_same(model, [feed], operators=["MatMul"])

    def test_gather_transpose_and_output_in_eight_bits(self):
        graph = Graph(12, seed=4)
        rows = graph.add("Gather", graph.weight("table", 9, 6, center=0.05), "ids", output="rows")
        graph.add("Transpose", rows, output="columns")
        graph.add("MatMul", rows, graph.weight("w", 6, 5), output="y")
        model = graph.model([helper.make_tensor_value_info("ids", TensorProto.INT64, [3])],
                            [helper.make_tensor_value_info("columns", TensorProto.FLOAT, [6, 3]),
                             helper.make_tensor_value_info("rows", TensorProto.FLOAT, [3, 6]),
                             helper.make_tensor_value_info("y", TensorProto.FLOAT, [3, 5])])
        self.assert_same(model, [{"ids": np.array([8, 0, 3])}])

    def test_conv(self):
        for bias in (False, True):
            graph = Graph(13, seed=5)
            inputs = ["x", graph.weight("w", 4, 3, 3, 3)] + [graph.weight("b", 4)] * bias
            shape = [1, 4, 4, 4]
            graph.add("Conv", *inputs, output="y", pads=[1, 1, 1, 1], strides=[2, 2])
            model = graph.model([helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 8, 8])],
                                [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)])
            for per_channel in (False, True):
                with self.subTest(bias=bias, per_channel=per_channel):
                    # ONNX Runtime's CPU has no ConvInteger of s8 weights: compared, not run.
                    self.assert_same(model, per_channel=per_channel)

    def test_attention_and_embedding_of_onnxruntime(self):
        random = np.random.default_rng(6)
        weights = []

        def weight(name, *shape):
            weights.append(numpy_helper.from_array(random.standard_normal(shape, dtype=np.float32) * 0.1, name))
            return name

        nodes = [
            helper.make_node("EmbedLayerNormalization",
                             ["ids", "segments", weight("word", 20, 8), weight("position", 10, 8),
                              weight("segment", 2, 8), weight("gamma", 8), weight("beta", 8), "mask"],
                             ["embedded", "mask_index"], "embed", domain="com.microsoft", epsilon=1e-12),
            helper.make_node("Attention", ["embedded", weight("qkv", 8, 24), weight("bias", 24), "mask_index"],
                             ["y"], "attention", domain="com.microsoft", num_heads=2)]
        graph = helper.make_graph(
            nodes, "fused",
            [helper.make_tensor_value_info(n, TensorProto.INT32, ["b", "s"]) for n in ("ids", "segments", "mask")],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["b", "s", 8])], weights)
        model = helper.make_model(graph, ir_version=7, opset_imports=[
            helper.make_opsetid("", 12), helper.make_opsetid("com.microsoft", 1)])
        feed = {"ids": random.integers(0, 20, (2, 6), dtype=np.int32),
                "segments": random.integers(0, 2, (2, 6), dtype=np.int32), "mask": np.ones((2, 6), np.int32)}
        for operators in (None, ["Attention"], ["EmbedLayerNormalization"]):
            with self.subTest(operators=operators):
                self.assert_same(model, [feed], operators=operators)

    def test_weights_of_extreme_values(self):
        tiny, huge = np.finfo(np.float32).tiny, np.finfo(np.float32).max
        for values in ([0, 0, 0, 0], [tiny, 0, 0, 0], [tiny * 100, 0, 1e-44, 0], [huge, -huge, 1, 0],
                       [127, 0.5, 1.5, 2.5], [1, 2, 3, 4], [-1, -2, -3, -4]):
            for kind in ("MatMul", "Gather"):
                graph = Graph(13, seed=0)
                graph.initializers.append(numpy_helper.from_array(np.array([values] * 2, np.float32), "w"))
                name, type_ = ("x", TensorProto.FLOAT) if kind == "MatMul" else ("ids", TensorProto.INT64)
                graph.add(kind, *(("x", "w") if kind == "MatMul" else ("w", "ids")), output="y")
                shape = [1, 4] if kind == "MatMul" else [1, 2, 4]
                model = graph.model([helper.make_tensor_value_info(name, type_, [1, 2])],
                                    [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)])
                for per_channel in (False, True):
                    with self.subTest(values=values, kind=kind, per_channel=per_channel):
                        self.assert_same(model, per_channel=per_channel, operators=[kind])


class Faults(Quantized):
    def refused(self, model, *arguments):
        onnx.save_model(model, self.directory / "float.onnx")
        done = run_program("quantize", self.directory / "float.onnx", "-o", self.directory / "out.onnx", *arguments)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertFalse((self.directory / "out.onnx").exists())
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        return done.stderr

    def test_unknown_operator_kind(self):
        message = self.refused(distilbert(**TINY), "--operators_to_quantize", "MatMull")
        self.assertIn("unknown name 'MatMull' (did you mean 'MatMul'?)", message)

    def quantized(self, model):
        onnx.save_model(model, self.directory / "float.onnx")
        report = self.directory / "report.json"
        done = run_program("quantize", self.directory / "float.onnx", "-o", self.directory / "out.onnx", "--report", report)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stderr, json.loads(report.read_text()), onnx.load(self.directory / "out.onnx")

    def test_operator_set_without_dynamic_quantization(self):
        model = distilbert(**TINY)
        model.opset_import[0].version = 10
        told, report, made = self.quantized(model)
        self.assertIn("converted from operator set 10 to 13", told)
        self.assertEqual([o.version for o in made.opset_import if o.domain == ""], [13])
        self.assertGreater(report["quantized"]["MatMul"], 0)

    def test_weight_that_is_not_finite(self):
        model = distilbert(**TINY)
        weight = next(i for i in model.graph.initializer if i.name.endswith("ffn.lin1.weight"))
        values = numpy_helper.to_array(weight).copy()
        values[3, 3] = np.nan
        weight.CopyFrom(numpy_helper.from_array(values, weight.name))
        _, report, made = self.quantized(model)
        self.assertIn(weight.name, [i.name for i in made.graph.initializer])
        self.assertTrue(any("finite" in left["reason"] for left in report["left_nodes"]), report["left_nodes"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
