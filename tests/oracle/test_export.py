"""Exported ONNX against transformers: the same checkpoint, the same inputs, the same outputs to 1e-4, for every
architecture x task x operator set x activation, with padded batches and token types. Every graph passes ONNX's checker
and its shape inference."""

import json
import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

import random_models as models
from helper_processes import Exporter


def open_session(model):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    # Without its own rewriting, so that the graph as exported is what is compared.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(model.SerializeToString(), options)


def run(session, inputs):
    return dict(zip([o.name for o in session.get_outputs()], session.run(None, inputs)))


class ExportTest(unittest.TestCase):
    def check_graph(self, model, opset, model_type, outputs):
        onnx.checker.check_model(model, full_check=True)
        inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
        known = {info.name for info in inferred.graph.value_info} | {o.name for o in inferred.graph.output}
        missing = [name for node in model.graph.node for name in node.output if name not in known]
        self.assertEqual(missing, [])
        self.assertEqual([(i.domain, i.version) for i in model.opset_import], [("", opset)])
        self.assertEqual([i.name for i in model.graph.input], models.expected_inputs(model_type))
        self.assertEqual([o.name for o in model.graph.output], outputs)
        self.assertEqual(model.producer_name, "quantbench")

    def compare(self, exporter, directory, model, task, opsets):
        batches = models.batches(model)
        references = [models.reference_outputs(model, inputs) for inputs in batches]
        for opset in opsets:
            with self.subTest(model=model.config.model_type, task=task, opset=opset):
                exported = exporter(directory, task, opset, Path(directory) / "model.onnx")
                self.check_graph(exported, opset, model.config.model_type, list(references[0]))
                session = open_session(exported)
                for inputs, reference in zip(batches, references):
                    models.assert_close(self, run(session, inputs), reference)

    def test_every_architecture_task_and_operator_set(self):
        with Exporter() as exporter:
            for name, task in models.MODELS_AND_TASKS:
                with self.subTest(name=name), models.checkpoint(name, task) as (directory, model):
                    self.compare(exporter, directory, model, task, models.OPSETS)

    def test_every_activation_and_operator_set(self):
        """How an activation is written depends on the operator set, not on the architecture: all sets with one of them."""
        with Exporter() as exporter:
            for name, task in models.ONE_OF_EACH:
                opsets = models.OPSETS if name == "bert" else (models.OPSETS[0], models.OPSETS[-1])
                for activation in models.ACTIVATIONS:
                    settings = {models.activation_key(name): activation}
                    with (self.subTest(name=name, activation=activation),
                          models.checkpoint(name, task, settings) as (directory, model)):
                        self.compare(exporter, directory, model, task, opsets)

    def test_half_precision_checkpoints(self):
        with Exporter() as exporter:
            for name, task in models.ONE_OF_EACH:
                for dtype in (torch.float16, torch.bfloat16):
                    with (self.subTest(name=name, dtype=dtype),
                          models.checkpoint(name, task, dtype=dtype) as (directory, model)):
                        self.compare(exporter, directory, model, task, [11])

    def test_shards_and_one_label(self):
        with Exporter() as exporter, models.checkpoint("bert", "text-classification", dict(num_labels=1)) as (directory, model):
            (Path(directory) / "model.safetensors").unlink()
            model.save_pretrained(directory, max_shard_size="20KB")
            self.assertGreater(len(list(Path(directory).glob("model-*.safetensors"))), 1)
            self.compare(exporter, directory, model, "text-classification", [11])

    def real_session(self, name, task, opset):
        if not models.REAL.is_dir():
            self.skipTest("real models not found; set QUANTBENCH_REAL_ASSETS")
        with Exporter() as exporter, tempfile.TemporaryDirectory() as scratch:
            exported = exporter(models.REAL / name, task, opset, Path(scratch) / "model.onnx")
            return open_session(exported), models.load(models.REAL / name, task)

    def test_real_image_classifier(self):
        session, model = self.real_session("digits-vit", "image-classification", 15)
        inputs = dict(pixel_values=np.random.default_rng(1).uniform(-1, 1, (16, 3, 64, 64)).astype(np.float32))
        models.assert_close(self, run(session, inputs), models.reference_outputs(model, inputs))

    def test_real_text_models_on_published_logits(self):
        for name, task in (("sst2-minilm", "text-classification"), ("conll03-minilm", "token-classification")):
            session, model = self.real_session(name, task, 11)
            published = json.loads((models.REAL / "reference.json").read_text())[name]
            samples = next(value for key, value in published.items() if key.startswith("first_"))
            worst = {"the published logits": 0.0, "transformers": 0.0}
            for sample in samples:
                ids = np.array([sample["input_ids"]], dtype=np.int64)
                inputs = dict(input_ids=ids, attention_mask=np.ones_like(ids), token_type_ids=np.zeros_like(ids))
                ours, there = run(session, inputs), models.reference_outputs(model, inputs)
                for other, reference in (("the published logits", dict(logits=np.array([sample["logits"]]))),
                                         ("transformers", there)):
                    worst[other] = max(worst[other], models.assert_close(self, ours, reference))
            for other, difference in worst.items():
                print(f"{name}: largest difference of {len(samples)} samples' logits from {other}: {difference:.2e}")


if __name__ == "__main__":
    unittest.main()
