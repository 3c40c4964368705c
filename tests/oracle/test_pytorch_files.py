"""pytorch_model.bin, in both formats and in shards, against torch.load: the exported graph holds the tensors
of torch.load, and equals byte for byte the graph exported from the same model's safetensors."""

import json
import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx
import torch

import random_models as models
from helper_processes import Exporter

TASK = "text-classification"


def save(directory, model, **options):
    (directory / "model.safetensors").unlink(missing_ok=True)
    torch.save(model.state_dict(), directory / "pytorch_model.bin", **options)


def save_shards(directory, model):
    (directory / "model.safetensors").unlink(missing_ok=True)
    state = model.state_dict()
    names = list(state)
    shards = {"pytorch_model-1.bin": names[::2], "pytorch_model-2.bin": names[1::2]}
    for file, its in shards.items():
        torch.save({name: state[name] for name in its}, directory / file)
    weight_map = {name: file for file, its in shards.items() for name in its}
    (directory / "pytorch_model.bin.index.json").write_text(json.dumps(dict(metadata={}, weight_map=weight_map)))


class PytorchFilesTest(unittest.TestCase):
    def exported(self, run, directory):
        run(directory, TASK, 13, directory / "model.onnx")
        return (directory / "model.onnx").read_bytes()

    def check(self, write):
        """Every text architecture: its safetensors first, then what `write` makes of the same model."""
        with Exporter() as run:
            for name in models.TEXT_MODELS:
                with self.subTest(name=name), tempfile.TemporaryDirectory() as scratch:
                    directory = Path(scratch)
                    model = models.make_checkpoint(directory, name, TASK)
                    expected = self.exported(run, directory)
                    write(directory, model)
                    self.assertFalse((directory / "model.safetensors").exists())
                    self.assertEqual(self.exported(run, directory), expected)

    def test_zip(self):
        self.check(save)

    def test_legacy(self):
        self.check(lambda directory, model: save(directory, model, _use_new_zipfile_serialization=False))

    def test_every_pickle_protocol(self):
        for protocol in (2, 3, 4, 5):
            self.check(lambda directory, model: save(directory, model, pickle_protocol=protocol))

    def test_shards(self):
        self.check(save_shards)

    def test_strided_and_half_tensors_are_what_torch_load_gives(self):
        with Exporter() as run, tempfile.TemporaryDirectory() as scratch:
            directory = Path(scratch)
            model = models.make_checkpoint(directory, "distilbert", TASK)
            state = {name: tensor.half().t().contiguous().t() if tensor.dim() == 2 else torch.stack([tensor, tensor], 1)[:, 1]
                     for name, tensor in model.state_dict().items()}
            (directory / "model.safetensors").unlink()
            torch.save(state, directory / "pytorch_model.bin")
            run(directory, TASK, 13, directory / "model.onnx")
            loaded = torch.load(directory / "pytorch_model.bin", weights_only=True)
            compared = 0
            for initializer in onnx.load(directory / "model.onnx").graph.initializer:
                tensor = loaded.get(initializer.name)
                if tensor is None:
                    continue
                values, expected = onnx.numpy_helper.to_array(initializer), tensor.float().numpy()
                if values.shape != expected.shape or not np.array_equal(values, expected):
                    expected = expected.T  # MatMul's weights are transposed
                np.testing.assert_array_equal(values, expected, initializer.name)
                compared += 1
            self.assertGreater(compared, 30)


if __name__ == "__main__":
    unittest.main()
