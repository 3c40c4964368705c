"""Static quantization against onnxruntime.quantization.quantize_static given the same calibrated ranges: the same nodes
with the same names, wiring and attributes, the same constants (integers bit-equal, scales to 1 ulp), the same outputs.
Differences that docs/quantization.md lists are the only ones let through, each by name here."""

import json
import logging
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper
from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.calibrate import create_calibrator, save_tensors_data
from onnxruntime.transformers import optimizer
from onnxruntime.transformers.onnx_model import OnnxModel

import static_models

ROOT = Path(__file__).resolve().parents[2]
REAL = Path(os.environ.get("QUANTBENCH_REAL_ASSETS") or ROOT.parent / "shared" / "real")
TOOLS = Path(os.environ["QUANTBENCH_TOOLS"])
logging.disable(logging.WARNING)
onnxruntime.set_default_logger_severity(3)


def products_without_constant_b(model):
    constants = {tensor.name for tensor in model.graph.initializer}
    return [node.name for node in model.graph.node if node.op_type == "MatMul" and node.input[1] not in constants]


def product_activations(model, outputs):
    """Tensors that MatMuls of two activations read, and no MatMul or Gemm with a weight. `outputs`: and no MatMul or Gemm
    makes."""
    constants = {tensor.name for tensor in model.graph.initializer}
    of_products, of_others = set(), set()
    for node in model.graph.node:
        if node.op_type in ("MatMul", "Gemm"):
            product = node.op_type == "MatMul" and not constants.intersection(node.input)
            (of_products if product else of_others).update(node.input)
            if outputs:
                of_others.update(node.output)
    return sorted(of_products - of_others)


def overrides(own, tensors, usual):
    one = {"quant_type": TYPES[own.get("product_activation_type", usual)],
           "symmetric": own.get("product_activation_symmetric", False)}
    return {tensor: [one] for tensor in tensors}


def matmul_inputs(model):
    """The preset as options, and as arguments of ONNX Runtime's tool."""
    own = {"product_activation_type": "s8", "product_activation_symmetric": True}
    return {**own, "operators_to_quantize": ["MatMul", "Gemm"], "activation_type": "u8", "per_channel": True,
            "quantize_outputs": False, "quantize_bias": False,
            "overrides": overrides(own, product_activations(model, False), "u8")}


class Reader:
    def __init__(self, feeds):
        self.feeds = iter(feeds)

    def get_next(self):
        return next(self.feeds, None)


