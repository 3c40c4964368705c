"""The preset `matmul_inputs` on OpenVINO, compared with NNCF's default quantization on OpenVINO, ONNX Runtime's dynamic quantization
and the float model in ONNX Runtime: latency and accuracy of two MiniLMs and a ViT, in one run.

    .venv/bin/python -m pip install --no-deps --target .venv/bench -r bench/requirements.txt
    .venv/bin/python bench/openvino_preset.py [--cases sst2 conll digits] [--threads 1 2] [--batch_sizes 1 8]
        [--starts 2] [--rounds 8] [--seconds 0.12] [--precision f32|bf16] [--json FILE]

All models are made of the graph that `quantbench export` writes. NNCF quantizes with its defaults and model_type TRANSFORMER. Both
static models are calibrated on the same training samples, the first 300 (NNCF's default; --calibration_samples).
onnxruntime.quantization.quantize_dynamic has its defaults, too.

The judged latencies come from one and the same loop in Python for all models (forward_loop.py): inputs are bound, each model has a
process of its own, and OpenVINO has the same settings for both of its models. This leaves only the models to differ, because
our program does not run NNCF's models. "framework" is the preset's model in our framework openvino, bound and timed by C++
(build/tests/tools/runtime_dump). It shows what the framework adds to the loop or saves of it.

Accuracies are of the whole validation split. All models get the same batches, none of them padded. A difference has the 95 %
interval of a bootstrap over samples.
"""

import argparse
import contextlib
import io
import json
import logging
import os
import tempfile
import time
from pathlib import Path

import real_cases
from real_cases import CASES, ROOT, call, figure, has_vnni, paired_difference, predict

real_cases.find_peers()

import nncf  # noqa: E402
import numpy as np  # noqa: E402
import onnxruntime  # noqa: E402
import openvino  # noqa: E402
from onnxruntime.quantization import quantize_dynamic  # noqa: E402

from forward_loop import logits_of  # noqa: E402
from interleaved import Ratios, in_python, in_quantbench, measure, milliseconds  # noqa: E402
from paired_timing import other_load  # noqa: E402

PRESET, NNCF, DYNAMIC, FLOAT, FRAMEWORK = "preset", "NNCF", "dynamic", "float32", "framework"
AGAINST_NNCF, AGAINST_FLOAT = 1.00, 0.33


def quantize_by_nncf(source, target, inputs, samples=300):
    model = openvino.Core().read_model(source)
    batches = [{name: value[None] for name, value in one.items()} for one in inputs]
    with contextlib.redirect_stdout(io.StringIO()):
        quantized = nncf.quantize(model, nncf.Dataset(batches), subset_size=samples, model_type=nncf.ModelType.TRANSFORMER)
    openvino.save_model(quantized, target, compress_to_fp16=False)


def make_models(case, arguments, scratch):
    """{name: (runtime, path)}"""
    source, samples = scratch / "float.onnx", arguments.calibration_samples
    case.export(arguments.program, source)
    models = {PRESET: ("openvino", scratch / "preset.onnx"), NNCF: ("openvino", scratch / "nncf.xml"),
              DYNAMIC: ("onnxruntime", scratch / "dynamic.onnx"), FLOAT: ("onnxruntime", source)}
    seconds = {}

    def made(name, make):
        start = time.perf_counter()
        make(models[name][1])
        seconds[name] = time.perf_counter() - start

    _, training = case.samples("train")
    made(PRESET, lambda path: call(arguments.program, "quantize", source, "-o", path, "--preset", "matmul_inputs",
                                   "--num-calibration-samples", min(len(training), samples), *case.calibration_flags()))
    made(NNCF, lambda path: quantize_by_nncf(source, path, training, samples))
    made(DYNAMIC, lambda path: quantize_dynamic(source, path))
    print(f"{case.name}: made in " + ", ".join(f"{name} {taken:.1f} s" for name, taken in seconds.items()), flush=True)
    return models


def accuracies(case, models, arguments):
    references, inputs = case.samples("validation")
    cores = len(os.sched_getaffinity(0))
    return {name: case.outcomes(predict(logits_of(runtime, path, cores, arguments.precision), inputs), references)
            for name, (runtime, path) in models.items()}


def verdict(value, low, goal):
    if value <= goal:
        return "reached"
    return f"above {goal:.2f} by less than its interval" if low <= goal else "not reached"


