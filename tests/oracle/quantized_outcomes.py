"""What `quantbench quantize` makes of a model in each of four ways: quantized, refused with a reason, or at fault. Exit status 0
means: it loads and runs wherever the float model does, and no output is more than 6 dB worse than the output of
onnxruntime.quantization.

One figure for an output is over all sets of inputs of the model. Calibration sees the same sets, and it makes the ends of a range
exact: an output of one number, of one set, is that end, and its figure says nothing."""

import collections
import concurrent.futures
import io
import json
import logging
import os
import re
import signal
import subprocess
import tempfile
import warnings
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnxruntime.quantization import QuantFormat, QuantType, quantize_dynamic, quantize_static

import backend_models
import constant_weights

PROGRAM = os.environ["QUANTBENCH"]
WORST = 6.0  # dB
SECONDS = 60
EXACT = 999.0
SILENCE = 0.0  # dB of an output of zeros; a figure below it is not worth less

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
onnxruntime.set_default_logger_severity(4)

# The tool's default type of activations.
STATIC = ["--approach", "static", "--activation-type", "int8"]
MODES = {
    "dynamic": [],
    "QDQ": STATIC,
    "QDQ by channel": [*STATIC, "--per-channel"],
    "QOperator": [*STATIC, "--format", "QOperator"],
}

# What a refusal may say -> how the table calls it.
REASONS = {
    r"operator set \d+ is too old to quantize": "operator set too old, and not convertible",
    r"the model is already quantized": "already quantized",
    r"cannot load the model": "ONNX Runtime does not load the float model",
    r"the model failed to run": "ONNX Runtime does not run the float model",
    r"has no input_0.pb|is not an ONNX tensor|the tensor has no name|input '.*' is missing": "inputs that are not tensors",
    r"ONNX Runtime does not take an input of type": "ONNX Runtime takes no input of such a type",
    r"crashed \(": "ONNX Runtime crashes on the float model",
}


def forked(body):
    """What `body` returns, as JSON, from a process of its own: ONNX Runtime crashes on some models."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        signal.alarm(5 * SECONDS)  # Some models have many sets of inputs.
        try:
            with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
                answer = {"value": body()}
        except BaseException as error:
            answer = {"error": f"{type(error).__name__}: {str(error)[:300]}"}
        os.write(write, json.dumps(answer).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return json.loads(answer) if answer else {"error": "crashed"}


def run_all(path, sets):
    """The outputs for each set of inputs."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return [session.run(None, {i.name: feeds[i.name] for i in session.get_inputs()}) for feeds in sets]


def decibels(expected, got):
    """Signal to quantization noise; EXACT without noise, None without numbers."""
    try:
        expected, got = np.asarray(expected), np.asarray(got)
        if expected.dtype.kind not in "fiub":
            return None
        expected, got = expected.astype(np.float64), got.astype(np.float64)
    except Exception:  # a sequence, a map
        return None
    if expected.shape != got.shape:
        return -EXACT
    finite = np.isfinite(expected)
    noise = ((expected[finite] - got[finite]) ** 2).sum()
    if noise == 0:
        return EXACT
    return float(10 * np.log10(max((expected[finite] ** 2).sum(), 1e-300) / noise)) if np.isfinite(noise) else -EXACT


def decibels_over_sets(expected, got):
    """One figure for an output: all signal against all noise."""
    figures = [decibels(e, g) for e, g in zip(expected, got)]
    for unusual in (None, -EXACT):
        if unusual in figures:
            return unusual
    return decibels(*(np.concatenate([np.ravel(value) for value in values]) for values in (expected, got)))


def outputs_against_float(model, quantized, sets):
    """Decibels of each output; None where the float model does not repeat itself."""
    expected, again, got = run_all(model, sets), run_all(model, sets[:1]), run_all(quantized, sets)
    return [decibels_over_sets(e, g) if decibels(e[0], a) in (EXACT, None) else None
            for e, g, a in zip(zip(*expected), zip(*got), again[0])]


def is_worse(mine, other):
    """By more than 6 dB. Among outputs that have less signal than noise, none is better than another."""
    if mine is None or other is None:
        return False
    if mine == -EXACT:  # another shape, or infinite
        return other != -EXACT
    return max(mine, SILENCE) < max(other, SILENCE) - WORST


class Reader:
    def __init__(self, sets):
        self.left = iter(sets)

    def get_next(self):
        return next(self.left, None)


def quantize_with_tool(mode, source, target, sets, **extra):
    if mode == "dynamic":
        quantize_dynamic(str(source), str(target), weight_type=QuantType.QInt8)
    else:
        quantize_static(str(source), str(target), Reader(sets), per_channel=mode == "QDQ by channel",
                        quant_format=QuantFormat.QOperator if mode == "QOperator" else QuantFormat.QDQ,
                        activation_type=QuantType.QInt8, weight_type=QuantType.QInt8, extra_options=extra)


def figures_of_tool(mode, source, sets, scratch):
    return forked(lambda: (quantize_with_tool(mode, source, scratch / "theirs.onnx", sets),
                           outputs_against_float(source, scratch / "theirs.onnx", sets))[1])


