"""`quantbench run` on ONNX models that torch.onnx wrote: the labels of the data are what onnxruntime predicts in Python, so the
original's accuracy is 1. Inputs are int32 or float, one batch size, one length, without token_type_ids, with position_ids,
and under names of their own; outputs under any name."""

import json
import os
import subprocess
import tempfile
import unittest
import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from PIL import Image

PROGRAM = os.environ["QUANTBENCH"]
warnings.filterwarnings("ignore")
onnxruntime.set_default_logger_severity(3)
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + [f"w{chr(97 + i)}" for i in range(27)][:26] + ["the", "a"]
CLASSES, HIDDEN = 3, 16
CELLS = {"quantization_approach": ["dynamic", "static"], "apply_quantization": [False, True],
         "calibration": {"method": "minmax", "num_calibration_samples": 8}}


class Text(torch.nn.Module):
    """Embeddings, a layer, and a head: of the masked mean ("text"), of each token ("token"), or two of each token ("span")."""

    def __init__(self, head, positions):
        super().__init__()
        self.head = head
        self.words = torch.nn.Embedding(len(WORDS), HIDDEN)
        self.positions = torch.nn.Embedding(64, HIDDEN) if positions else None
        self.layer = torch.nn.Linear(HIDDEN, HIDDEN)
        self.out = torch.nn.Linear(HIDDEN, 2 if head == "span" else CLASSES)

    def forward(self, ids, mask=None, positions=None):
        hidden = self.words(ids)
        if positions is not None:
            hidden = hidden + self.positions(positions)
        hidden = torch.tanh(self.layer(hidden))
        weight = torch.ones_like(hidden[..., :1]) if mask is None else mask.to(torch.float32).unsqueeze(-1)
        if self.head == "text":
            return self.out((hidden * weight).sum(1) / weight.sum(1))
        scores = self.out(hidden)
        return (scores[..., 0], scores[..., 1]) if self.head == "span" else scores


