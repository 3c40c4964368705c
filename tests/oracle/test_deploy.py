"""`quantbench deploy`, loaded by the programs that it is for, with the lines that its README.md shows: ONNX Runtime's Python
package, Optimum's pipeline and transformers.js give the prediction that quantbench stored for that row, sample by sample.
OpenVINO computes the graph with kernels of its own: how often it agrees is printed.

Optimum lies in .venv/optimum. It needs the older transformers beside it. transformers.js is looked for in the directory that
QUANTBENCH_NODE_MODULES names, as `npm install --ignore-scripts @huggingface/transformers` fills one. What is missing is skipped
visibly."""

import csv
import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np

import fresh_store  # noqa: F401

PROGRAM = os.environ["QUANTBENCH"]
ROOT = Path(__file__).resolve().parents[2]
REAL = Path(os.environ.get("QUANTBENCH_REAL_ASSETS") or ROOT.parent / "shared" / "real")
OPTIMUM = [ROOT / ".venv" / "optimum", ROOT / ".venv" / "transformers-4"]
NODE_MODULES = os.environ.get("QUANTBENCH_NODE_MODULES", "")
SAMPLES = 100

SPEC = """
task: text-classification
name_or_path: {model}
dataset: {{path: {data}, eval_split: validation, calibration_split: train, data_keys: {{primary: sentence}}, ref_keys: [label]}}
metrics: [accuracy]
max_eval_samples: {samples}
quantization_approach: [dynamic, static]
operators_to_quantize: [[MatMul]]
per_channel: true
calibration: {{method: minmax, num_calibration_samples: 16, mask_padding: true}}
framework: onnxruntime
framework_args: {{opset: 13, intra_op_num_threads: 1}}
apply_quantization: [true, false]
batch_sizes: [1]
input_lengths: [16]
time_benchmark_args: {{duration: 0.1, warmup_runs: 1, starts: 1}}
"""


def quantbench(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], check=True, stdout=subprocess.PIPE).stdout.decode()


def lines_of(directory, program):
    """The lines that README.md shows for a program."""
    readme = (directory / "README.md").read_text()
    return re.search(r"### " + re.escape(program) + r"\n\n```\w+\n(.*?)\n```", readme, re.S).group(1)


