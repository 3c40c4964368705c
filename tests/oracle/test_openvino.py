"""Framework openvino against OpenVINO's own Python package on the same ONNX files, and against transformers: the logits of every
architecture, of a real classifier, of its statically quantized forms, and of bf16. One stream of one thread on both sides."""

import collections
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import openvino
from onnx import numpy_helper

import random_models as models
from helper_processes import Exporter, Runtimes

PROGRAM = os.environ["QUANTBENCH"]
PLUGIN = Path(PROGRAM).parent / "libquantbench_openvino.so"
# The same library, kernels and threads on both sides.
SAME = 1e-5
# bf16 has eight bits of mantissa.
BF16 = 0.05
FRAMEWORK = "openvino"
SENTENCES = 24
PRECISIONS = {"f32": "float32", "bf16": "bfloat16", "i8": "int8", "u8": "int8", "i64": "int64", "i32": "int32", "boolean": "bool"}
CONVERSIONS = ("Convert", "Reorder", "FakeQuantize", "Quantize")


def settings(precision):
    return {"INFERENCE_PRECISION_HINT": precision, "NUM_STREAMS": "1", "INFERENCE_NUM_THREADS": "1", "ENABLE_CPU_PINNING": "NO"}


class Peer:
    """An ONNX file in OpenVINO's Python package."""

    core = openvino.Core()

    def __init__(self, path, precision="f32"):
        self.model = self.core.compile_model(str(path), "CPU", settings(precision))
        self.names = [output.get_any_name() for output in self.model.outputs]

    def __call__(self, inputs):
        results = self.model(inputs)
        return {name: results[output].copy() for name, output in zip(self.names, self.model.outputs)}

    def precision(self):
        return self.model.get_property("INFERENCE_PRECISION_HINT").get_type_name()


def has_bf16():
    return "BF16" in Peer.core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def gap(a, b):
    return max(float(np.abs(a[name] - b[name]).max()) for name in b)


