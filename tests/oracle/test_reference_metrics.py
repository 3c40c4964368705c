"""The published figures of the real models on their full validation splits, float32, through `quantbench run`, in ONNX
Runtime and in PyTorch: equal to transformers' figures within 0.001."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import fresh_store  # noqa: F401

ROOT = Path(__file__).resolve().parents[2]
REAL = Path(os.environ.get("QUANTBENCH_REAL_ASSETS") or ROOT.parent / "shared" / "real")
PROGRAM = Path(os.environ["QUANTBENCH"])
PLUGIN = PROGRAM.parent / "libquantbench_torch.so"

SPEC = """
task: {task}
name_or_path: {model}
dataset: {{path: {data}, eval_split: validation, data_keys: {{primary: {primary}}}, ref_keys: [{reference}]}}
framework: {frameworks}
framework_args: {framework_args}
apply_quantization: false
metrics: {metrics}
batch_sizes: [1]
input_lengths: [{length}]
time_benchmark_args: {{duration: 0.05, warmup_runs: 1}}
"""


class ReferenceMetricsTest(unittest.TestCase):
    def check(self, model, data, primary, reference, metrics, length=16):
        published = json.loads((REAL / "reference.json").read_text())[model]
        frameworks = ["onnxruntime", "pytorch"] if PLUGIN.exists() else ["onnxruntime"]
        with tempfile.TemporaryDirectory() as directory:
            out = Path(directory) / "out"
            spec = Path(directory) / "spec.yaml"
            spec.write_text(SPEC.format(
                task=published["task"], model=REAL / model, data=REAL / "data" / data, primary=primary, reference=reference,
                frameworks=json.dumps(frameworks), metrics=json.dumps(metrics), length=length,
                framework_args=json.dumps([dict(opset=13, optimization_level=99), {}][:len(frameworks)])))
            run = subprocess.run([PROGRAM, "run", spec, "--out", out], capture_output=True, text=True)
            self.assertEqual(run.returncode, 0, run.stderr)
            results = json.loads((out / "results.json").read_text())
        self.assertEqual([row["parameters"]["framework"] for row in results["rows"]], frameworks)
        self.assertEqual(results["evaluation_samples"], published["samples"])
        for row in results["rows"]:
            for metric in metrics:
                with self.subTest(framework=row["parameters"]["framework"], metric=metric):
                    print(f"{model}, {row['parameters']['framework']}: {metric} {row['evaluation'][metric]:.6f}, "
                          f"published {published[metric]:.6f}")
                    self.assertAlmostEqual(row["evaluation"][metric], published[metric], delta=0.001)

    def test_sst2(self):
        self.check("sst2-minilm", "sst2", "sentence", "label", ["accuracy"])

    def test_conll2003(self):
        self.check("conll03-minilm", "conll2003", "tokens", "ner_tags", ["precision", "recall", "f1", "accuracy"])

    def test_digits(self):
        self.check("digits-vit", "digits", "image", "label", ["accuracy"], length=64)


if __name__ == "__main__":
    if not REAL.is_dir():
        print("real models not found; set QUANTBENCH_REAL_ASSETS")
        sys.exit(77)
    unittest.main()