def timings(case, models, arguments, ratios):
    """Cells of the table: latencies, and ratios with their intervals."""
    rows = []
    for threads in arguments.threads:
        def open_sides():
            sides = {name: in_python(runtime, path, threads, arguments.precision) for name, (runtime, path) in models.items()}
            return sides | {FRAMEWORK: in_quantbench(arguments.tools / "runtime_dump", "openvino", models[PRESET][1], case.task,
                                                     threads, arguments.precision)}
        shapes = {case.shape_name(batch): case.timed(batch) for batch in arguments.batch_sizes}
        times = measure(open_sides, shapes, arguments.starts, arguments.rounds, arguments.seconds)
        for shape in shapes:
            of = lambda name: times[shape, name]
            pairs = [(PRESET, NNCF), (PRESET, DYNAMIC), (PRESET, FLOAT), (FRAMEWORK, NNCF), (NNCF, FLOAT), (DYNAMIC, FLOAT)]
            found = dict(zip(pairs, ratios([(of(one), of(other)) for one, other in pairs])))
            row = dict(case=case.name, shape=shape, threads=threads,
                       ms={name: milliseconds(of(name)) for name in (PRESET, FRAMEWORK, NNCF, DYNAMIC, FLOAT)},
                       ratios={" / ".join(pair): ratio for pair, ratio in found.items()})
            rows.append(row)
            print_timing(row)
    return rows


def interval(ratio):
    return "{:.3f} ({:.3f} to {:.3f})".format(*ratio)


def print_timing(row):
    ratio = lambda one, other: row["ratios"][f"{one} / {other}"]
    print(f"{row['shape']:>8} {row['threads']:7}  " + " ".join(f"{row['ms'][name]:9.2f}" for name in row["ms"])
          + "  " + " ".join(f"{interval(ratio(*pair)):24}" for pair in ((PRESET, NNCF), (FRAMEWORK, NNCF), (PRESET, FLOAT)))
          + f" {ratio(NNCF, FLOAT)[0]:.3f}, {ratio(DYNAMIC, FLOAT)[0]:.3f}", flush=True)


def compare(case, arguments, ratios, scratch):
    models = make_models(case, arguments, scratch)
    outcomes = accuracies(case, models, arguments)
    print(f"{case.metric} on {len(outcomes[FLOAT])} samples: "
          + ", ".join(f"{name} {figure(outcomes[name]):.4f}" for name in outcomes))
    differences = {name: paired_difference(outcomes[PRESET], outcomes[name]) for name in (NNCF, DYNAMIC, FLOAT)}
    print("preset minus " + ", ".join("{} {:+.4f} ({:+.4f} to {:+.4f})".format(name, *difference)
                                      for name, difference in differences.items()))
    print(f"{'shape':>8} threads  " + " ".join(f"{name:>9}" for name in (PRESET, FRAMEWORK, NNCF, DYNAMIC, FLOAT))
          + f"  {'preset / NNCF':24} {'framework / NNCF':24} {'preset / float32':24} NNCF, dynamic / float32")
    rows = timings(case, models, arguments, ratios)
    judge(case, rows, differences[NNCF])
    return dict(case=case.name, samples=len(outcomes[FLOAT]), figures={name: figure(one) for name, one in outcomes.items()},
                differences=differences, timings=rows)


def judge(case, rows, difference):
    cells = lambda name: [(f"{row['shape']}, {row['threads']} threads", row["ratios"][f"{PRESET} / {name}"]) for row in rows]
    for name, goal in [(NNCF, AGAINST_NNCF), (FLOAT, AGAINST_FLOAT)]:
        if name == FLOAT and case.task == "image-classification":
            continue
        if name == FLOAT and not has_vnni():
            print("preset / float32 is not judged: this CPU has no VNNI")
            continue
        verdicts = {cell: verdict(ratio[0], ratio[1], goal) for cell, ratio in cells(name)}
        missed = [f"{cell} {text}" for cell, text in verdicts.items() if text != "reached"]
        print(f"goal: latency at most {goal:.2f} of {name}: " + ("reached in all cells" if not missed else "; ".join(missed)))
    value, low, high = difference
    print("goal: figure not lower than NNCF's: " + (
        "reached" if value >= 0 else "lower, but by less than chance explains" if high >= 0 else "not reached"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=ROOT / "build" / "quantbench")
    parser.add_argument("--tools", type=Path, default=ROOT / "build" / "tests" / "tools")
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--calibration_samples", type=int, default=300)
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--batch_sizes", nargs="+", type=int, default=[1, 8])
    parser.add_argument("--starts", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=0.12, help="of a model in a round")
    parser.add_argument("--precision", choices=["f32", "bf16"], default="f32", help="of what is not quantized, in OpenVINO")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    print(f"OpenVINO {openvino.__version__}, NNCF {nncf.__version__}, ONNX Runtime {onnxruntime.__version__}; "
          f"VNNI: {'yes' if has_vnni() else 'no'}; precision {arguments.precision}; other load {other_load():.2f} cores")
    ratios, results = Ratios(arguments.tools), []
    for name in arguments.cases:
        with tempfile.TemporaryDirectory() as directory:
            results.append(compare(CASES[name](), arguments, ratios, Path(directory)))
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1, default=float))


if __name__ == "__main__":
    np.seterr(all="ignore")
    main()