class Picture(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.out = torch.nn.Conv2d(3, 8, 3, stride=2), torch.nn.Linear(8, CLASSES)

    def forward(self, x):
        return self.out(torch.relu(self.conv(x)).mean((2, 3)))


def sentences(count):
    generator = np.random.default_rng(1)
    words = WORDS[5:]
    return [" ".join(generator.choice(words, int(generator.integers(2, 9)))) for _ in range(count)]


def tokens_of(text):
    return [2] + [WORDS.index(word) for word in text.split()] + [3]


class Directory:
    """A model directory, its data, and its spec."""

    def __init__(self, path):
        self.path, self.model, self.data = path, path / "model", path / "data"
        self.model.mkdir()
        self.data.mkdir()
        (self.model / "vocab.txt").write_text("\n".join(WORDS) + "\n")
        (self.model / "tokenizer_config.json").write_text(
            json.dumps({"tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": 64}))

    def config(self, head, **more):
        labels = ["one", "two", "three"]
        (self.model / "config.json").write_text(json.dumps(
            {"architectures": [f"SomethingNewFor{head}"], "model_type": "something_new", "vocab_size": len(WORDS),
             "id2label": dict(enumerate(labels)), "label2id": {label: i for i, label in enumerate(labels)}, **more}))

    def export(self, module, examples, inputs, outputs, axes):
        torch.onnx.export(module.eval(), examples, str(self.model / "model.onnx"), input_names=inputs,
                          output_names=outputs, dynamic_axes=axes, opset_version=15, dynamo=False)
        return onnxruntime.InferenceSession(str(self.model / "model.onnx"), providers=["CPUExecutionProvider"])

    def run(self, keys, metrics, ref="label", **more):
        spec = {"name_or_path": str(self.model), "from_transformers": False,
                "dataset": {"path": str(self.data), "eval_split": "validation", "calibration_split": "validation",
                            "data_keys": keys, "ref_keys": [ref]},
                "metrics": metrics, "batch_sizes": [1, 3], "input_lengths": [8],
                "time_benchmark_args": {"duration": 0.01, "warmup_runs": 1}, **CELLS, **more}
        (self.path / "spec.yaml").write_text(json.dumps(spec))
        environment = dict(os.environ, QUANTBENCH_STORE=str(self.path / "store"), QUANTBENCH_CACHE=str(self.path / "cache"))
        done = subprocess.run([PROGRAM, "run", str(self.path / "spec.yaml"), "--out", str(self.path / "out")],
                              capture_output=True, text=True, env=environment, timeout=300)
        assert done.returncode == 0, done.stderr
        return json.loads((self.path / "out" / "results.json").read_text())["rows"]


class OnnxModels(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(0)
        self.scratch = tempfile.TemporaryDirectory()
        self.at = Directory(Path(self.scratch.name))

    def tearDown(self):
        self.scratch.cleanup()

    def check(self, rows, figure="accuracy"):
        self.assertEqual(len(rows), 3)
        for row in rows:
            self.assertEqual(row["status"], "ok", row)
            self.assertEqual(len(row["timings"]), 2)
        self.assertEqual(rows[0]["evaluation"][figure], 1)

    def classify(self, inputs, outputs, axes, batch, length, dtype, positions=False):
        """inputs: names by what they hold."""
        self.at.config("SequenceClassification")
        names = list(inputs.values())
        example = tuple(torch.ones((batch, length), dtype=dtype) for _ in names)
        session = self.at.export(Text("text", positions), example, names, outputs, axes)
        types = {one.name: {"tensor(int32)": np.int32, "tensor(int64)": np.int64}[one.type] for one in session.get_inputs()}
        rows = ["sentence\tlabel"]
        for text in sentences(40):
            ids = tokens_of(text)
            if length in {one.shape[1] for one in session.get_inputs()}:  # one length
                padding = length - len(ids)
            else:
                padding = 0
            held = {"ids": ids + [0] * padding, "mask": [1] * len(ids) + [0] * padding,
                    "positions": list(range(len(ids))) + [0] * padding}
            feed = {name: np.repeat(np.array([held[what]], types[name]), batch if session.get_inputs()[0].shape[0] == batch
                                    else 1, axis=0) for what, name in inputs.items()}
            rows.append(f"{text}\t{int(session.run(None, feed)[-1][0].argmax())}")
        (self.at.data / "validation.tsv").write_text("\n".join(rows) + "\n")
        self.check(self.at.run({"primary": "sentence"}, ["accuracy"]))

    def test_int32_inputs_without_token_type_ids(self):
        axes = {name: {0: "batch", 1: "sequence"} for name in ("input_ids", "attention_mask")}
        self.classify({"ids": "input_ids", "mask": "attention_mask"}, ["logits"], axes, 2, 6, torch.int32)

    def test_one_input_of_any_name_and_a_fixed_batch(self):
        self.classify({"ids": "input.1"}, ["out.42"], {"input.1": {1: "n"}}, 2, 6, torch.int64)

    def test_one_length_and_positions(self):
        self.classify({"ids": "input_word_ids", "mask": "input_mask", "positions": "position_ids"}, ["scores"], None, 1, 16,
                      torch.int32, positions=True)

    def test_tags_with_a_mask_of_floats(self):
        self.at.config("TokenClassification", id2label={0: "O", 1: "B-A", 2: "B-B"}, label2id={"O": 0, "B-A": 1, "B-B": 2})
        axes = {name: {0: "batch", 1: "sequence"} for name in ("input_ids", "attention_mask", "logits")}
        example = (torch.ones((1, 6), dtype=torch.int32), torch.ones((1, 6)))

        class Masked(Text):
            def forward(self, ids, mask):
                return super().forward(ids, mask) * mask.unsqueeze(-1)

        session = self.at.export(Masked("token", False), example, ["input_ids", "attention_mask"], ["logits"], axes)
        lines = []
        for text in sentences(20):
            ids = np.array([tokens_of(text)], np.int32)
            tags = session.run(None, {"input_ids": ids, "attention_mask": np.ones(ids.shape, np.float32)})[0][0].argmax(-1)
            lines.append(json.dumps({"tokens": text.split(), "tags": [["O", "B-A", "B-B"][tag] for tag in tags[1:-1]]}))
        (self.at.data / "validation.jsonl").write_text("\n".join(lines) + "\n")
        self.check(self.at.run({"primary": "tokens"}, ["accuracy"], "tags"))

    def test_spans_from_outputs_without_a_name(self):
        self.at.config("QuestionAnswering")
        axes = {name: {0: "batch", 1: "sequence"} for name in ("input_ids", "attention_mask", "out.5", "out.6")}
        example = (torch.ones((1, 6), dtype=torch.int64),) * 2
        self.at.export(Text("span", False), example, ["input_ids", "attention_mask"], ["out.5", "out.6"], axes)
        lines = [json.dumps({"id": str(i), "question": "the wa", "context": text,
                             "answers": {"text": [text.split()[0]], "answer_start": [0]}})
                 for i, text in enumerate(sentences(10))]
        (self.at.data / "validation.jsonl").write_text("\n".join(lines) + "\n")
        rows = self.at.run({"question": "question", "context": "context"}, ["squad"], "answers", input_lengths=[16])
        self.assertEqual([row["status"] for row in rows], ["ok"] * 3)
        self.assertGreater(rows[0]["evaluation"]["f1"], 0)

    def test_images_of_one_batch_under_any_name(self):
        self.at.config("ImageClassification")
        size = {"height": 16, "width": 16}
        (self.at.model / "preprocessor_config.json").write_text(json.dumps(
            {"image_processor_type": "ViTImageProcessor", "size": size, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}))
        session = self.at.export(Picture(), (torch.zeros(1, 3, 16, 16),), ["x"], ["y"], None)
        generator = np.random.default_rng(2)
        for i in range(24):
            pixels = (generator.random((16, 16, 3)) * 255 * generator.random(3)).astype(np.uint8)
            x = ((pixels.astype(np.float32) / 255 - 0.5) / 0.5).transpose(2, 0, 1)[None]
            label = ["one", "two", "three"][int(session.run(None, {"x": x})[0][0].argmax())]
            (self.at.data / "validation" / label).mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(self.at.data / "validation" / label / f"{i}.png")
        self.check(self.at.run({"primary": "image"}, ["accuracy"], "labels"))


if __name__ == "__main__":
    unittest.main()
