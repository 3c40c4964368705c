"""Does ONNX Runtime fuse more, or run faster, if a float32 graph declares its shapes? Quantized models declare them (like ONNX
Runtime's Python quantizer), exported models do not. If that slowed down the originals, every speedup would be too large.

    .venv/bin/python bench/declared_shapes.py [--checkpoint DIRECTORY] [--opsets 11 15] [--rounds 12]

Compares three forms of one export: unchanged, with the shapes that our quantizer declares, and with the shapes of the `onnx`
package. Prints for each the number of nodes after ONNX Runtime's optimization, and the median latency relative to the first
form (interleaved, one thread).
"""

import argparse
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

ROOT = Path(__file__).resolve().parents[1]
REAL = Path(os.environ.get("QUANTBENCH_REAL_ASSETS") or ROOT.parent / "shared" / "real")
FORMS = ("as exported", "quantizer's shapes", "onnx's shapes")


def make_forms(arguments, opset, scratch):
    exported, declared, inferred = (scratch / f"{name}.onnx" for name in ("exported", "declared", "inferred"))
    quiet = dict(check=True, stdout=subprocess.DEVNULL)
    subprocess.run([arguments.program, "export", arguments.checkpoint, "-o", exported, "--opset", str(opset)], **quiet)
    # Nothing to quantize: only the shapes are added.
    subprocess.run([arguments.program, "quantize", exported, "-o", declared, "--operators_to_quantize", "Conv"], **quiet)
    onnx.save(onnx.shape_inference.infer_shapes(onnx.load(exported)), inferred)
    return dict(zip(FORMS, (exported, declared, inferred)))


def open_session(model, level, optimized):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel(level)
    options.optimized_model_filepath = str(optimized)
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def medians(sessions, inputs, rounds):
    times = {form: [] for form in sessions}
    for turn in range(rounds):
        for form in list(sessions)[:: 1 if turn % 2 == 0 else -1]:
            for _ in range(8):
                begin = time.perf_counter()
                sessions[form].run(None, inputs)
                times[form].append(time.perf_counter() - begin)
    return {form: statistics.median(values) for form, values in times.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=ROOT / "build" / "quantbench")
    parser.add_argument("--checkpoint", type=Path, default=REAL / "sst2-minilm")
    parser.add_argument("--opsets", nargs="+", type=int, default=[11, 15])
    parser.add_argument("--lengths", nargs="+", type=int, default=[32, 128])
    parser.add_argument("--rounds", type=int, default=12)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        for opset in arguments.opsets:
            forms = make_forms(arguments, opset, Path(directory))
            for level in (2, 99):
                optimized = Path(directory) / "optimized.onnx"
                sessions, nodes = {}, {}
                for form, model in forms.items():
                    sessions[form] = open_session(model, level, optimized)
                    nodes[form] = len(onnx.load(optimized).graph.node)
                for length in arguments.lengths:
                    inputs = {i.name: np.ones((1, length), np.int64) for i in sessions[FORMS[0]].get_inputs()}
                    inputs["input_ids"] = np.random.default_rng(0).integers(0, 1000, (1, length))
                    found = medians(sessions, inputs, arguments.rounds)
                    print(f"opset {opset}, level {level:2}, 1 x {length:3}: " + "; ".join(
                        f"{form} {nodes[form]} nodes, {value / found[FORMS[0]]:.3f}" for form, value in found.items()))


if __name__ == "__main__":
    main()
