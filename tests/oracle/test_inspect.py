"""`quantbench inspect` against onnx's Python package (contents of the file) and against the graph that onnxruntime writes from
Python (optimized_model_filepath): numbers of operators, constants by type, and the precision of each matrix product by a rule
written here. Small graphs, float and quantized by onnxruntime's own tool, at each optimization level;
the models that public pip packages ship only when asked to (some 500 MB):

    QUANTBENCH_PACKAGED_MODELS=DIRECTORY QUANTBENCH=build/quantbench .venv/bin/python tests/oracle/test_inspect.py
"""

import collections
import json
import os
import re
import subprocess
import tempfile
import unittest
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_dynamic, quantize_static

import packaged_models
import static_models
from quantized_outcomes import forked

PROGRAM = os.environ["QUANTBENCH"]
DIRECTORY = os.environ.get("QUANTBENCH_PACKAGED_MODELS")
LEVELS = {
    0: onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL,
    1: onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC,
    2: onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
    99: onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL,
}
NUMPY_NAMES = {TensorProto.FLOAT: "float32", TensorProto.DOUBLE: "float64", TensorProto.STRING: "string"}
PRODUCTS = {"MatMul", "Gemm", "Conv", "ConvTranspose", "FusedMatMul", "FusedGemm", "FusedConv", "MatMulInteger", "ConvInteger",
            "QLinearMatMul", "QLinearConv", "MatMulIntegerToFloat", "DynamicQuantizeMatMul", "QGemm", "LSTM", "GRU", "RNN",
            "DynamicQuantizeLSTM"}
INT8_NAMES = "QLinear|QGemm|DynamicQuantize|MatMulInteger|ConvInteger"  # ONNX's own products take no int8.

warnings.filterwarnings("ignore")
onnxruntime.set_default_logger_severity(4)


def type_name(data_type):
    return NUMPY_NAMES.get(data_type) or TensorProto.DataType.Name(data_type).lower()


def qualified(node):
    return node.op_type if node.domain in ("", "ai.onnx") else f"{node.domain}.{node.op_type}"


def subgraphs_of(node):
    for attribute in node.attribute:
        if attribute.type == onnx.AttributeProto.GRAPH:
            yield attribute.g
        yield from attribute.graphs


def graphs_of(graph):
    """The graph and all graphs inside it."""
    yield graph
    for node in graph.node:
        for body in subgraphs_of(node):
            yield from graphs_of(body)


def bytes_of(tensor):
    if tensor.data_type == TensorProto.STRING:
        return sum(len(text) for text in tensor.string_data)
    bits = {TensorProto.INT4: 4, TensorProto.UINT4: 4, TensorProto.BFLOAT16: 16}.get(tensor.data_type)
    count = int(np.prod(tensor.dims, dtype=np.int64))
    return (count * bits + 7) // 8 if bits else count * helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize


def constants_of(model):
    """Type -> (tensors, elements, bytes), as the package reads them."""
    totals = collections.defaultdict(lambda: [0, 0, 0])

    def add(name, elements, size):
        for place, value in enumerate((1, elements, size)):
            totals[name][place] += value

    for graph in graphs_of(model.graph):
        tensors = list(graph.initializer)
        for sparse in graph.sparse_initializer:
            tensors += [sparse.values, sparse.indices]
        for node in graph.node:
            if node.op_type != "Constant":
                continue
            for attribute in node.attribute:
                value = helper.get_attribute_value(attribute)
                if attribute.name == "value":
                    tensors.append(value)
                elif attribute.name == "sparse_value":
                    tensors += [value.values, value.indices]
                elif attribute.name in ("value_float", "value_floats"):
                    add("float32", np.size(value), 4 * np.size(value))
                elif attribute.name in ("value_int", "value_ints"):
                    add("int64", np.size(value), 8 * np.size(value))
        for tensor in tensors:
            add(type_name(tensor.data_type), int(np.prod(tensor.dims, dtype=np.int64)), bytes_of(tensor))
    return {name: {"tensors": t, "elements": e, "bytes": b} for name, (t, e, b) in totals.items()}


def declared(values):
    out = []
    for value in values:
        if value.type.HasField("tensor_type"):
            shape = None
            if value.type.tensor_type.HasField("shape"):
                shape = [d.dim_value if d.HasField("dim_value") else d.dim_param or None for d in value.type.tensor_type.shape.dim]
            out.append({"name": value.name, "type": type_name(value.type.tensor_type.elem_type), "shape": shape})
        else:
            out.append({"name": value.name})
    return out