def with_default_domain(model):
    """The default domain by its short name. None if it has it. ONNX Runtime's tool finds operators by the long name too, but ONNX
    Runtime computes them in float, between the conversions."""
    long = [one for one in [*model.graph.node, *model.opset_import] if one.domain == "ai.onnx"]
    for one in long:
        one.domain = ""
    return model if long else None


# What makes a model another one for ONNX Runtime's tool than for quantbench -> how it becomes the same. None: it is not so.
LIKENED = {
    "its operators run in float": with_default_domain,
    "takes weights for activations": constant_weights.with_initializers,
}


def figures_of_tool_on_likened(mode, source, sets, scratch):
    """What had to be changed so that the tool quantizes what quantbench does, and the figures of the changed model."""
    def figures():
        model, changed = onnx.load(source), []
        for why, liken in LIKENED.items():
            if (other := liken(model)) is not None:
                model = other
                changed.append(why)
        assert changed, "it is the same"
        onnx.save(model, scratch / "likened.onnx")
        # Channels need an `axis` that DequantizeLinear of ONNX does not have below operator set 13.
        extra = {"UseQDQContribOps": True} if mode == "QDQ by channel" else {}
        quantize_with_tool(mode, scratch / "likened.onnx", scratch / "theirs.onnx", sets, **extra)
        return changed, outputs_against_float(source, scratch / "theirs.onnx", sets)
    return forked(figures)


def outcome_of(mode, place, sets, float_runs, scratch):
    """("quantized" | "nothing to quantize" | "refused: why" | "fault: what", figures)."""
    source, target = place / "model.onnx", scratch / "ours.onnx"
    target.unlink(missing_ok=True)
    command = [PROGRAM, "quantize", source, "-o", target, "--report", scratch / "report.json", *MODES[mode]]
    if mode != "dynamic":
        command += ["--calibration-data", place]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return "fault: hangs", {}
    errors = [line for line in done.stderr.splitlines() if "error: " in line]
    if done.returncode == 2 and len(errors) == 1:
        for pattern, reason in REASONS.items():
            if re.search(pattern, errors[0]):
                return f"refused: {reason}", {}
        return f"fault: refuses without a known reason: {errors[0]}", {}
    if done.returncode != 0:
        return f"fault: exit status {done.returncode}: {done.stderr[-300:]}", {}
    quantized = sum(json.loads((scratch / "report.json").read_text())["quantized"].values())
    name = "quantized" if quantized else "nothing to quantize"
    if not float_runs:
        return f"{name}, float model does not run", {}
    ours = forked(lambda: outputs_against_float(source, target, sets))
    if "error" in ours:
        return f"fault: does not run: {ours['error']}", {}
    noisy = [figure for figure in ours["value"] if figure is not None and figure < EXACT]
    if not noisy:
        return name, {}
    theirs = figures_of_tool(mode, source, sets, scratch)
    if "error" in theirs:
        return name, {"tool": "fails"}
    theirs, tool = theirs["value"], {}
    if any(map(is_worse, ours["value"], theirs)):
        alike = figures_of_tool_on_likened(mode, source, sets, scratch)
        if "value" in alike:
            changed, theirs = alike["value"]
            tool = {"tool": f"better, but {' and '.join(changed)}"}
    for mine, peer in zip(ours["value"], theirs):
        if is_worse(mine, peer):
            return f"fault: {mine:.1f} dB, ONNX Runtime's tool {peer:.1f} dB", {}
    if not tool and any(map(is_worse, theirs, ours["value"])):
        tool = {"tool": "worse"}
    return name, tool


def outcomes_of(place):
    model = onnx.load(place / "model.onnx")
    sets = backend_models.all_inputs_of(place, model)
    float_runs = bool(sets) and "value" in forked(lambda: len(run_all(place / "model.onnx", sets[:1])))
    with tempfile.TemporaryDirectory() as scratch:
        return place.name, {mode: outcome_of(mode, place, sets, float_runs, Path(scratch)) for mode in MODES}


def table_of(outcomes):
    counts = collections.defaultdict(collections.Counter)
    for modes in outcomes.values():
        for mode, (what, figures) in modes.items():
            counts[what.split(":")[0] if what.startswith("fault") else what][mode] += 1
            for figure in figures.items():
                counts[" ".join(["ONNX Runtime's tool", figure[1]])][mode] += 1
    lines = [f"| {len(outcomes)} models | " + " | ".join(MODES) + " |", "|---" * (len(MODES) + 1) + "|"]
    for what in sorted(counts, key=lambda what: (what.startswith(("refused", "ONNX")), what)):
        lines.append(f"| {what} | " + " | ".join(str(counts[what][mode]) for mode in MODES) + " |")
    return "\n".join(lines)


def outcomes_of_all(places):
    """Name -> mode -> outcome, of models in ONNX's layout. Prints each model when it is done, and the table."""
    outcomes = {}
    with concurrent.futures.ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for done in concurrent.futures.as_completed([pool.submit(outcomes_of, place) for place in places]):
            name, modes = done.result()
            outcomes[name] = modes
            print(f"{len(outcomes)}/{len(places)} {name}: " + "; ".join(f"{mode} {what}" for mode, (what, _) in modes.items()),
                  flush=True)
    print(table_of(outcomes))
    return outcomes


def faults_in(outcomes):
    return [f"{name}, {mode}: {what}" for name, modes in outcomes.items()
            for mode, (what, _) in modes.items() if what.startswith("fault")]