class OpenVinoTest(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.directory = Path(self.temporary.name)

    def tearDown(self):
        self.temporary.cleanup()

    def test_every_architecture_and_task(self):
        worst = from_transformers = 0.0
        with Exporter() as export, Runtimes() as run:
            for name, task in models.MODELS_AND_TASKS:
                with self.subTest(name=name, task=task), models.checkpoint(name, task) as (directory, model):
                    path = self.directory / f"{name}, {task}.onnx"  # the helper keeps the model of a path
                    export(directory, task, 13, path)
                    peer = Peer(path)
                    self.assertEqual(peer.precision(), "f32")
                    for inputs in models.batches(model):
                        ours = run(FRAMEWORK, path, task, inputs)
                        worst = max(worst, models.assert_close(self, ours, peer(inputs), SAME))
                        from_transformers = max(from_transformers, models.assert_close(
                            self, ours, models.reference_outputs(model, inputs)))
        print(f"openvino: largest difference from its Python package {worst:.2e}, from transformers {from_transformers:.2e}")

    def real(self):
        if not models.REAL.is_dir():
            self.skipTest("real models not found; set QUANTBENCH_REAL_ASSETS")
        samples = json.loads((models.REAL / "reference.json").read_text())["sst2-minilm"]["first_64"][:SENTENCES]
        inputs = []
        for sample in samples:
            ids = np.array([sample["input_ids"]], dtype=np.int64)
            inputs.append(dict(input_ids=ids, attention_mask=np.ones_like(ids), token_type_ids=np.zeros_like(ids)))
        return models.REAL / "sst2-minilm", inputs

    def exported(self, checkpoint):
        path = self.directory / "float.onnx"
        with Exporter() as export:
            export(checkpoint, "text-classification", 13, path)
        return path

    def written(self, inputs):
        """Calibration data in the layout of ONNX's test sets."""
        for number, one in enumerate(inputs):
            place = self.directory / "data" / f"test_data_set_{number}"
            place.mkdir(parents=True, exist_ok=True)
            for index, (name, value) in enumerate(one.items()):
                (place / f"input_{index}.pb").write_bytes(numpy_helper.from_array(value, name).SerializeToString())
        return self.directory / "data"

    def compare(self, path, inputs, tolerance=SAME):
        """Logits of ours and of the package, and their largest difference."""
        peer = Peer(path)
        ours, theirs = [], []
        with Runtimes() as run:
            for one in inputs:
                ours.append(run(FRAMEWORK, path, "text-classification", one)["logits"])
                theirs.append(peer(one)["logits"])
        worst = max(float(np.abs(a - b).max()) for a, b in zip(ours, theirs))
        self.assertLessEqual(worst, tolerance)
        return np.concatenate(ours), worst

    def test_real_classifier(self):
        checkpoint, inputs = self.real()
        logits, worst = self.compare(self.exported(checkpoint), inputs)
        reference = json.loads((models.REAL / "reference.json").read_text())["sst2-minilm"]["first_64"][:SENTENCES]
        expected = np.array([sample["logits"] for sample in reference])
        difference = float(np.abs(logits - expected).max())
        self.assertLessEqual(difference, models.TOLERANCE)
        print(f"sst2-minilm: largest difference from OpenVINO in Python {worst:.2e}, from transformers {difference:.2e}")

    def test_real_classifier_quantized_by_the_static_approach(self):
        checkpoint, inputs = self.real()
        path = self.exported(checkpoint)
        plain, _ = self.compare(path, inputs)
        for name, options in (("MatMul", ["--operators-to-quantize", "MatMul"]),
                              ("MatMul and Add, u8, per channel",
                               ["--operators-to-quantize", "MatMul,Add", "--activation-type", "uint8", "--per-channel"])):
            with self.subTest(name):
                quantized = self.directory / "int8.onnx"
                subprocess.run([PROGRAM, "quantize", path, "-o", quantized, "--approach", "static", "--calibration-data",
                                self.written(inputs), *options], check=True, capture_output=True)
                logits, worst = self.compare(quantized, inputs)
                self.assertGreater(float(np.abs(logits - plain).max()), 1e-3)
                agreement = float((logits.argmax(1) == plain.argmax(1)).mean())
                print(f"sst2-minilm, static {name}: largest difference from OpenVINO in Python {worst:.2e}, "
                      f"same class as float {agreement:.0%}")

    def test_dynamic_models_are_computed_in_float(self):
        """Why the framework takes no dynamic models: no operator of the compiled graph runs in int8."""
        checkpoint, inputs = self.real()
        path, quantized = self.exported(checkpoint), self.directory / "dynamic.onnx"
        subprocess.run([PROGRAM, "quantize", path, "-o", quantized, "--approach", "dynamic"], check=True, capture_output=True)
        model = Peer(quantized).model
        products = [node for node in model.get_runtime_model().get_ops()
                    if node.get_rt_info()["layerType"].astype(str) in ("FullyConnected", "MatMul")]
        self.assertGreater(len(products), 30)
        precisions = {node.get_rt_info()["runtimePrecision"].astype(str) for node in products}
        print(f"sst2-minilm, dynamic: its products run in {sorted(precisions)}")
        self.assertEqual(precisions, {"f32"})

    def inspected(self, path):
        """What `quantbench inspect` says of a model in OpenVINO."""
        ran = subprocess.run([PROGRAM, "inspect", path, "--framework", FRAMEWORK, "--json"], check=True, capture_output=True)
        return json.loads(ran.stdout)

    def executed(self, path):
        """Operators of OpenVINO's own runtime model by kind and precision, conversions left out."""
        counts, constants = collections.Counter(), set()
        for node in Peer(path).model.get_runtime_model().get_ordered_ops():
            facts = node.get_rt_info()
            kind, precision = facts["layerType"].astype(str), facts["runtimePrecision"].astype(str)
            sources = {value.get_node().get_friendly_name() for value in node.input_values()}
            if kind == "Const" or sources and sources <= constants:
                constants.add(node.get_friendly_name())
            elif kind not in ("Input", "Output", *CONVERSIONS):
                counts[kind, PRECISIONS.get(precision, precision)] += 1
        return counts

    def test_inspect_tells_the_precision_that_each_operator_runs_in(self):
        checkpoint, inputs = self.real()
        path = self.exported(checkpoint)
        quantized = {"float": path, "static": self.directory / "static.onnx", "dynamic": self.directory / "dynamic.onnx"}
        for name, options in (("static", ["--operators-to-quantize", "MatMul", "--calibration-data", self.written(inputs)]),
                              ("dynamic", [])):
            subprocess.run([PROGRAM, "quantize", path, "-o", quantized[name], "--approach", name, *options], check=True,
                           capture_output=True)
        products = {}
        for name, model in quantized.items():
            with self.subTest(name):
                found = self.inspected(model)
                self.assertEqual((found["failure"], found["execution"]["framework"]), ("", FRAMEWORK))
                self.assertIsNone(found["execution"]["optimization_level"])
                self.assertEqual(found["execution"]["version"], openvino.__version__.split("-")[0])
                operators = found["execution"]["operators"]
                ours = collections.Counter((one["op_type"], one["precision"]) for one in operators
                                           if one["op_type"] not in CONVERSIONS)
                self.assertEqual(ours, self.executed(model))
                products[name] = collections.Counter(one["precision"] for one in operators if one["is_product"])
                print(f"sst2-minilm, {name}: products by precision {dict(products[name])}, {found['warnings']}")
                self.assertEqual(bool(found["warnings"]), name == "dynamic")
        self.assertEqual(set(products["float"]), {"float32"})
        self.assertEqual(set(products["dynamic"]), {"float32"})
        self.assertGreater(products["static"]["int8"], 30)

    def test_bf16(self):
        if not has_bf16():
            self.skipTest("this CPU has no bf16")
        checkpoint, inputs = self.real()
        path = self.exported(checkpoint)
        peer, exact = Peer(path, "bf16"), Peer(path)
        self.assertEqual(peer.precision(), "bf16")
        rough = precise = 0.0
        with Runtimes(arguments={"inference_precision": "bf16"}) as run:
            for one in inputs[:8]:
                ours = run(FRAMEWORK, path, "text-classification", one)
                rough = max(rough, gap(ours, peer(one)))
                precise = max(precise, gap(ours, exact(one)))
        self.assertLessEqual(rough, SAME)
        self.assertGreater(precise, 1e-3)
        print(f"sst2-minilm, bf16: largest difference from OpenVINO in Python {rough:.2e}, from f32 {precise:.2e}")


if __name__ == "__main__":
    if not PLUGIN.exists():
        print("the OpenVINO plug-in was not built: scripts/bootstrap --openvino, then build")
        sys.exit(77)
    os.environ["QUANTBENCH_PLUGINS"] = str(PLUGIN.parent)
    unittest.main()
