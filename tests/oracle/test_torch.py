"""The libtorch plug-in against PyTorch in Python. Framework pytorch: transformers' eager outputs to 1e-4, for every
architecture x task x activation on padded batches. Framework pytorch_dynamic: torch.ao.quantization.quantize_dynamic
(qint8 Linear) of the same model."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
import warnings
from pathlib import Path

import numpy as np
import torch

import test_export as models

DUMP = Path(os.environ["QUANTBENCH_TOOLS"]) / "runtime_dump"
PLUGIN = Path(os.environ["QUANTBENCH"]).parent / "libquantbench_torch.so"
TOLERANCE = 1e-4
QUANTIZED_TOLERANCE = 1e-5

# Both sides with one thread: the split of a sum among threads changes its rounding.
torch.set_num_threads(1)


class Runtimes:
    """One runtime_dump process for all requests of a test."""

    def __enter__(self):
        self.process = subprocess.Popen([DUMP], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def __call__(self, runtime, directory, task, inputs):
        given = [dict(name=name, shape=value.shape) | {"ids" if value.dtype == np.int64 else "values": value.ravel().tolist()}
                 for name, value in inputs.items()]
        request = dict(runtime=runtime, model=str(directory), task=task, threads=1, inputs=given)
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise AssertionError(answer["error"])
        return {name: np.array(output["values"], dtype=np.float32).reshape(output["shape"])
                for name, output in answer["outputs"].items()}


def quantized(model):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.ao.quantization.quantize_dynamic(model, {torch.nn.Linear}, dtype=torch.qint8)


def batches_of(model, task):
    generator = np.random.default_rng(7)
    if task != "image-classification":
        return [models.text_batch(model, batch, length, generator) for batch, length in [(3, 17), (1, 1), (2, 33)]]
    size = model.config.image_size
    height, width = size if isinstance(size, (list, tuple)) else (size, size)
    return [dict(pixel_values=generator.uniform(-1, 1, (batch, model.config.num_channels, height, width)).astype(np.float32))
            for batch in (3, 1)]


class TorchTest(unittest.TestCase):
    def setUp(self):
        self.worst = 0.0

    def check(self, ours, reference, tolerance):
        self.assertEqual(list(ours), list(reference))
        for name, values in reference.items():
            self.assertEqual(ours[name].shape, values.shape)
            self.assertGreater(np.abs(values).max(), 0.1)
            difference = np.abs(ours[name] - values).max()
            self.worst = max(self.worst, float(difference))
            self.assertLessEqual(difference, tolerance, name)

    def compare(self, run, directory, model, task, runtime="pytorch", tolerance=TOLERANCE):
        for inputs in batches_of(model, task):
            self.check(run(runtime, directory, task, inputs), models.reference_outputs(model, task, inputs), tolerance)

    def each_model(self):
        """Every architecture x task: its name, the directory of a checkpoint, the model in Python and the task."""
        for model_type, (settings, _) in models.TEXT_MODELS.items():
            for task in models.TEXT_TASKS:
                with tempfile.TemporaryDirectory() as directory:
                    yield model_type, directory, models.make_checkpoint(directory, model_type, task, settings), task
        for name, (settings, model_class) in models.IMAGE_MODELS.items():
            with tempfile.TemporaryDirectory() as directory:
                model = model_class(model_class.config_class(num_labels=5, **settings))
                models.randomize(model)
                model.save_pretrained(directory)
                model = model_class.from_pretrained(directory, dtype=torch.float32).eval()
                yield name, directory, model, "image-classification"

    def test_every_architecture_and_task(self):
        with Runtimes() as run:
            for name, directory, model, task in self.each_model():
                with self.subTest(model=name, task=task):
                    self.compare(run, directory, model, task)
        print(f"pytorch: largest difference from transformers {self.worst:.2e}")

    def test_every_activation(self):
        with Runtimes() as run:
            for model_type, (settings, key) in models.TEXT_MODELS.items():
                for activation in models.ACTIVATIONS:
                    with self.subTest(model_type=model_type, activation=activation), tempfile.TemporaryDirectory() as directory:
                        task = "text-classification"
                        model = models.make_checkpoint(directory, model_type, task, settings | {key: activation})
                        self.compare(run, directory, model, task)

    def test_dynamic_quantization_of_every_architecture_and_task(self):
        with Runtimes() as run:
            for name, directory, model, task in self.each_model():
                with self.subTest(model=name, task=task):
                    self.compare(run, directory, quantized(model), task, "pytorch_dynamic", QUANTIZED_TOLERANCE)
        print(f"pytorch_dynamic: largest difference from quantize_dynamic {self.worst:.2e}")

    def test_half_precision_checkpoints(self):
        with Runtimes() as run:
            for dtype in (torch.float16, torch.bfloat16):
                with self.subTest(dtype=dtype), tempfile.TemporaryDirectory() as directory:
                    task = "token-classification"
                    model = models.make_checkpoint(directory, "bert", task, models.TEXT_MODELS["bert"][0], dtype)
                    self.compare(run, directory, model, task)

    def test_real_classifier_on_64_sentences(self):
        if not models.REAL.is_dir():
            self.skipTest("real models not found; set QUANTBENCH_REAL_ASSETS")
        samples = json.loads((models.REAL / "reference.json").read_text())["sst2-minilm"]["first_64"]
        directory, task = models.REAL / "sst2-minilm", "text-classification"
        model = models.load(directory, task)
        worst = {}
        for runtime, peer, tolerance in (("pytorch", model, TOLERANCE),
                                         ("pytorch_dynamic", quantized(model), QUANTIZED_TOLERANCE)):
            with Runtimes() as run:
                self.worst = 0.0
                for sample in samples:
                    ids = np.array([sample["input_ids"]], dtype=np.int64)
                    inputs = dict(input_ids=ids, attention_mask=np.ones_like(ids), token_type_ids=np.zeros_like(ids))
                    reference = models.reference_outputs(peer, task, inputs)
                    self.check(run(runtime, directory, task, inputs), reference, tolerance)
                print(f"{runtime}: largest difference of 64 sentences' logits {self.worst:.2e}")


if __name__ == "__main__":
    if not PLUGIN.exists():
        print("the libtorch plug-in was not built: scripts/bootstrap --torch, then build")
        sys.exit(77)
    unittest.main()