class Deploy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        scratch = Path(cls.folder.name)
        (scratch / "spec.yaml").write_text(
            SPEC.format(model=REAL / "sst2-minilm", data=REAL / "data" / "sst2", samples=SAMPLES))
        quantbench("run", scratch / "spec.yaml", "--out", scratch / "run")
        results = json.loads((scratch / "run" / "results.json").read_text())
        with open(REAL / "data" / "sst2" / "validation.tsv", newline="") as file:
            cls.texts = [row["sentence"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)][:SAMPLES]
        cls.stored, cls.deployed = {}, {}
        store = sqlite3.connect(os.environ["QUANTBENCH_STORE"])
        for index, row in enumerate(results["rows"]):
            name = row["parameters"]["quantization_approach"] or "original"
            ((result,),) = store.execute(
                "SELECT result FROM row_stages JOIN stages USING (stage_key) WHERE run_id = ? AND row_index = ? AND "
                "stage = 'evaluate'", (results["run_id"], index))
            cls.stored[name] = json.loads(result)["result"]["predictions"]
            cls.deployed[name] = scratch / name
            quantbench("deploy", results["run_id"], name, "--out", scratch / name)
        quantbench("deploy", scratch / "run", "static", "--out", scratch / "static-js", "--layout", "transformers.js")
        store.close()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def check(self, program, predictions_in, layouts=("", "-js"), exact=True):
        """`predictions_in`: a deployed directory -> class ids. Another layout has the same model: one row is enough."""
        self.assertEqual(set(self.deployed), {"original", "dynamic", "static"})
        for name, directory in self.deployed.items():
            for layout in layouts if name == "static" else layouts[:1]:
                found = predictions_in(directory.with_name(directory.name + layout))
                self.assertEqual(len(found), SAMPLES)
                same = sum(a == b for a, b in zip(found, self.stored[name]))
                print(f"{program}, {name}{layout}: {same} of {SAMPLES} predictions as stored", flush=True)
                if exact:
                    self.assertEqual(found, self.stored[name])

    def test_every_row_has_a_model_of_its_own_and_predicts_both_classes(self):
        models = {hashlib.sha256((one / "model.onnx").read_bytes()).hexdigest() for one in self.deployed.values()}
        self.assertEqual(len(models), 3)
        for stored in self.stored.values():
            self.assertEqual(set(stored), {0, 1})

    def test_sums_are_those_of_the_files(self):
        for directory in self.deployed.values():
            sums = dict(reversed(line.split("  ", 1)) for line in (directory / "SHA256SUMS").read_text().splitlines())
            files = {str(path.relative_to(directory)) for path in directory.rglob("*") if not path.is_dir()}
            self.assertEqual(set(sums), files - {"SHA256SUMS"})
            for name, expected in sums.items():
                self.assertEqual(hashlib.sha256((directory / name).read_bytes()).hexdigest(), expected)

    def python_lines(self, directory, program):
        """What the lines of README.md make, run in the directory."""
        scope = {}
        before = os.getcwd()
        os.chdir(directory)
        try:
            exec(lines_of(directory, program), scope)
            from transformers import AutoTokenizer

            scope["tokenizer"] = AutoTokenizer.from_pretrained(".")
        finally:
            os.chdir(before)
        return scope

    def test_onnxruntime_predicts_what_was_stored(self):
        def predictions(directory):
            scope = self.python_lines(directory, "ONNX Runtime, Python")
            session = scope["session"]
            names = [one.name for one in session.get_inputs()]
            found = []
            for text in self.texts:
                tokens = scope["tokenizer"](text, return_tensors="np")
                found.append(int(np.argmax(session.run(None, {name: tokens[name] for name in names})[0])))
            return found

        self.check("onnxruntime", predictions)

    def test_optimum_predicts_what_was_stored(self):
        if not all(place.is_dir() for place in OPTIMUM):
            self.skipTest("no .venv/optimum: run scripts/bootstrap --tests")

        def predictions(directory):
            script = (lines_of(directory, "Optimum") + "\nimport json, sys\n"
                      "ids = model.config.label2id\n"
                      "answers = pipe(json.load(sys.stdin))\n"
                      "json.dump([ids[one['label']] for one in answers], open(sys.argv[1], 'w'))\n")
            answers = Path(self.folder.name) / "answers.json"
            environment = dict(os.environ, PYTHONPATH=os.pathsep.join(map(str, OPTIMUM)), HF_HUB_OFFLINE="1")
            done = subprocess.run([sys.executable, "-c", script, str(answers)], cwd=directory, env=environment,
                                  input=json.dumps(self.texts), text=True, capture_output=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertNotIn("multiple ONNX files", done.stderr)
            return json.loads(answers.read_text())

        self.check("Optimum", predictions)

    def test_transformers_js_predicts_what_was_stored(self):
        if not NODE_MODULES or not shutil.which("node"):
            self.skipTest("no node, or QUANTBENCH_NODE_MODULES names no node_modules with @huggingface/transformers")

        def predictions(directory):
            script = (lines_of(directory, "transformers.js") + "\nimport { readFileSync, writeFileSync } from 'node:fs';\n"
                      "const ids = pipe.model.config.label2id, found = [];\n"
                      "for (const text of JSON.parse(readFileSync('../texts.json', 'utf8')))\n"
                      "  found.push(ids[(await pipe(text))[0].label]);\n"
                      "writeFileSync('../answers.json', JSON.stringify(found));\n")
            scratch = Path(self.folder.name)
            (scratch / "texts.json").write_text(json.dumps(self.texts))
            (scratch / "node_modules").unlink(missing_ok=True)
            (scratch / "node_modules").symlink_to(Path(NODE_MODULES).resolve())
            (scratch / "load.mjs").write_text(script)
            done = subprocess.run(["node", "../load.mjs"], cwd=directory, text=True, capture_output=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            return json.loads((scratch / "answers.json").read_text())

        self.check("transformers.js", predictions)

    def test_openvino_loads_it(self):
        try:
            import openvino  # noqa: F401
        except ImportError:
            self.skipTest("no openvino in .venv")

        def predictions(directory):
            scope = self.python_lines(directory, "OpenVINO")
            model = scope["model"]
            names = [one.any_name for one in model.inputs]
            found = []
            for text in self.texts:
                tokens = scope["tokenizer"](text, return_tensors="np")
                found.append(int(np.argmax(model([tokens[name] for name in names])[0])))
            return found

        self.check("OpenVINO", predictions, layouts=("",), exact=False)


if __name__ == "__main__":
    if not (REAL / "sst2-minilm").is_dir():
        print("skipped: real models and data not found; set QUANTBENCH_REAL_ASSETS")
        sys.exit(77)
    unittest.main(verbosity=2)
