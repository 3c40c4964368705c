"""The latency that `quantbench run` reports for an ONNX model, compared with a bare loop over the same model in ONNX Runtime's
Python package: same version, session options, inputs and threads. Goal: within 3 %, for float32 and int8.

    .venv/bin/python bench/latency_overhead.py [--checkpoint DIRECTORY] [--turns 5] [--seconds 0.5]
        [--threads 1 2] [--batch_sizes 1 8] [--lengths 32 128] [--optimization_level 99] [--io_binding]

The loop calls session.run, like users do. With --io_binding it binds inputs and outputs once, like `quantbench run`, so the
rest of the difference does not come from Python. Each turn is one `quantbench run --fresh` over all cells and one loop over
all cells, in changing order. Each turn gives the 50 % quantile of each side. The ratio is ours / theirs, of the medians over
all turns.
"""

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import onnxruntime

ROOT = Path(__file__).resolve().parents[1]
REAL = Path(os.environ.get("QUANTBENCH_REAL_ASSETS") or ROOT.parent / "shared" / "real")
WARMUP = 10


def call(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr.strip() or f"failed: {command}")
    return done.stdout


class Ours:
    def __init__(self, arguments, scratch):
        self.arguments, self.scratch = arguments, scratch
        spec = dict(
            task="text-classification", name_or_path=str(arguments.checkpoint),
            dataset=dict(path="data", eval_split="validation", data_keys=dict(primary="sentence"), ref_keys=["label"]),
            framework="onnxruntime", apply_quantization=[False, True], operators_to_quantize=["Add", "MatMul"],
            framework_args=[dict(opset=11, optimization_level=arguments.optimization_level, intra_op_num_threads=threads)
                            for threads in arguments.threads],
            batch_sizes=arguments.batch_sizes, input_lengths=arguments.lengths,
            time_benchmark_args=dict(duration=arguments.seconds, warmup_runs=WARMUP))
        (scratch / "data").mkdir()
        (scratch / "data" / "validation.tsv").write_text("sentence\tlabel\nfine\t1\n")
        (scratch / "spec.yaml").write_text(json.dumps(spec))

    def __call__(self):
        """{(threads, quantized, batch size, length): median in ms}"""
        out = self.scratch / "out"
        call(self.arguments.program, "run", self.scratch / "spec.yaml", "--fresh", "--out", out, "--overwrite",
             "--store", self.scratch / "store.sqlite", "--cache", self.scratch / "cache")
        figures = {}
        for row in json.loads((out / "results.json").read_text())["rows"]:
            parameters = row["parameters"]
            for timing in row["timings"]:
                cell = (parameters.get("framework_args", {}).get("intra_op_num_threads", self.arguments.threads[0]),
                        parameters["apply_quantization"], timing["batch_size"], timing["input_length"])
                figures[cell] = timing["latency_50"]
        return figures


# Of every cell a process of its own, as ours.
LOOP = """
import json, statistics, sys, time
import numpy as np
import onnxruntime

given = json.loads(sys.argv[1])
options = onnxruntime.SessionOptions()
options.intra_op_num_threads, options.inter_op_num_threads = given["threads"], 1
options.graph_optimization_level = onnxruntime.GraphOptimizationLevel(given["optimization_level"])
options.log_severity_level = 3
session = onnxruntime.InferenceSession(given["model"], options, providers=["CPUExecutionProvider"])
inputs = {i.name: np.ones(given["shape"], dtype=np.int64) for i in session.get_inputs()}
inputs["input_ids"] = np.random.default_rng(0).integers(0, 1000, given["shape"])
if given["io_binding"]:
    binding = session.io_binding()
    for name, value in inputs.items():
        binding.bind_cpu_input(name, value)
    for output in session.get_outputs():
        binding.bind_output(output.name)
    forward = lambda: session.run_with_iobinding(binding)
else:
    forward = lambda: session.run(None, inputs)
for _ in range(given["warmup"]):
    forward()
latencies, total = [], 0.0
while total < given["seconds"]:
    begin = time.perf_counter()
    forward()
    latencies.append(time.perf_counter() - begin)
    total += latencies[-1]
print(statistics.median(latencies) * 1000)
"""


class Theirs:
    def __init__(self, arguments, scratch):
        self.arguments = arguments
        self.models = {False: scratch / "model.onnx", True: scratch / "int8.onnx"}
        call(arguments.program, "export", arguments.checkpoint, "-o", self.models[False], "--opset", 11)
        call(arguments.program, "quantize", self.models[False], "-o", self.models[True],
             "--operators_to_quantize", "Add,MatMul")

    def __call__(self):
        arguments, figures = self.arguments, {}
        # As ours: all models at one shape before the next shape.
        for shape in itertools.product(arguments.batch_sizes, arguments.lengths):
            for threads, quantized in itertools.product(arguments.threads, (False, True)):
                given = dict(model=str(self.models[quantized]), threads=threads, shape=shape, warmup=WARMUP,
                             seconds=arguments.seconds, optimization_level=arguments.optimization_level,
                             io_binding=arguments.io_binding)
                figures[threads, quantized, *shape] = float(call(sys.executable, "-c", LOOP, json.dumps(given)))
        return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=ROOT / "build" / "quantbench")
    parser.add_argument("--checkpoint", type=Path, default=REAL / "sst2-minilm")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--batch_sizes", nargs="+", type=int, default=[1, 8])
    parser.add_argument("--lengths", nargs="+", type=int, default=[32, 128])
    parser.add_argument("--optimization_level", type=int, default=99, choices=[0, 1, 2, 99])
    parser.add_argument("--io_binding", action="store_true", help="the loop binds its inputs and outputs, as ours does")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        ours, theirs = Ours(arguments, Path(directory)), Theirs(arguments, Path(directory))
        figures = {ours: [], theirs: []}
        for turn in range(arguments.turns):
            for side in (ours, theirs)[:: 1 if turn % 2 == 0 else -1]:
                figures[side].append(side())
    print(f"onnxruntime {onnxruntime.__version__}, optimization_level {arguments.optimization_level}")
    print("threads  weights  batch x length  quantbench ms  Python ms  ratio (goal: 0.97 to 1.03)")
    ratios = []
    for cell in figures[theirs][0]:
        mine, other = (statistics.median(turn[cell] for turn in figures[side]) for side in (ours, theirs))
        ratios.append(mine / other)
        threads, quantized, batch, length = cell
        print(f"{threads:7}  {'int8' if quantized else 'float32':7}  {batch:5} x {length:<6}  {mine:13.3f}  {other:9.3f}  {mine / other:.3f}")
    print(f"median ratio {statistics.median(ratios):.3f}, smallest {min(ratios):.3f}, largest {max(ratios):.3f}")


if __name__ == "__main__":
    main()
