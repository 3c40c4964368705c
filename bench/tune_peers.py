"""What `quantbench tune` is compared with in tune.py, each in a process of its own.

    tune_peers.py nncf|optuna JOB.json

The job names the case, the float model, the samples of the search, the accepted loss and our model. The last line that is printed
is a JSON object: seconds, and the model with its runtime. Seconds leave out the start of Python and its imports.
"""

import contextlib
import io
import json
import logging
import os
import sys
import time
from pathlib import Path

import numpy as np

from forward_loop import logits_of
from interleaved import in_python, measure, milliseconds
from real_cases import CASES, Loud, figure, in_batches, predict

CORES = len(os.sched_getaffinity(0))
# A model is as fast as ours if it takes at most this many times as long.
AS_FAST = 1.02


class Job:
    def __init__(self, path):
        self.__dict__.update(json.loads(Path(path).read_text()))
        self.case = Loud(Path(self.checkpoint)) if self.case == "loud" else CASES[self.case]()

    def read(self):
        references, inputs = self.case.samples("validation")
        self.references = [references[number] for number in self.search]
        self.inputs = [inputs[number] for number in self.search]
        _, self.training = self.case.samples("train")

    def figure_of(self, runtime, path):
        return figure(self.case.outcomes(predict(logits_of(runtime, path, CORES), self.inputs), self.references))


def of_each(outcomes):
    """A figure for each sample; a sample without entities, expected or found, is right."""
    return [2 * right / (predicted + expected) if predicted + expected else 1.0 for right, predicted, expected in outcomes]


def nncf_accuracy_control(job):
    """NNCF's quantize_with_accuracy_control with its defaults, on the samples of the search."""
    import nncf
    import openvino

    lines = io.StringIO()
    logger = logging.getLogger("nncf")
    logger.handlers = [logging.StreamHandler(lines)]
    logger.propagate = False
    start = time.perf_counter()
    job.read()
    figures = []

    def validate(compiled, items):
        items = list(items)
        outcomes = job.case.outcomes(predict(lambda batch: compiled(batch)[0].copy(), [one for one, _ in items]),
                                     [reference for _, reference in items])
        if len(items) == len(job.inputs):
            figures.append(figure(outcomes))
            if len(figures) == 2:  # known even if this process is ended
                print(json.dumps(dict(default_loss=figures[0] - figures[1])), file=sys.__stdout__, flush=True)
        return figure(outcomes), of_each(outcomes)

    alone = lambda inputs: {name: value[None] for name, value in inputs.items()}
    with contextlib.redirect_stdout(io.StringIO()):
        model = nncf.quantize_with_accuracy_control(
            openvino.Core().read_model(job.source), nncf.Dataset(job.training, alone),
            nncf.Dataset(list(zip(job.inputs, job.references)), lambda item: alone(item[0])), validate,
            max_drop=job.budget, drop_type=nncf.DropType.ABSOLUTE, model_type=nncf.ModelType.TRANSFORMER)
    openvino.save_model(model, job.out + ".xml", compress_to_fp16=False)
    reverted = [line for line in lines.getvalue().splitlines() if "were reverted back" in line]
    return dict(seconds=time.perf_counter() - start, runtime="openvino", path=job.out + ".xml", evaluations=len(figures),
                # The first figure is the float model's, the second one belongs to NNCF's default quantization.
                default_loss=figures[0] - figures[1], in_float=reverted[-1].split(" were")[0] if reverted else "0",
                note=f"{len(figures)} evaluations")


class Reader:
    def __init__(self, inputs):
        """Calibration samples. Samples of one length share a batch, because Percentile takes no ragged arrays."""
        self.left = iter([{name: np.stack([inputs[number][name] for number in numbers]) for name in inputs[0]}
                          for numbers in in_batches(inputs)])

    def get_next(self):
        return next(self.left, None)