def contents_of(path):
    """What `inspect --json` has under "contents", by the package."""
    model = onnx.load(path)
    graphs = list(graphs_of(model.graph))
    constants = {constant.name for constant in model.graph.initializer}
    return {
        "ir_version": model.ir_version,
        "opsets": {entry.domain or "ai.onnx": entry.version for entry in model.opset_import},
        "producer": model.producer_name,
        "metadata": {entry.key: entry.value for entry in model.metadata_props},
        "nodes": sum(len(graph.node) for graph in graphs),
        "operators": dict(collections.Counter(qualified(node) for graph in graphs for node in graph.node)),
        "subgraphs": len(graphs) - 1,
        "functions": [{"name": f"{function.domain}.{function.name}", "nodes": len(function.node)} for function in model.functions],
        "constants": constants_of(model),
        "inputs": declared(value for value in model.graph.input if value.name not in constants),
        "outputs": declared(model.graph.output),
    }


def executed(path, level):
    """The graph that onnxruntime writes: operators, constants, and the number of products that compute in 8 bits."""
    with tempfile.TemporaryDirectory() as directory:
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = LEVELS[level]
        options.optimized_model_filepath = f"{directory}/optimized.onnx"
        options.add_session_config_entry("session.optimized_model_external_initializers_file_name", "optimized.data")
        options.intra_op_num_threads = 1
        onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        model = onnx.load(options.optimized_model_filepath)
    nodes = [node for graph in graphs_of(model.graph) for node in graph.node]
    int8 = [bool(re.match(INT8_NAMES, node.op_type)) for node in nodes if node.op_type in PRODUCTS]
    return {"operators": dict(collections.Counter(map(qualified, nodes))), "constants": constants_of(model),
            "products": {"int8": sum(int8), "others": len(int8) - sum(int8)}}


def inspect(*arguments):
    return subprocess.run([PROGRAM, "inspect", *map(str, arguments)], capture_output=True, text=True, timeout=600)


class Inspected(unittest.TestCase):
    def check(self, path, level=99):
        """Returns the inspection."""
        ran = inspect(path, "--json", "--optimization-level", level)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""), path)
        inspection = json.loads(ran.stdout)
        expected = contents_of(path)
        contents = inspection["contents"]
        for key, value in expected.items():
            if key in ("inputs", "outputs"):
                found = [{name: one[name] for name in wanted} for one, wanted in zip(contents[key], value)]
                self.assertEqual((found, len(contents[key])), (value, len(value)), path)
            else:
                self.assertEqual(contents[key], value, f"{path}: {key}")
        self.assertEqual(sum(file["bytes"] for file in inspection["files"][:1]), Path(path).stat().st_size)
        answer = forked(lambda: executed(str(path), level))
        if "value" not in answer:
            self.assertIsNone(inspection["execution"], path)
            self.assertNotEqual(inspection["failure"], "", path)
            return inspection
        self.assertEqual(inspection["failure"], "", path)
        operators = collections.Counter(one["op_type"] for one in inspection["execution"]["operators"])
        self.assertEqual(dict(operators), answer["value"]["operators"], path)
        self.assertEqual(inspection["execution"]["constants"], answer["value"]["constants"], path)
        int8 = [one["precision"] == "int8" for one in inspection["execution"]["operators"]
                if one["is_product"] and one["op_type"].split(".")[-1] in PRODUCTS]
        self.assertEqual({"int8": sum(int8), "others": len(int8) - sum(int8)}, answer["value"]["products"], path)
        unknown = [one for one in inspection["execution"]["operators"] if one["is_product"] and "unknown" in one["precision"]]
        self.assertEqual(unknown, [], path)
        return inspection


class Reader(CalibrationDataReader):
    def __init__(self, feeds):
        self.feeds = iter(feeds)

    def get_next(self):
        return next(self.feeds, None)


