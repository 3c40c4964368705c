"""Exported ONNX against transformers: the same checkpoint, the same inputs, the same outputs to 1e-4, for every
architecture x task x operator set x activation, with padded batches and token types. Every graph passes ONNX's checker
and its shape inference."""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
import transformers

ROOT = Path(__file__).resolve().parents[2]
REAL = Path(os.environ.get("QUANTBENCH_REAL_ASSETS") or ROOT.parent / "shared" / "real")
EXPORT = Path(os.environ["QUANTBENCH_TOOLS"]) / "export_onnx"

transformers.utils.logging.disable_progress_bar()

TOLERANCE = 1e-4
OPSETS = range(11, 18)
ACTIVATIONS = ["gelu", "gelu_new", "gelu_fast", "gelu_pytorch_tanh", "quick_gelu", "relu", "silu", "swish", "tanh"]
TASKS = {"text-classification": transformers.AutoModelForSequenceClassification,
         "token-classification": transformers.AutoModelForTokenClassification,
         "question-answering": transformers.AutoModelForQuestionAnswering,
         "image-classification": transformers.AutoModelForImageClassification}
TEXT_TASKS = ["text-classification", "token-classification", "question-answering"]

BERT_LIKE = dict(vocab_size=99, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=37,
                 max_position_embeddings=40)
DISTILBERT = dict(vocab_size=99, dim=32, n_layers=2, n_heads=4, hidden_dim=37, max_position_embeddings=40)

IMAGE = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=37, image_size=32, patch_size=8,
             layer_norm_eps=1e-5)

# name -> (model_type and configuration, the class of transformers)
IMAGE_MODELS = {
    "vit": (IMAGE, transformers.ViTForImageClassification),
    "vit without bias, not square": (IMAGE | dict(qkv_bias=False, image_size=[24, 40]), transformers.ViTForImageClassification),
    "vit of one channel": (IMAGE | dict(num_channels=1), transformers.ViTForImageClassification),
    "deit": (IMAGE, transformers.DeiTForImageClassification),
    "deit with teacher": (IMAGE, transformers.DeiTForImageClassificationWithTeacher),
    "beit": (IMAGE | dict(use_relative_position_bias=True), transformers.BeitForImageClassification),
    "beit with shared and absolute positions": (
        IMAGE | dict(use_shared_relative_position_bias=True, use_absolute_position_embeddings=True),
        transformers.BeitForImageClassification),
    "beit with both biases": (
        IMAGE | dict(use_shared_relative_position_bias=True, use_relative_position_bias=True),
        transformers.BeitForImageClassification),
    "beit on the first token, without scale": (
        IMAGE | dict(use_mean_pooling=False, layer_scale_init_value=0.0), transformers.BeitForImageClassification),
}

# model_type -> (configuration, the key of its activation)
TEXT_MODELS = {
    "distilbert": (DISTILBERT, "activation"),
    "bert": (BERT_LIKE | dict(type_vocab_size=3), "hidden_act"),
    "roberta": (BERT_LIKE | dict(type_vocab_size=1, pad_token_id=1), "hidden_act"),
    "albert": (BERT_LIKE | dict(embedding_size=16, num_hidden_layers=5, num_hidden_groups=2, inner_group_num=2),
               "hidden_act"),
    "electra": (BERT_LIKE | dict(embedding_size=16), "hidden_act"),
    "xlm-roberta": (BERT_LIKE | dict(type_vocab_size=2, pad_token_id=3), "hidden_act"),
}


def make_checkpoint(directory, model_type, task, settings, dtype=torch.float32):
    """A model of random weights, all of them (biases and norms too), drawn wide enough that a wrong operation shows."""
    if task == "question-answering":
        settings = settings | dict(num_labels=2)
    elif "num_labels" not in settings:
        settings = settings | dict(num_labels=5)
    model = TASKS[task].from_config(transformers.AutoConfig.for_model(model_type, **settings))
    randomize(model)
    model.to(dtype).save_pretrained(directory)
    return load(directory, task)


def randomize(model):
    torch.manual_seed(0)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            spread = 0.3 if parameter.dim() == 1 else 2.0 / max(parameter.shape[-1], 4) ** 0.5
            parameter.copy_(torch.randn_like(parameter) * spread + (1.0 if "norm" in name.lower() and name.endswith("weight") else 0.0))


def load(directory, task):
    return TASKS[task].from_pretrained(directory, dtype=torch.float32).eval()


