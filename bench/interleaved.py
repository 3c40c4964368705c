"""Latencies of several models, measured in turn, and their ratios with intervals.

Every model has a process of its own that waits while another one works. In a round each model runs for some time, in an order
that changes every round. A round gives one ratio for a pair of models. The processes start anew several times, because starts
differ. `quantbench run` computes its speedups and their 95 % intervals by the same code (build/tests/tools/paired_ratio_dump).
"""

import json
import math
import os
import random
import statistics
import subprocess
import sys
from pathlib import Path

FORWARD_LOOP = Path(__file__).with_name("forward_loop.py")


class Side:
    """A process that runs forwards of one model: forward_loop.py, or the helper runtime_dump with `request`."""

    def __init__(self, command, request=None, environment=None):
        self.process = subprocess.Popen([str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True, env=os.environ | (environment or {}))
        self.request = request or {}

    def __call__(self, repeat, **more):
        """Milliseconds of each forward."""
        self.process.stdin.write(json.dumps(self.request | dict(repeat=repeat) | more) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        answer = json.loads(line) if line else dict(error=f"the process of {self.process.args} ended")
        if "error" in answer:
            sys.exit(answer["error"])
        return answer["milliseconds"]

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def in_python(runtime, model, threads, precision="f32"):
    return Side([sys.executable, FORWARD_LOOP, runtime, model, threads, precision])


def in_quantbench(tool, runtime, model, task, threads, precision="f32"):
    request = dict(runtime=runtime, model=str(model), task=task, threads=threads, arguments=dict(inference_precision=precision))
    return Side([tool], request, dict(QUANTBENCH_PLUGINS=str(Path(tool).parents[2])))


def as_request(inputs):
    return [dict(name=name, shape=list(value.shape)) | {"ids" if value.dtype.kind == "i" else "values": value.ravel().tolist()}
            for name, value in inputs.items()]


def measure(open_sides, shapes, starts, rounds, seconds):
    """{(shape, side): [[median ms of a round, ..] of each start]}. `open_sides()` gives sides by name; `shapes`: inputs by name."""
    chooser = random.Random(0)
    times = {}
    for _ in range(starts):
        sides = open_sides()
        for shape, inputs in shapes.items():
            given, counts = as_request(inputs), {}
            for name, side in sides.items():
                side(1, inputs=given)
                counts[name] = max(2, round(seconds * 1000 / side(1)[0]))
                times.setdefault((shape, name), []).append([])
            for _ in range(rounds):
                for name in chooser.sample(list(sides), len(sides)):
                    times[shape, name][-1].append(statistics.median(sides[name](counts[name])))
        for side in sides.values():
            side.close()
    return times


def milliseconds(rounds_of_starts):
    return statistics.median(value for start in rounds_of_starts for value in start)


class Ratios:
    def __init__(self, tools):
        self.process = subprocess.Popen([str(Path(tools) / "paired_ratio_dump")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)

    def __call__(self, pairs):
        """mine / other of each pair, with its 95 % interval, from what `measure` gave for two sides of one shape. The pairs are
        estimated together, because starts of a process tell more of each other than of themselves alone."""
        rows = [[[math.log(a / b) for a, b in zip(*starts)] for starts in zip(mine, other)] for mine, other in pairs]
        self.process.stdin.write(json.dumps(dict(rows=rows, looks=0)) + "\n")
        self.process.stdin.flush()
        estimates = json.loads(self.process.stdout.readline())["estimates"]
        if None in estimates:
            sys.exit("too few rounds for an interval")
        return [tuple(math.exp(one["log_value"] + sign * one["half"]) for sign in (0, -1, 1)) for one in estimates]