def quantize_as(trial, job, target):
    """A model of the search space of ONNX Runtime's Python tools."""
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_dynamic, quantize_static

    types = dict(int8=QuantType.QInt8, uint8=QuantType.QUInt8)
    operators = trial.suggest_categorical("operators", ["MatMul", "MatMul,Gather", "MatMul,Add", "all"])
    common = dict(op_types_to_quantize=None if operators == "all" else operators.split(","),
                  per_channel=trial.suggest_categorical("per_channel", [False, True]),
                  reduce_range=trial.suggest_categorical("reduce_range", [False, True]))
    options = {"MatMulConstBOnly": trial.suggest_categorical("matmul_const_b_only", [True, False])}
    if trial.suggest_categorical("approach", ["dynamic", "static"]) == "dynamic":
        weight = types[trial.suggest_categorical("weight_type", ["int8", "uint8"])]
        return lambda: quantize_dynamic(job.source, target, weight_type=weight, extra_options=options, **common)
    options["ActivationSymmetric"] = trial.suggest_categorical("activation_symmetric", [False, True])
    activation = types[trial.suggest_categorical("activation_type", ["int8", "uint8"])]
    method = dict(minmax=CalibrationMethod.MinMax, percentile=CalibrationMethod.Percentile)[
        trial.suggest_categorical("method", ["minmax", "percentile"])]
    return lambda: quantize_static(job.source, target, Reader(job.training[:128]), quant_format=QuantFormat.QDQ,
                                   activation_type=activation, weight_type=QuantType.QInt8, calibrate_method=method,
                                   extra_options=options, **common)


def optuna_over_onnxruntime(job):
    """Optuna's default sampler. A trial that loses too much is not timed. The search ends with the first model that is within the
    budget and as fast as ours. The comparison runs both models in turn, and only the peer's half of it counts."""
    import optuna

    logging.disable(logging.WARNING)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    start, ours_took = time.perf_counter(), 0.0
    job.read()
    original = job.figure_of("onnxruntime", job.source)
    known, best = {}, None
    shape = {"shape": job.case.timed(1)}

    def latency_ratio(path):
        nonlocal ours_took
        begin = time.perf_counter()
        sides = lambda: dict(theirs=in_python("onnxruntime", path, CORES), ours=in_python(*job.ours[:2], CORES, job.ours[2]))
        times = measure(sides, shape, 1, 8, 0.1)
        ours_took += (time.perf_counter() - begin) / 2
        return milliseconds(times["shape", "theirs"]) / milliseconds(times["shape", "ours"])

    def objective(trial):
        nonlocal best
        target = f"{job.out}-{trial.number}.onnx"
        make = quantize_as(trial, job, target)
        key = json.dumps(trial.params, sort_keys=True)
        if key not in known:
            try:
                with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                    make()
                loss = original - job.figure_of("onnxruntime", target)
            except Exception as fault:  # combinations that the tools or the runtime refuse
                known[key] = dict(value=100.0, fault=str(fault)[:80])
            else:
                # Slower than any real model, and the slower the more it loses.
                known[key] = dict(value=10 + loss) if loss > job.budget else dict(value=latency_ratio(target))
                if loss <= job.budget and (best is None or known[key]["value"] < best[0]):
                    best = (known[key]["value"], target, trial.params)
        if best and best[0] <= AS_FAST:
            trial.study.stop()
        return known[key]["value"]

    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=0))
    study.optimize(objective, n_trials=job.trials)
    seconds = time.perf_counter() - start - ours_took
    faults = sum("fault" in one for one in known.values())
    note = f"{len(study.trials)} trials, {faults} failed" + ("" if best and best[0] <= AS_FAST else ", none as fast")
    return dict(seconds=seconds, runtime="onnxruntime", path=best[1] if best else None, note=note, in_float="",
                params=best[2] if best else None, reached=bool(best and best[0] <= AS_FAST))


def main():
    peer, path = sys.argv[1:]
    made = dict(nncf=nncf_accuracy_control, optuna=optuna_over_onnxruntime)[peer](Job(path))
    print(json.dumps(made, default=float))


if __name__ == "__main__":
    main()