class Tool:
    """The helper program, kept running."""

    def __init__(self):
        self.process = subprocess.Popen([TOOLS / "static_quantizer"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)

    def ask(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


# One of each option at a time, and the combinations that meet in practice.
OPTIONS = {
    "reference": {},
    "u8s8": {"activation_type": "u8"},
    "u8u8": {"activation_type": "u8", "weight_type": "u8"},
    "symmetric activations": {"activation_symmetric": True},
    "asymmetric weights": {"weight_symmetric": False},
    "per channel": {"per_channel": True},
    "reduce_range": {"reduce_range": True},
    "u8s8 per channel, reduced": {"activation_type": "u8", "per_channel": True, "reduce_range": True},
    "Add and MatMul": {"operators_to_quantize": ["Add", "MatMul"]},
    "dedicated pairs": {"dedicated_qdq_pair": True},
    "pairs on weights": {"add_qdq_pair_to_weight": True},
    "movers forced": {"force_quantize_no_input_check": True},
    "activations kept": {"keep_removable_activations": True},
    "float biases": {"quantize_bias": False},
    "float outputs of MatMul": {"operators_with_float_output": ["MatMul", "Transpose"]},
}
# There the tool does not widen the scale of a weight whose bias is beyond int32; see Differences.
WITHOUT_WIDENING = ["u8u8", "asymmetric weights"]
TYPES = {"s8": QuantType.QInt8, "u8": QuantType.QUInt8}


def peer_arguments(options):
    extra = {"QDQOpTypePerChannelSupportToAxis": {"MatMul": 1}}
    names = {"activation_symmetric": "ActivationSymmetric", "weight_symmetric": "WeightSymmetric",
             "dedicated_qdq_pair": "DedicatedQDQPair", "add_qdq_pair_to_weight": "AddQDQPairToWeight",
             "force_quantize_no_input_check": "ForceQuantizeNoInputCheck",
             "keep_removable_activations": "QDQKeepRemovableActivations", "quantize_bias": "QuantizeBias",
             "operators_with_float_output": "OpTypesToExcludeOutputQuantization",
             "matmul_const_b_only": "MatMulConstBOnly"}
    extra.update({peer: options[ours] for ours, peer in names.items() if ours in options})
    if not options.get("quantize_outputs", True):
        extra["OpTypesToExcludeOutputQuantization"] = options["operators_to_quantize"]
    if options.get("overrides"):
        extra["TensorQuantOverrides"] = options["overrides"]
    return dict(
        quant_format=QuantFormat.QOperator if options.get("format") == "QOperator" else QuantFormat.QDQ,
        activation_type=TYPES[options.get("activation_type", "s8")], weight_type=TYPES[options.get("weight_type", "s8")],
        per_channel=options.get("per_channel", False), reduce_range=options.get("reduce_range", False),
        op_types_to_quantize=options.get("operators_to_quantize"), nodes_to_exclude=options.get("nodes_to_exclude"),
        extra_options=extra)


def calibrated(directory, model, feeds, method=CalibrationMethod.MinMax):
    """Ranges of every float tensor: ORT's cache file, and as our tool reads them."""
    path = directory / "float.onnx"
    onnx.save(model, path)
    calibrator = create_calibrator(path, None, augmented_model_path=str(directory / "augmented.onnx"),
                                   calibrate_method=method)
    calibrator.collect_data(Reader(feeds))
    tensors = calibrator.compute_data()
    save_tensors_data(tensors, directory / "ranges.json")
    return {name: [float(v.item()) for v in data.range_value] for name, data in tensors.items()}


def described(node):
    def value_of(attribute):
        value = onnx.helper.get_attribute_value(attribute)
        if isinstance(value, onnx.GraphProto):
            value.ClearField("value_info")  # The tool declares the shapes in a branch, too.
        return value

    attributes = {a.name: value_of(a) for a in node.attribute}
    return (node.op_type, node.domain, tuple(node.input), tuple(node.output), tuple(sorted(map(repr, attributes.items()))))


def excluded(model, entries):
    """Names of the nodes that the patterns take, found by ONNX Runtime's matcher."""
    graph = OnnxModel(model)
    def neighbours(kind, above, below):
        made = {output for node in graph.get_nodes_by_op_type(above) for output in node.output} if above else set()
        read = {name for node in graph.get_nodes_by_op_type(below) for name in node.input} if below else set()
        return [node.name for node in graph.get_nodes_by_op_type(kind)
                if made.intersection(node.input) or read.intersection(node.output)]
    def paths(last, kinds, inputs):
        found = set()
        for node in graph.get_nodes_by_op_type(last):
            path = graph.match_parent_path(node, kinds, inputs)
            if path is not None:
                found.update(n.name for n in [*path, node])
        return found
    patterns = {
        "layernorm": lambda: paths("Add", ["Mul", "Div", "Sqrt", "Add", "ReduceMean", "Pow", "Sub", "ReduceMean"],
                                   [0, 0, 1, 0, 0, 0, 0, 1]),
        "gelu": lambda: paths("Mul", ["Mul", "Add", "Erf", "Div"], [0, 1, 0, 0]),
        "residual": lambda: neighbours("Add", "Add", None),
        "gather": lambda: neighbours("Add", "Gather", None),
        "softmax": lambda: neighbours("Add", None, "Softmax"),
    }
    return sorted({name for entry in entries for name in patterns[entry]()})


class Difference(AssertionError):
    pass


def compare(ours, theirs):
    """Both models node for node and constant for constant."""
    def nodes(model):
        return {node.name or node.output[0]: described(node) for node in model.graph.node}
    a, b = nodes(ours), nodes(theirs)
    if len(ours.graph.node) != len(a) or a != b:
        lines = [f"ours:   {name}: {a.get(name)}\ntheirs: {name}: {b.get(name)}"
                 for name in sorted(set(a) | set(b)) if a.get(name) != b.get(name)]
        raise Difference("\n".join(lines))

    def constants(model):
        return {tensor.name: tensor for tensor in model.graph.initializer}
    a, b = constants(ours), constants(theirs)
    if set(a) != set(b):
        raise Difference(f"constants only ours: {sorted(set(a) - set(b))}, only theirs: {sorted(set(b) - set(a))}")
    for name, mine in a.items():
        x, y = numpy_helper.to_array(mine), numpy_helper.to_array(b[name])
        if x.dtype != y.dtype or x.shape != y.shape:
            raise Difference(f"{name}: {x.dtype}{x.shape} is not {y.dtype}{y.shape}")
        if x.dtype == np.float32 and name.endswith("_scale"):
            np.testing.assert_array_max_ulp(x, y, maxulp=1)
        elif not np.array_equal(x, y):
            raise Difference(f"{name}: {np.count_nonzero(x != y)} of {x.size} values differ")


def run(path, feed):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"]).run(None, feed)


class StaticQuantization(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.directory = Path(self.temporary.name)
        self.tool = Tool()

    def tearDown(self):
        self.tool.close()
        self.temporary.cleanup()

    def check(self, model, feeds, cases, runs=True, method=CalibrationMethod.MinMax):
        ranges = calibrated(self.directory, model, feeds, method)
        for name, options in cases.items():
            with self.subTest(name):
                ours, theirs = self.directory / "ours.onnx", self.directory / "theirs.onnx"
                mine = {k: v for k, v in options.items() if k not in ("nodes_to_exclude", "overrides")}
                plan = self.tool.ask(model=str(self.directory / "float.onnx"), plan=True, options=mine)
                needed = {tensor: ranges[tensor] for tensor in plan["tensors"]}
                report = self.tool.ask(model=str(self.directory / "float.onnx"), output=str(ours), ranges=needed,
                                       options=mine)
                self.assertNotIn("error", report)
                quantize_static(str(self.directory / "float.onnx"), str(theirs), None,
                                calibration_cache_path=self.directory / "ranges.json", calibrate_method=method,
                                **peer_arguments(options))
                compare(onnx.load(ours), onnx.load(theirs))
                if runs:
                    for x, y in zip(run(ours, feeds[0]), run(theirs, feeds[0])):
                        np.testing.assert_array_equal(x, y)

    def small(self, build, format, leave_out=()):
        builder, model = build()
        feeds = [builder.feed(3) for _ in range(4)]
        self.check(model, feeds, {name: {**options, "format": format} for name, options in OPTIONS.items()
                                  if name not in leave_out})

    def mild(self, format):
        self.small(lambda: static_models.perceptron(shared_bias=format == "QDQ", wide_bias=False), format,
                   [name for name in OPTIONS if name not in WITHOUT_WIDENING])

    def test_small_graphs_in_the_qdq_format(self):
        for name, build in static_models.ALL.items():
            with self.subTest(name):
                self.small(build, "QDQ", WITHOUT_WIDENING if name == "perceptron" else [])
        self.mild("QDQ")

    def test_small_graphs_in_the_qoperator_format(self):
        builds = {**static_models.ALL, "perceptron": lambda: static_models.perceptron(shared_bias=False),
                  "movers": lambda: static_models.movers(where=False)}
        for name, build in builds.items():
            with self.subTest(name):
                leave_out = WITHOUT_WIDENING if name == "perceptron" else []
                self.small(build, "QOperator", ["movers forced", *leave_out])
        self.mild("QOperator")

    def test_a_percentile_of_one_value_whose_range_is_upside_down(self):
        builder, model = static_models.normalized()
        feeds = [builder.feed(3) for _ in range(4)]
        ranges = calibrated(self.directory, model, feeds, CalibrationMethod.Percentile)
        self.assertTrue(any(low > high for low, high in ranges.values()))
        self.check(model, feeds, {"Add and Mul": {"operators_to_quantize": ["Add", "Mul"]}},
                   method=CalibrationMethod.Percentile)

    def test_products_with_a_constant_b_alone(self):
        """MatMulConstBOnly. ONNX Runtime's tool ignores it in the QDQ format: there it is told the nodes."""
        for build in [static_models.attention, lambda: static_models.movers(where=False)]:
            builder, model = build()
            feeds = [builder.feed(3) for _ in range(4)]
            only = {"operators_to_quantize": ["Add", "MatMul"], "matmul_const_b_only": True}
            self.check(model, feeds, {
                "QDQ": {**only, "nodes_to_exclude": products_without_constant_b(model)},
                "QDQ per channel": {**only, "per_channel": True, "activation_type": "u8",
                                    "nodes_to_exclude": products_without_constant_b(model)},
                "QOperator": {**only, "format": "QOperator", "activation_type": "u8"}})

    def test_products_of_two_activations_with_a_type_of_their_own(self):
        """ONNX Runtime's tool takes the type of each tensor (TensorQuantOverrides)."""
        builder, model = static_models.attention()
        feeds = [builder.feed(3) for _ in range(4)]
        kinds = ["MatMul", "Gemm"]
        for own in [{"product_activation_type": "s8", "product_activation_symmetric": True},
                    {"product_activation_type": "s8"}, {"product_activation_symmetric": True}]:
            for outputs in [True, False]:
                tensors = product_activations(model, outputs)
                self.assertEqual(len(tensors), 3)
                self.check(model, feeds, {f"{own}, outputs {outputs}": {
                    **own, "operators_to_quantize": kinds, "activation_type": "u8", "per_channel": True,
                    "quantize_outputs": outputs, "overrides": overrides(own, tensors, "u8")}})

    def test_the_preset_of_inputs(self):
        for build in [static_models.attention, static_models.perceptron]:
            builder, model = build()
            self.check(model, [builder.feed(3) for _ in range(4)],
                       {"preset": {"preset": "matmul_inputs", **matmul_inputs(model)}})

    def test_old_operator_sets(self):
        for format in ["QDQ", "QOperator"]:
            builder, model = static_models.old_perceptron()
            self.check(model, [builder.feed(3) for _ in range(4)],
                       {f"{format} {name}": {**OPTIONS[name], "format": format} for name in ["reference", "u8s8"]})


class RealModels(unittest.TestCase):
    """The fine-tuned models, exported by us, under what the cards benchmark; the exclusion patterns are found in the
    graph by ONNX Runtime's own matcher."""

    CASES = {
        "everything": {},
        "Add and MatMul": {"operators_to_quantize": ["Add", "MatMul"]},
        "the cards' exclusions": {"operators_to_quantize": ["Add", "MatMul"],
                                  "node_exclusion": ["layernorm", "gelu", "residual", "gather", "softmax"]},
        "per channel, 7 bits": {"per_channel": True, "reduce_range": True},
        "QOperator": {"format": "QOperator", "activation_type": "u8"},
    }

    setUp = StaticQuantization.setUp
    tearDown = StaticQuantization.tearDown
    check = StaticQuantization.check

    def exported(self, name, task):
        if not (REAL / name).is_dir():
            self.skipTest("real models not found; set QUANTBENCH_REAL_ASSETS")
        path = self.directory / "exported.onnx"
        request = {"checkpoint": str(REAL / name), "task": task, "opset": 13, "output": str(path)}
        answer = subprocess.run([TOOLS / "export_onnx"], input=json.dumps(request), capture_output=True, text=True)
        self.assertEqual(answer.stdout.strip(), "ok")
        return onnx.load(path)

    def cases(self, model):
        cases = {name: {**options, "nodes_to_exclude": excluded(model, options.get("node_exclusion", []))}
                 for name, options in self.CASES.items()}
        cases["constant B alone"] = {"operators_to_quantize": ["Add", "MatMul"], "matmul_const_b_only": True,
                                     "nodes_to_exclude": products_without_constant_b(model)}
        cases["preset matmul_inputs"] = {"preset": "matmul_inputs", **matmul_inputs(model)}
        return cases

    def test_minilm(self):
        model = self.exported("sst2-minilm", "text-classification")
        generator = np.random.default_rng(0)
        feeds = [{"input_ids": generator.integers(0, 1000, (4, 24)), "attention_mask": np.ones((4, 24), np.int64),
                  "token_type_ids": np.zeros((4, 24), np.int64)} for _ in range(2)]
        self.check(model, feeds, self.cases(model))

    def test_vit(self):
        model = self.exported("digits-vit", "image-classification")
        config = json.loads((REAL / "digits-vit" / "config.json").read_text())
        shape = [2, config.get("num_channels", 3), config["image_size"], config["image_size"]]
        generator = np.random.default_rng(0)
        feeds = [{"pixel_values": generator.standard_normal(shape).astype(np.float32)} for _ in range(2)]
        self.check(model, feeds, self.cases(model))


def back_in_float(model):
    """The fused operators on integers as the same operators in float on what the integers stand for."""
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    nodes = []

    def real(values, scale, zero_point):
        if not values:
            return ""
        if values in constants:
            s, z = constants[scale], constants[zero_point].astype(np.int32)
            tensor = numpy_helper.from_array(
                ((constants[values].astype(np.int32) - z) * s).astype(np.float32), values + "_real")
            if values + "_real" not in {t.name for t in model.graph.initializer}:
                model.graph.initializer.append(tensor)
            return values + "_real"
        if not any(node.output[0] == values + "_real" for node in nodes):
            nodes.append(onnx.helper.make_node("DequantizeLinear", [values, scale, zero_point], [values + "_real"]))
        return values + "_real"

    for node in model.graph.node:
        i = list(node.input)
        if node.op_type == "QAttention":
            inputs = [real(i[0], i[3], i[6]), real(i[1], i[4], i[7]), i[2], i[5], i[8]]
            made = onnx.helper.make_node("Attention", inputs, node.output, domain="com.microsoft")
        elif node.op_type == "QEmbedLayerNormalization":
            inputs = [i[0], i[1], *(real(i[2 + k], i[8 + k], i[13 + k]) for k in range(5)), i[7]]
            made = onnx.helper.make_node("EmbedLayerNormalization", inputs, node.output, domain="com.microsoft")
        else:
            nodes.append(node)
            continue
        made.attribute.extend(node.attribute)
        nodes.append(made)
    nodes = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return model


class FusedModels(unittest.TestCase):
    """Quantization after ONNX Runtime's fusions. Its own tool cannot tell the types behind operators of com.microsoft and
    leaves them in float; what ours writes there is held against the float operators on what its integers stand for."""

    setUp = StaticQuantization.setUp
    tearDown = StaticQuantization.tearDown
    exported = RealModels.exported

    def ranges(self, model, tensors, feeds):
        augmented = onnx.ModelProto()
        augmented.CopyFrom(model)
        known = {output.name for output in model.graph.output}
        augmented.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in tensors
                                      if name not in known)
        names = [output.name for output in augmented.graph.output]
        path = self.directory / "augmented.onnx"
        onnx.save(augmented, path)
        low, high = {}, {}
        for feed in feeds:
            missing = {key: value for key, value in feed.items() if key in tensors}
            for name, values in [*zip(names, run(path, feed)), *missing.items()]:
                low[name] = min(low.get(name, 0.0), float(values.min()))
                high[name] = max(high.get(name, 0.0), float(values.max()))
        return {name: [low[name], high[name]] for name in tensors}

    def quantized(self, model, feeds, options):
        path, ours = self.directory / "fused.onnx", self.directory / "ours.onnx"
        onnx.save(model, path)
        plan = self.tool.ask(model=str(path), plan=True, options=options)["tensors"]
        report = self.tool.ask(model=str(path), output=str(ours), ranges=self.ranges(model, plan, feeds), options=options)
        self.assertNotIn("error", report)
        return report, run(path, feeds[0])[0], run(ours, feeds[0])[0]

    def test_bert_with_attention_and_embeddings_as_one_operator_each(self):
        model = self.exported("sst2-minilm", "text-classification")
        config = json.loads((REAL / "sst2-minilm" / "config.json").read_text())
        fused = optimizer.optimize_model(str(self.directory / "exported.onnx"), model_type="bert", opt_level=0,
                                         num_heads=config["num_attention_heads"], hidden_size=config["hidden_size"]).model
        kinds = [node.op_type for node in fused.graph.node]
        self.assertEqual(kinds.count("Attention"), config["num_hidden_layers"])
        generator = np.random.default_rng(0)
        feeds = [{"input_ids": generator.integers(0, 1000, (4, 24)), "attention_mask": np.ones((4, 24), np.int64),
                  "token_type_ids": np.zeros((4, 24), np.int64)} for _ in range(2)]
        feeds = [{value.name: feed[value.name].astype(
            np.int32 if value.type.tensor_type.elem_type == onnx.TensorProto.INT32 else np.int64)
            for value in fused.graph.input} for feed in feeds]
        for per_channel in [False, True]:
            for kinds in [["Attention"], ["EmbedLayerNormalization"], ["Attention", "EmbedLayerNormalization"]]:
                with self.subTest(kinds=kinds, per_channel=per_channel):
                    report, _, ours = self.quantized(fused, feeds, {
                        "format": "QOperator", "activation_type": "u8", "operators_to_quantize": kinds,
                        "per_channel": per_channel, "reduce_range": True})  # sums saturate without VNNI
                    self.assertEqual(report["quantized"].get("Attention", 0),
                                     config["num_hidden_layers"] if "Attention" in kinds else 0)
                    self.assertEqual([n for n in report["left_nodes"] if n["op_type"] in kinds], [])
                    onnx.save(back_in_float(onnx.load(self.directory / "ours.onnx")), self.directory / "back.onnx")
                    np.testing.assert_allclose(ours, run(self.directory / "back.onnx", feeds[0])[0], atol=1e-2)


class Differences(unittest.TestCase):
    """Where ours is not theirs, and why: docs/quantization.md, "Differences from ONNX Runtime's tool"."""

    def setUp(self):
        StaticQuantization.setUp(self)

    def tearDown(self):
        StaticQuantization.tearDown(self)

    def outputs(self, built, options):
        """Of the float model, ours and theirs (None when it does not load or is not written)."""
        builder, model = built
        feeds = [builder.feed(3) for _ in range(4)]
        ranges = calibrated(self.directory, model, feeds)
        ours, theirs = self.directory / "ours.onnx", self.directory / "theirs.onnx"
        theirs.unlink(missing_ok=True)
        report = self.tool.ask(model=str(self.directory / "float.onnx"), output=str(ours), ranges=ranges, options=options)
        self.assertNotIn("error", report)
        try:
            quantize_static(str(self.directory / "float.onnx"), str(theirs), None,
                            calibration_cache_path=self.directory / "ranges.json", **peer_arguments(options))
            peer = run(theirs, feeds[0])
        except Exception:
            peer = None
        return run(self.directory / "float.onnx", feeds[0]), run(ours, feeds[0]), peer

    def assert_nearer(self, outcome, factor=2.0):
        real, ours, theirs = outcome
        mine, other = (float(np.abs(real[0] - x[0]).mean()) for x in (ours, theirs))
        self.assertLess(mine * factor, other)

    def assert_only_ours_works(self, outcome, tolerance):
        real, ours, theirs = outcome
        self.assertIsNone(theirs)
        self.assertLess(float(np.abs(real[0] - ours[0]).mean()), tolerance * float(np.abs(real[0]).mean()))

    def test_a_bias_shared_by_two_nodes_has_a_scale_for_each_in_the_qoperator_format(self):
        self.assert_nearer(self.outputs(static_models.two_of_one_bias(), {"format": "QOperator", "activation_type": "u8"}))

    def test_beta_stays_where_the_bias_stays_in_float(self):
        self.assert_nearer(self.outputs(static_models.gemm_of_beta(), {"quantize_bias": False}))

    def test_beta_and_alpha_are_kept_where_the_bias_is_quantized(self):
        for format in ["QDQ", "QOperator"]:
            self.assert_nearer(self.outputs(static_models.gemm_of_beta(), {"format": format, "activation_type": "u8"}))
        self.assert_nearer(
            self.outputs(static_models.gemm_of_alpha(), {"format": "QOperator", "activation_type": "u8"}))

    def test_a_bias_beyond_int32_widens_the_scale_of_its_weight(self):
        self.assert_nearer(
            self.outputs(static_models.bias_beyond_int32(), {"activation_type": "u8", "weight_type": "u8"}))

    def test_a_clip_above_zero_stays(self):
        self.assert_nearer(self.outputs(static_models.clip_above_zero(), {}))

    def test_a_relu_that_a_subgraph_reads_stays(self):
        self.assert_nearer(self.outputs(static_models.relu_that_a_subgraph_reads(), {}))

    def test_where_gets_its_inputs_back_in_float_in_the_qoperator_format(self):
        self.assert_only_ours_works(
            self.outputs(static_models.where_of_two(), {"format": "QOperator", "activation_type": "u8"}), 0.05)

    def test_channels_of_operator_set_11_are_dequantized_by_com_microsoft(self):
        self.assert_only_ours_works(self.outputs(static_models.old_perceptron(), {"per_channel": True}), 0.05)

    def test_a_relu_stays_when_something_else_reads_its_input_in_the_qoperator_format(self):
        self.assert_nearer(self.outputs(static_models.relu_beside_another(), {"format": "QOperator", "activation_type": "u8"}))

    def test_a_constant_whose_name_a_scale_would_have_keeps_it(self):
        self.assert_nearer(self.outputs(static_models.scale_by_name(), {}))

    def test_an_output_of_the_graph_keeps_its_range_before_a_relu(self):
        self.assert_nearer(self.outputs(static_models.output_before_relu(), {}))


if __name__ == "__main__":
    unittest.main()
