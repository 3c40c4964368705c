"""The demo model has learned its task: transformers, given the committed files, classifies the
held-out sentences correctly."""

import json
import os
import subprocess
import unittest
from pathlib import Path

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

torch.set_num_threads(1)
DEMO = Path(__file__).resolve().parents[2] / "assets" / "demo"
DUMP = Path(os.environ["QUANTBENCH_TOOLS"]) / "tokenizer_dump"


def rows(split):
    lines = (DEMO / "data" / f"{split}.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return [line.split("\t") for line in lines]


class DemoAssets(unittest.TestCase):
    def test_accuracy_on_held_out_sentences(self):
        model = AutoModelForSequenceClassification.from_pretrained(DEMO / "model", dtype=torch.float32)
        tokenizer = AutoTokenizer.from_pretrained(DEMO / "model")
        hits = 0
        with torch.no_grad():
            for text, label in rows("validation"):
                logits = model(**tokenizer(text, return_tensors="pt")).logits
                hits += int(logits.argmax(-1)) == int(label)
        accuracy = hits / len(rows("validation"))
        print(f"accuracy on {len(rows('validation'))} held-out sentences: {accuracy:.4f}")
        self.assertGreater(accuracy, 0.9)
        self.assertLess(accuracy, 1.0)

    def test_our_tokenizer_gives_the_ids_it_was_trained_on(self):
        tokenizer = AutoTokenizer.from_pretrained(DEMO / "model")
        texts = [text for text, _ in rows("validation")]
        requests = "".join(json.dumps(dict(text=text)) + "\n" for text in texts)
        done = subprocess.run([DUMP, DEMO / "model"], input=requests, capture_output=True, text=True,
                              check=True)
        ours = [json.loads(line)["windows"][0]["input_ids"] for line in done.stdout.splitlines()]
        self.assertEqual(ours, [tokenizer(text)["input_ids"] for text in texts])


if __name__ == "__main__":
    unittest.main()
