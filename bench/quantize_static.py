"""Static quantization with 128 calibration samples: `quantbench quantize --approach static` compared with
onnxruntime.quantization.quantize_static, interleaved in one run, on a real checkpoint and its real data.

    .venv/bin/python bench/quantize_static.py [--program build/quantbench] [--runs 3] [--length 128] [--method minmax] [--padding longest]

Both start from the same float model and the same sentences (tokenized, batch 8, padded to --length or to the longest), and
end with the QDQ model on disk. The peer does not run what it wrote, so the ratios are those with --no-verify; "with its check"
shows ours as it is by default. Time and processor time: ours is the whole process; the peer's is reading, tokenizing,
calibrating and quantizing, without the start of Python and its imports. Processor time does not depend on other load. Memory:
the peak resident set of each process.

A third process only runs the samples through the float model with onnxruntime, with graph optimizations off as in calibration:
it shows the cost of calibration on top of inference. "Arithmetic" is the time for the products with the model's weights alone,
for the same tokens, at the speed of one large matrix product in each core. It is a limit for every calibration that runs all
samples through the float model.
"""

import argparse
import csv
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from arithmetic import products_a_second, products_a_token
from measured_process import measure

ROOT = Path(__file__).resolve().parents[1]
REAL = Path(os.environ.get("QUANTBENCH_REAL_ASSETS") or ROOT.parent / "shared" / "real")

# Goal: how many times faster, end to end.
GOALS = {"minmax": 5, "percentile": 10}

COMMON = """
import csv, logging, sys, time
logging.disable(logging.WARNING)
import numpy as np, onnxruntime
from transformers import AutoTokenizer
model, out, checkpoint, data, samples, length, method, padding = sys.argv[1:9]
samples, length = int(samples), int(length)
start, start_cpu = time.perf_counter(), time.process_time()
tokenizer = AutoTokenizer.from_pretrained(checkpoint)
with open(data) as file:
    sentences = [row["sentence"] for _, row in zip(range(samples), csv.DictReader(file, delimiter="\\t", quoting=csv.QUOTE_NONE))]
batches = []
for i in range(0, samples, 8):
    encoded = tokenizer(sentences[i : i + 8], padding=padding, max_length=length, truncation=True, return_tensors="np")
    batches.append({k: v.astype(np.int64) for k, v in encoded.items()})
"""

PEER = COMMON + """
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
class Reader(CalibrationDataReader):
    def __init__(self): self.left = iter(batches)
    def get_next(self): return next(self.left, None)
import contextlib, io
with contextlib.redirect_stdout(io.StringIO()):
    quantize_static(model, out, Reader(), quant_format=QuantFormat.QDQ, op_types_to_quantize=["Add", "MatMul"],
                    activation_type=QuantType.QInt8, weight_type=QuantType.QInt8,
                    calibrate_method={"minmax": CalibrationMethod.MinMax, "percentile": CalibrationMethod.Percentile,
                                      "entropy": CalibrationMethod.Entropy}[method],
                    extra_options={"ForceQuantizeNoInputCheck": False})
print(time.perf_counter() - start, time.process_time() - start_cpu)
"""

PLAIN = COMMON + """
options = onnxruntime.SessionOptions()
options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
start, start_cpu = time.perf_counter(), time.process_time()
for batch in batches: session.run(None, {i.name: batch[i.name] for i in session.get_inputs()})
print(time.perf_counter() - start, time.process_time() - start_cpu, sum(batch["input_ids"].size for batch in batches))
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=ROOT / "build" / "quantbench")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--length", type=int, default=128)
    parser.add_argument("--samples", type=int, default=128)
    parser.add_argument("--padding", default="max_length", choices=["max_length", "longest"])
    parser.add_argument("--method", nargs="*", default=["minmax", "percentile"])
    arguments = parser.parse_args()
    checkpoint, data = REAL / "sst2-minilm", REAL / "data" / "sst2" / "train.tsv"

    cores = len(os.sched_getaffinity(0))
    padded = f"{arguments.length} tokens" if arguments.padding == "max_length" else "the longest of their batch"
    with tempfile.TemporaryDirectory() as directory:
        source, ours, theirs = (str(Path(directory) / f"{name}.onnx") for name in ("float", "ours", "theirs"))
        subprocess.check_call([arguments.program, "export", checkpoint, "-o", source])
        for method in arguments.method:
            our_command = [arguments.program, "quantize", source, "-o", ours, "--approach", "static", "--activation-type", "int8"]
            our_command += ["--operators_to_quantize", "Add,MatMul", "--tokenizer", checkpoint]
            our_command += ["--dataset", data.parent, "--calibration_split", "train", "--data_keys", "primary=sentence"]
            our_command += ["--num_calibration_samples", str(arguments.samples), "--max_length", str(arguments.length)]
            our_command += ["--calibration_padding", arguments.padding]
            our_command += ["--method", method, "--report", str(Path(directory) / "report.json")]
            details = [source, theirs, checkpoint, data, str(arguments.samples), str(arguments.length), method, arguments.padding]
            runs = {"quantbench": [], "with its check": [], "onnxruntime.quantization": [], "plain inference": []}
            arithmetic = []
            for _ in range(arguments.runs):
                for name, options in (("quantbench", ["--no-verify"]), ("with its check", [])):
                    seconds, cpu, memory, _ = measure(our_command + options)
                    runs[name].append((seconds, cpu, memory, seconds))
                for name, code in (("onnxruntime.quantization", PEER), ("plain inference", PLAIN)):
                    whole, _, memory, printed = measure([sys.executable, "-c", code, *details])
                    seconds, cpu, *tokens = map(float, printed.splitlines()[-1].split())
                    runs[name].append((seconds, cpu, memory, whole))
                arithmetic.append(tokens[0] * products_a_token(source) / products_a_second(cores, Path(directory)))
            print(f"{method}, {arguments.samples} samples padded to {padded}, medians of {arguments.runs}:")
            medians = {}
            for name, measured in runs.items():
                seconds, cpu, memory, whole = medians[name] = tuple(map(statistics.median, zip(*measured)))
                print(f"  {name:26} time {seconds:7.2f} s  processor {cpu:7.2f} s  peak {memory / 2**20:6.0f} MiB"
                      f"  whole process {whole:6.2f} s")
            mine, peer = medians["quantbench"], medians["onnxruntime.quantization"]
            goal = GOALS.get(method)
            print(f"  end to end, process against process: {peer[3] / mine[3]:.2f} x faster" + (f" (goal {goal} x)" if goal else ""))
            print(f"  our process against the peer's call alone: {peer[0] / mine[0]:.2f} x faster")
            least = statistics.median(arithmetic)
            print(f"  arithmetic alone: {least:.2f} s, which would be {peer[3] / least:.2f} x and {peer[0] / least:.2f} x; "
                  f"ours takes {mine[0] / least:.2f} times as long")
            print(f"  {peer[1] / mine[1]:.1f} x less processor time, {mine[2] / peer[2]:.2f} of the peak memory, "
                  f"{mine[1] / medians['plain inference'][1]:.2f} x the processor time of plain inference")


if __name__ == "__main__":
    main()
