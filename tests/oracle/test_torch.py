"""The libtorch plug-in against PyTorch in Python. Framework pytorch: transformers' eager outputs to 1e-4, for every
architecture x task x activation on padded batches. Framework pytorch_dynamic: torch.ao.quantization.quantize_dynamic
(qint8 Linear) of the same model."""

import json
import os
import sys
import unittest
import warnings
from pathlib import Path

import numpy as np
import torch

import random_models as models
from helper_processes import Runtimes

PLUGIN = Path(os.environ["QUANTBENCH"]).parent / "libquantbench_torch.so"
QUANTIZED_TOLERANCE = 1e-5

torch.set_num_threads(1)  # as the plug-in has: the split of a sum among threads changes its rounding


def quantized(model):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.ao.quantization.quantize_dynamic(model, {torch.nn.Linear}, dtype=torch.qint8)


class TorchTest(unittest.TestCase):
    def compare(self, run, directory, model, task, runtime="pytorch", tolerance=models.TOLERANCE):
        """The largest difference."""
        return max(models.assert_close(self, run(runtime, directory, task, inputs), models.reference_outputs(model, inputs),
                                       tolerance) for inputs in models.batches(model))

    def compare_all(self, quantize, **options):
        worst = [0.0]
        with Runtimes() as run:
            for name, task in models.MODELS_AND_TASKS:
                with self.subTest(name=name, task=task), models.checkpoint(name, task) as (directory, model):
                    worst.append(self.compare(run, directory, quantize(model), task, **options))
        return max(worst)

    def test_every_architecture_and_task(self):
        worst = self.compare_all(lambda model: model)
        print(f"pytorch: largest difference from transformers {worst:.2e}")

    def test_dynamic_quantization_of_every_architecture_and_task(self):
        worst = self.compare_all(quantized, runtime="pytorch_dynamic", tolerance=QUANTIZED_TOLERANCE)
        print(f"pytorch_dynamic: largest difference from quantize_dynamic {worst:.2e}")

    def test_every_activation(self):
        with Runtimes() as run:
            for name, task in models.ONE_OF_EACH:
                for activation in models.ACTIVATIONS:
                    settings = {models.activation_key(name): activation}
                    with (self.subTest(name=name, activation=activation),
                          models.checkpoint(name, task, settings) as (directory, model)):
                        self.compare(run, directory, model, task)

    def test_half_precision_checkpoints(self):
        with Runtimes() as run:
            for name, task in models.ONE_OF_EACH:
                for dtype in (torch.float16, torch.bfloat16):
                    with (self.subTest(name=name, dtype=dtype),
                          models.checkpoint(name, task, dtype=dtype) as (directory, model)):
                        self.compare(run, directory, model, task)

    def test_real_classifier_on_64_sentences(self):
        if not models.REAL.is_dir():
            self.skipTest("real models not found; set QUANTBENCH_REAL_ASSETS")
        samples = json.loads((models.REAL / "reference.json").read_text())["sst2-minilm"]["first_64"]
        directory, task = models.REAL / "sst2-minilm", "text-classification"
        model = models.load(directory, task)
        for runtime, peer, tolerance in (("pytorch", model, models.TOLERANCE),
                                         ("pytorch_dynamic", quantized(model), QUANTIZED_TOLERANCE)):
            worst = 0.0
            with Runtimes() as run:
                for sample in samples:
                    ids = np.array([sample["input_ids"]], dtype=np.int64)
                    inputs = dict(input_ids=ids, attention_mask=np.ones_like(ids), token_type_ids=np.zeros_like(ids))
                    ours, reference = run(runtime, directory, task, inputs), models.reference_outputs(peer, inputs)
                    worst = max(worst, models.assert_close(self, ours, reference, tolerance))
            print(f"{runtime}: largest difference of 64 sentences' logits {worst:.2e}")


if __name__ == "__main__":
    if not PLUGIN.exists():
        print("the libtorch plug-in was not built: scripts/bootstrap --torch, then build")
        sys.exit(77)
    os.environ["QUANTBENCH_PLUGINS"] = str(PLUGIN.parent)
    unittest.main()