class SmallModels(Inspected):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.scratch = Path(scratch.name)

    def perceptron(self):
        """A float model with calibration inputs."""
        generator = np.random.default_rng(0)
        layers = [("x", "w0", "h"), ("h", "w1", "y")]
        nodes = [helper.make_node("MatMul", [a, w], [f"{out}m"], name=f"m{i}") for i, (a, w, out) in enumerate(layers)]
        nodes.insert(1, helper.make_node("Relu", ["hm"], ["h"], name="relu"))
        nodes.append(helper.make_node("Relu", ["ym"], ["y"], name="last"))
        weights = [numpy_helper.from_array(generator.standard_normal((16, 16)).astype(np.float32), name) for name in ("w0", "w1")]
        shape = ["batch", 16]
        graph = helper.make_graph(nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
                                  [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)], weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8, producer_name="oracle")
        helper.set_model_props(model, {"task": "none", "author": "an oracle"})
        path = self.scratch / "float.onnx"
        onnx.save(model, path)
        return path, [{"x": generator.standard_normal((4, 16)).astype(np.float32)} for _ in range(4)]

    def test_a_float_model_and_its_quantized_forms_at_each_level(self):
        path, feeds = self.perceptron()
        forms = {"float": path}
        forms["dynamic"] = self.scratch / "dynamic.onnx"
        quantize_dynamic(path, forms["dynamic"])
        for name, form in (("QDQ", QuantFormat.QDQ), ("QOperator", QuantFormat.QOperator)):
            forms[name] = self.scratch / f"{name}.onnx"
            quantize_static(path, forms[name], Reader(feeds), quant_format=form, activation_type=QuantType.QUInt8,
                            weight_type=QuantType.QInt8)
        for name, form in forms.items():
            for level in LEVELS:
                with self.subTest(form=name, level=level):
                    warned = bool(self.check(form, level)["warnings"])
                    self.assertEqual(warned, name == "QDQ" and level < 2, name)

    def test_every_operator_of_the_static_quantizer(self):
        for name, build in static_models.ALL.items():
            with self.subTest(name):
                path = self.scratch / "model.onnx"
                onnx.save(build()[1], path)
                self.check(path)

    def test_external_data_is_counted_with_the_file(self):
        path, _ = self.perceptron()
        model = onnx.load(path)
        onnx.save(model, self.scratch / "large.onnx", save_as_external_data=True, location="large.data", size_threshold=0)
        inspection = self.check(self.scratch / "large.onnx")
        self.assertEqual(inspection["files"][1], {"name": "large.data", "bytes": (self.scratch / "large.data").stat().st_size})

    def test_functions_are_listed_and_run_inlined(self):
        function = helper.make_function("local", "Twice", ["a"], ["b"], [helper.make_node("Add", ["a", "a"], ["b"])],
                                        [helper.make_opsetid("", 17)])
        value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [2]) for name in "xy"]
        graph = helper.make_graph([helper.make_node("Twice", ["x"], ["y"], domain="local")], "g", value[:1], value[1:])
        model = helper.make_model(graph, functions=[function], ir_version=8,
                                  opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("local", 1)])
        onnx.save(model, self.scratch / "function.onnx")
        inspection = self.check(self.scratch / "function.onnx")
        self.assertEqual([one["op_type"] for one in inspection["execution"]["operators"]], ["Add"])

    def test_differences_are_those_of_the_files(self):
        path, _ = self.perceptron()
        changed = onnx.load(path)
        changed.graph.node[1].op_type = "Sigmoid"
        del changed.metadata_props[0]
        onnx.save(changed, self.scratch / "changed.onnx")
        ran = inspect("--compare", path, self.scratch / "changed.onnx", "--json")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        found = {(one["what"], one["name"]) for one in json.loads(ran.stdout)["differences"]}
        self.assertEqual({name for what, name in found if what == "operator"}, {"Relu", "Sigmoid"})
        self.assertEqual({name for what, name in found if what == "metadata"}, {"task"})
        self.assertEqual({what for what, _ in found}, {"operator", "metadata", "executed operator"})


@unittest.skipUnless(DIRECTORY, "QUANTBENCH_PACKAGED_MODELS names no directory for the downloads")
class PackagedModels(Inspected):
    def test_have_no_fault_and_those_that_store_int8_and_compute_in_float_are_found(self):
        models = {place.name: place / "model.onnx" for place in packaged_models.write_all(DIRECTORY)}
        models |= {f"{path.parent.name} {path.name}": path for path in packaged_models.write_more(DIRECTORY)}
        self.assertGreaterEqual(len(models), 20)
        warned = {}
        for name, path in models.items():
            with self.subTest(name):
                for level in (99, 1):
                    if found := self.check(path, level)["warnings"]:
                        warned[name, level] = found
                ran = inspect(path)
                self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        for (name, level), found in warned.items():
            print(f"{name}, optimization level {level}: {'; '.join(found)}")
        self.assertTrue(any("smart_turn" in name and level == 1 for name, level in warned), warned)
        self.assertTrue(any("minilm-int8" in name and level == 99 for name, level in warned), warned)


if __name__ == "__main__":
    unittest.main()