def text_batch(model, batch, length, generator):
    """Every row of another length, the first one full; token types mixed where the model has them."""
    config = model.config
    ids = generator.integers(5, config.vocab_size, (batch, length))
    mask = np.ones((batch, length), dtype=np.int64)
    for row in range(1, batch):
        mask[row, generator.integers(1, length):] = 0
    ids[mask == 0] = config.pad_token_id or 0
    inputs = dict(input_ids=ids.astype(np.int64), attention_mask=mask)
    if "token_type_ids" in expected_inputs(config.model_type):
        inputs["token_type_ids"] = generator.integers(0, config.type_vocab_size, (batch, length)).astype(np.int64)
    return inputs


def expected_inputs(model_type):
    if model_type in ("bert", "albert", "electra"):
        return ["input_ids", "attention_mask", "token_type_ids"]
    return ["pixel_values"] if model_type in ("vit", "deit", "beit") else ["input_ids", "attention_mask"]


def reference_outputs(model, task, inputs):
    with torch.no_grad():
        out = model(**{name: torch.from_numpy(value) for name, value in inputs.items()})
    if task == "question-answering":
        return dict(start_logits=out.start_logits.numpy(), end_logits=out.end_logits.numpy())
    return dict(logits=out.logits.numpy())


class Exporter:
    """One export_onnx process for all exports of a test."""

    def __enter__(self):
        self.process = subprocess.Popen([EXPORT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def __call__(self, checkpoint, task, opset, output):
        request = dict(checkpoint=str(checkpoint), task=task, opset=opset, output=str(output))
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if answer != "ok":
            raise AssertionError(answer)
        return onnx.load(output)


def run(model, inputs):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    # Without its own rewriting, so that the graph as exported is what is compared.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    return dict(zip([o.name for o in session.get_outputs()], session.run(None, inputs)))


class ExportTest(unittest.TestCase):
    def check_graph(self, model, opset, model_type, reference):
        onnx.checker.check_model(model, full_check=True)
        inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
        known = {info.name for info in inferred.graph.value_info} | {o.name for o in inferred.graph.output}
        missing = [name for node in model.graph.node for name in node.output if name not in known]
        self.assertEqual(missing, [])
        self.assertEqual([(i.domain, i.version) for i in model.opset_import], [("", opset)])
        self.assertEqual([i.name for i in model.graph.input], expected_inputs(model_type))
        self.assertEqual([o.name for o in model.graph.output], list(reference))
        self.assertEqual(model.producer_name, "quantbench")

    def check_equal(self, ours, reference):
        self.assertEqual(list(ours), list(reference))
        for name, values in reference.items():
            self.assertEqual(ours[name].shape, values.shape)
            self.assertTrue(np.isfinite(values).all())
            self.assertGreater(np.abs(values).max(), 0.1)
            self.assertLessEqual(np.abs(ours[name] - values).max(), TOLERANCE, name)

    def compare(self, exporter, directory, model, task, opset, batches):
        exported = exporter(directory, task, opset, Path(directory) / "model.onnx")
        for number, inputs in enumerate(batches):
            reference = reference_outputs(model, task, inputs)
            if number == 0:
                self.check_graph(exported, opset, model.config.model_type, reference)
            self.check_equal(run(exported, inputs), reference)

    def text_batches(self, model):
        generator = np.random.default_rng(7)
        return [text_batch(model, batch, length, generator) for batch, length in [(3, 17), (1, 1), (2, 33)]]

    def test_every_text_architecture_task_and_operator_set(self):
        with Exporter() as exporter:
            for model_type, (settings, _) in TEXT_MODELS.items():
                for task in TEXT_TASKS:
                    with tempfile.TemporaryDirectory() as directory:
                        model = make_checkpoint(directory, model_type, task, settings)
                        for opset in OPSETS:
                            with self.subTest(model_type=model_type, task=task, opset=opset):
                                self.compare(exporter, directory, model, task, opset, self.text_batches(model))

    def test_every_activation(self):
        with Exporter() as exporter:
            for model_type, (settings, key) in TEXT_MODELS.items():
                for activation in ACTIVATIONS:
                    with self.subTest(model_type=model_type, activation=activation), tempfile.TemporaryDirectory() as directory:
                        model = make_checkpoint(directory, model_type, "text-classification", settings | {key: activation})
                        self.compare(exporter, directory, model, "text-classification", 13, self.text_batches(model))

    def check_images(self, exporter, name, settings, opset, dtype=torch.float32):
        settings, model_class = IMAGE_MODELS[name][0] | settings, IMAGE_MODELS[name][1]
        with tempfile.TemporaryDirectory() as directory:
            model = model_class(model_class.config_class(num_labels=5, **settings))
            randomize(model)
            model.to(dtype).save_pretrained(directory)
            model = model_class.from_pretrained(directory, dtype=torch.float32).eval()
            size = settings["image_size"]
            height, width = size if isinstance(size, list) else (size, size)
            generator = np.random.default_rng(7)
            batches = [dict(pixel_values=generator.uniform(-1, 1, (batch, settings.get("num_channels", 3), height, width))
                            .astype(np.float32)) for batch in (3, 1)]
            self.compare(exporter, directory, model, "image-classification", opset, batches)

    def test_every_image_architecture_and_operator_set(self):
        with Exporter() as exporter:
            for name in IMAGE_MODELS:
                for opset in OPSETS:
                    with self.subTest(model=name, opset=opset):
                        self.check_images(exporter, name, {}, opset)

    def test_every_activation_of_image_models(self):
        with Exporter() as exporter:
            for name in ("vit", "deit", "beit"):
                for activation in ACTIVATIONS:
                    with self.subTest(model=name, activation=activation):
                        self.check_images(exporter, name, dict(hidden_act=activation), 13)
                self.check_images(exporter, name, {}, 11, torch.float16)

    def test_real_image_classifier(self):
        if not REAL.is_dir():
            self.skipTest("real models not found; set QUANTBENCH_REAL_ASSETS")
        model = load(REAL / "digits-vit", "image-classification")
        pixels = np.random.default_rng(1).uniform(-1, 1, (16, 3, 64, 64)).astype(np.float32)
        with Exporter() as exporter, tempfile.TemporaryDirectory() as scratch:
            exported = exporter(REAL / "digits-vit", "image-classification", 15, Path(scratch) / "model.onnx")
            inputs = dict(pixel_values=pixels)
            self.check_equal(run(exported, inputs), reference_outputs(model, "image-classification", inputs))

    def test_half_precision_checkpoints(self):
        with Exporter() as exporter:
            for dtype in (torch.float16, torch.bfloat16):
                for model_type, (settings, _) in TEXT_MODELS.items():
                    with self.subTest(dtype=dtype, model_type=model_type), tempfile.TemporaryDirectory() as directory:
                        model = make_checkpoint(directory, model_type, "token-classification", settings, dtype)
                        self.compare(exporter, directory, model, "token-classification", 11, self.text_batches(model))

    def test_shards_and_one_label(self):
        with Exporter() as exporter, tempfile.TemporaryDirectory() as directory:
            model = make_checkpoint(directory, "bert", "text-classification", TEXT_MODELS["bert"][0] | dict(num_labels=1))
            (Path(directory) / "model.safetensors").unlink()
            model.save_pretrained(directory, max_shard_size="20KB")
            self.assertGreater(len(list(Path(directory).glob("model-*.safetensors"))), 1)
            self.compare(exporter, directory, model, "text-classification", 11, self.text_batches(model))

    def test_real_classifier_on_64_sentences(self):
        if not REAL.is_dir():
            self.skipTest("real models not found; set QUANTBENCH_REAL_ASSETS")
        samples = json.loads((REAL / "reference.json").read_text())["sst2-minilm"]["first_64"]
        directory = REAL / "sst2-minilm"
        model = load(directory, "text-classification")
        worst = {"the published logits": 0.0, "transformers": 0.0}
        with Exporter() as exporter, tempfile.TemporaryDirectory() as scratch:
            exported = exporter(directory, "text-classification", 11, Path(scratch) / "model.onnx")
            for sample in samples:
                ids = np.array([sample["input_ids"]], dtype=np.int64)
                inputs = dict(input_ids=ids, attention_mask=np.ones_like(ids), token_type_ids=np.zeros_like(ids))
                ours = run(exported, inputs)["logits"]
                there = reference_outputs(model, "text-classification", inputs)["logits"]
                worst["the published logits"] = max(worst["the published logits"], np.abs(ours - sample["logits"]).max())
                worst["transformers"] = max(worst["transformers"], np.abs(ours - there).max())
        self.assertEqual(len(samples), 64)
        for other, difference in worst.items():
            print(f"largest difference of 64 logits from {other}: {difference:.2e}")
            self.assertLessEqual(difference, TOLERANCE, other)


if __name__ == "__main__":
    unittest.main()
