"""The presets with names of Optimum's AutoQuantizationConfig against onnxruntime.quantization, called as Optimum's ORTQuantizer
calls it: the same nodes, the same constants. What each method of AutoQuantizationConfig sets is a table here. Where the
package optimum-onnx is installed, the table is compared with it."""

import importlib.util
import json
import logging
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import onnx
import onnxruntime
from onnxruntime.quantization import QuantizationMode, QuantType
from onnxruntime.quantization.calibrate import create_calibrator
from onnxruntime.quantization.onnx_quantizer import ONNXQuantizer
from onnxruntime.quantization.qdq_quantizer import QDQQuantizer
from onnxruntime.quantization.registry import IntegerOpsRegistry, QDQRegistry

import static_models
from test_quantize_dynamic import TINY, canonical, distilbert
from test_quantize_static import Reader, Tool, compare

PROGRAM = os.environ.get("QUANTBENCH") or str(Path(__file__).resolve().parents[2] / "build" / "quantbench")
logging.disable(logging.WARNING)
onnxruntime.set_default_logger_severity(3)

# optimum.onnxruntime.configuration of optimum-onnx 0.1: the arguments that are given nothing but is_static.
COMMON = {"activations_dtype": "QUInt8", "activations_symmetric": False, "weights_symmetric": True, "per_channel": True,
          "reduce_range": False, "qdq_add_pair_to_weight": False, "qdq_dedicated_pair": False,
          "qdq_op_type_per_channel_support_to_axis": {"MatMul": 1}, "nodes_to_exclude": [], "nodes_to_quantize": []}
CONFIGURATIONS = {name: {**COMMON, "weights_dtype": weights} for name, weights in
                  {"arm64": "QInt8", "avx2": "QUInt8", "avx512": "QInt8", "avx512_vnni": "QInt8"}.items()}


def operators(is_static):
    return list(QDQRegistry if is_static else IntegerOpsRegistry)


def quantizer_arguments(configuration, is_static):
    """As ORTQuantizer.quantize of optimum-onnx 0.1 has them."""
    c = configuration
    return {
        "per_channel": c["per_channel"], "weight_qType": QuantType[c["weights_dtype"]],
        "activation_qType": QuantType[c["activations_dtype"]], "reduce_range": c["reduce_range"],
        "nodes_to_quantize": [], "nodes_to_exclude": [], "op_types_to_quantize": operators(is_static),
        "extra_options": {
            "WeightSymmetric": c["weights_symmetric"], "ActivationSymmetric": c["activations_symmetric"],
            "EnableSubgraph": False, "ForceSymmetric": c["activations_symmetric"] and c["weights_symmetric"],
            "AddQDQPairToWeight": c["qdq_add_pair_to_weight"], "DedicatedQDQPair": c["qdq_dedicated_pair"],
            "QDQOpTypePerChannelSupportToAxis": c["qdq_op_type_per_channel_support_to_axis"]}}


class PresetsOfOptimum(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)

    def test_static(self):
        tool = Tool()
        self.addCleanup(tool.close)
        builds = {**static_models.ALL, "perceptron": lambda: static_models.perceptron(wide_bias=False)}
        for name, build in builds.items():
            builder, model = build()
            path, ours = self.directory / "float.onnx", self.directory / "ours.onnx"
            onnx.save(model, path)
            calibrator = create_calibrator(path, operators(True), augmented_model_path=str(self.directory / "augmented.onnx"))
            calibrator.collect_data(Reader([builder.feed(3) for _ in range(4)]))
            ranges = calibrator.compute_data()
            known = {tensor: [float(v.item()) for v in data.range_value] for tensor, data in ranges.items()}
            for preset, configuration in CONFIGURATIONS.items():
                with self.subTest(model=name, preset=preset):
                    plan = tool.ask(model=str(path), plan=True, options={"preset": preset})
                    report = tool.ask(model=str(path), output=str(ours), options={"preset": preset},
                                      ranges={tensor: known[tensor] for tensor in plan["tensors"]})
                    self.assertNotIn("error", report)
                    peer = QDQQuantizer(onnx.load(path), tensors_range=ranges, **quantizer_arguments(configuration, True))
                    peer.quantize_model()
                    theirs = self.directory / "theirs.onnx"
                    peer.model.save_model_to_file(str(theirs))
                    compare(onnx.load(ours), onnx.load(theirs))

    def test_dynamic(self):
        source, ours, theirs = (self.directory / f"{name}.onnx" for name in ("float", "ours", "theirs"))
        onnx.save(distilbert(**TINY), source)
        for preset in ["arm64", "avx512", "avx512_vnni"]:
            with self.subTest(preset=preset):
                report = self.directory / "report.json"
                done = subprocess.run([PROGRAM, "quantize", source, "-o", ours, "--preset", preset, "--report", report],
                                      capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(json.loads(report.read_text())["preset"]["name"], preset)
                peer = ONNXQuantizer(onnx.load(source), static=False, mode=QuantizationMode.IntegerOps, tensors_range=None,
                                     **quantizer_arguments(CONFIGURATIONS[preset], False))
                peer.quantize_model()
                peer.model.save_model_to_file(str(theirs))
                self.assertEqual(canonical(onnx.load(ours)), canonical(onnx.load(theirs)))

    @unittest.skipUnless(importlib.util.find_spec("optimum"), "optimum-onnx is not installed: its table is not compared")
    def test_the_table_is_optimums(self):
        from optimum.onnxruntime.configuration import AutoQuantizationConfig
        for name, ours in CONFIGURATIONS.items():
            for is_static in [True, False]:
                theirs = getattr(AutoQuantizationConfig, name)(is_static=is_static)
                self.assertEqual(theirs.operators_to_quantize, operators(is_static))
                self.assertEqual(theirs.format.name, "QDQ" if is_static else "QOperator")
                self.assertEqual(theirs.mode.name, "QLinearOps" if is_static else "IntegerOps")
                for key, value in ours.items():
                    mine = getattr(theirs, key)
                    self.assertEqual(getattr(mine, "name", mine), value, f"{name}, {key}")


if __name__ == "__main__":
    unittest.main()
