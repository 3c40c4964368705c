"""How well a speedup repeats, and whether its interval tells the truth: timing in turns against timing each row alone
(`protocol: reference`), quiet and beside a process that loads one core on and off.

    .venv/bin/python bench/paired_timing.py repeat [--runs 30] [--seconds 2] [--loaded]
    .venv/bin/python bench/paired_timing.py coverage [--starts 20] [--seconds 4] [--loaded] [--trace FILE]

    .venv/bin/python bench/paired_timing.py cost [--width 0.03]

repeat: the speedup of int8 (dynamic, MatMul) over float32, 1 x 128, measured --runs times in either way, in turn. Both ways get
the same time: first one run in turns, then the others get the wall time that it took. Prints the coefficient of variation of
both and the interval of their ratio (bootstrap). On a machine that is not quiet (other load above a fifth of a core) the quiet
figure is printed and not judged.

coverage: records rounds of a group of rows over many starts of the processes. Then draws 2,000 runs of 3 starts and some rounds
of each, and counts how often the interval holds the value over all starts, how wide it is against the interval that one would
give who knew the spread of these estimates, and how other estimators spread on the same draws. The value over all starts is
the estimator's own; how far it is from the ratio of the latencies that a user sees in the long run is printed too: the mean over
the turns, because a forward begins at any time. (The mean over all forwards would not do: a turn has a length in time, so that a
slow one has fewer forwards; but never fewer than two, so that a slow model's turns count more than a fast one's.) Other estimators
with their intervals: bench/paired_estimators.py, on the trace.

cost: the rows of card 004's spec that ONNX Runtime runs, on a small ViT. All rows are timed --runs times in either way, --seconds a
row. Prints the seconds of forwards that a 95 % interval of --width would need, by the square-root law from the spread that the
speedups really have over these runs. Intervals that a way gives itself are not compared: alone, a row is started once, and its
interval knows nothing of what starts and minutes differ by.
"""

import argparse
import json
import math
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
REAL = Path(os.environ.get("QUANTBENCH_REAL_ASSETS") or ROOT.parent / "shared" / "real")
LOAD = """
import random, time
while True:
    end = time.perf_counter() + random.expovariate(1)
    while time.perf_counter() < end:
        pass
    time.sleep(random.expovariate(1))
"""


class Load:
    """A process that loads one core on and off, a second each at the mean."""

    def __init__(self, wanted):
        self.wanted = wanted

    def __enter__(self):
        self.process = subprocess.Popen([sys.executable, "-c", LOAD]) if self.wanted else None

    def __exit__(self, *_):
        if self.process:
            self.process.kill()
            self.process.wait()


class Runner:
    def __init__(self, arguments, scratch):
        self.arguments, self.scratch = arguments, scratch
        (scratch / "data").mkdir()
        (scratch / "data" / "validation.tsv").write_text("sentence\tlabel\nfine\t1\n")

    def rows(self, args, protocol="default", more=None):
        """Timings of a fresh run: the rows of results.json."""
        spec = dict(
            task="text-classification", name_or_path=str(self.arguments.checkpoint),
            dataset=dict(path="data", eval_split="validation", data_keys=dict(primary="sentence"), ref_keys=["label"]),
            framework="onnxruntime", apply_quantization=[False, True], operators_to_quantize=["MatMul"],
            framework_args=dict(opset=13, optimization_level=99, intra_op_num_threads=self.arguments.threads),
            batch_sizes=[1], input_lengths=[128], protocol=protocol, time_benchmark_args=args)
        spec.update(more or {})
        (self.scratch / "spec.yaml").write_text(json.dumps(spec))
        out = self.scratch / "out"
        done = subprocess.run(
            [str(part) for part in (self.arguments.program, "run", self.scratch / "spec.yaml", "--fresh", "--out", out,
                                    "--overwrite", "--store", self.scratch / "store.sqlite", "--cache", self.scratch / "cache")],
            capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(done.stderr)
        return json.loads((out / "results.json").read_text())["rows"]


def means(rows):
    """Speedup of the quantized row by the means of the latencies."""
    latency = {row["parameters"]["apply_quantization"]: row["timings"][0]["latency_mean"] for row in rows}
    return latency[False] / latency[True]


def variation(values):
    return statistics.stdev(values) / statistics.mean(values)


def bootstrap(ours, theirs, draws=4000):
    generator = np.random.default_rng(0)
    def drawn(values):
        sample = np.array(values)[generator.integers(0, len(values), (draws, len(values)))]
        return sample.std(axis=1, ddof=1) / sample.mean(axis=1)
    return np.quantile(drawn(ours) / drawn(theirs), [0.025, 0.975])


def other_load():
    """Cores that are busy now."""
    def read():
        fields = [int(x) for x in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
        return sum(fields) - fields[3] - fields[4]
    before = read()
    time.sleep(2)
    return (read() - before) / os.sysconf("SC_CLK_TCK") / 2


def repeat(arguments, runner):
    load = other_load()
    ours, theirs = [], []
    # A target that is never reached: every run takes all of its duration.
    turns = dict(duration=arguments.seconds, warmup_runs=10, target=1e-4, starts=3)
    with Load(arguments.loaded):
        begin = time.perf_counter()
        runner.rows(turns)
        took = time.perf_counter() - begin
        begin = time.perf_counter()
        runner.rows(dict(duration=arguments.seconds, warmup_runs=10), "reference")
        alone = time.perf_counter() - begin
        longer = arguments.seconds + max(0.0, (took - alone) / 2)
        for _ in range(arguments.runs):
            row = next(row for row in runner.rows(turns) if row["parameters"]["apply_quantization"])
            ours.append(row["timings"][0]["speedup"]["value"])
            theirs.append(means(runner.rows(dict(duration=longer, warmup_runs=10), "reference")))
    low, high = bootstrap(ours, theirs)
    print(f"{arguments.runs} runs of {arguments.seconds:g} s a row in turns, {longer:.1f} s alone; "
          f"{'loaded' if arguments.loaded else 'quiet'}, other load before {load:.2f} cores")
    print(f"speedup in turns {statistics.mean(ours):.3f}, coefficient of variation {variation(ours):.2%}")
    print(f"speedup alone    {statistics.mean(theirs):.3f}, coefficient of variation {variation(theirs):.2%}")
    print(f"ratio {variation(ours) / variation(theirs):.2f} (95 % interval {low:.2f} to {high:.2f})")
    if arguments.loaded:
        print("goal: at most 0.5 by the upper end:", "reached" if high <= 0.5 else "not reached")
    elif load > 0.2:
        print("not judged: other load exceeds a fifth of a core")
    else:
        print("goal: at most 1 % in turns:", "reached" if variation(ours) <= 0.01 else "not reached")


def turns_of(timing):
    """start -> mean latency of each turn."""
    starts = timing.get("starts") or [timing["nb_forwards"]]
    latencies, out, at, turn = timing["latencies"], [], 0, 0
    for forwards in starts:
        end, means_of_start = at + forwards, []
        while at < end:
            count = timing["turns"][turn]
            means_of_start.append(statistics.fmean(latencies[at:at + count]))
            at, turn = at + count, turn + 1
        out.append(means_of_start)
    return out


class Estimator:
    """The program's own."""

    def __init__(self, tools):
        self.process = subprocess.Popen([str(tools / "paired_ratio_dump")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, rows):
        self.process.stdin.write(json.dumps(dict(rows=rows, looks=0)) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())["estimates"]


def recorded(arguments, runner):
    """From the trace file, if it is there already: log ratios of the turns (row -> start -> round), and of the means over
    the turns (row -> start)."""
    if arguments.trace and arguments.trace.exists():
        return json.loads(arguments.trace.read_text())
    with Load(arguments.loaded):
        rows = runner.rows(
            dict(duration=arguments.seconds * arguments.starts, warmup_runs=10, target=1e-4, starts=arguments.starts),
            more=dict(operators_to_quantize=[["MatMul"], ["Gather"], ["MatMul", "Gather"]], per_channel=[False, True]))
    original = next(row for row in rows if not row["parameters"]["apply_quantization"])["timings"][0]
    quantized = [row["timings"][0] for row in rows if row["timings"][0].get("speedup")]
    # Rows with the same model are timed once.
    quantized = list({tuple(timing["latencies"][:50]): timing for timing in quantized}.values())
    out = dict(ratios=[], long_run=[])
    for timing in quantized:
        pairs = list(zip(turns_of(original), turns_of(timing)))
        out["ratios"].append([[math.log(a / b) for a, b in zip(*pair)] for pair in pairs])
        out["long_run"].append([math.log(statistics.fmean(one) / statistics.fmean(other)) for one, other in pairs])
    if arguments.trace:
        arguments.trace.write_text(json.dumps(out))
    return out


def coverage(arguments, runner):
    trace = recorded(arguments, runner)
    ratios = trace["ratios"]
    arguments.starts = len(ratios[0])
    estimate = Estimator(arguments.tools)
    truth = [made["log_value"] for made in estimate(ratios)]
    rounds = min(len(start) for row in ratios for start in row)
    chooser = random.Random(1)
    print(f"{len(ratios)} rows, {arguments.starts} starts of {rounds} rounds or more; {'loaded' if arguments.loaded else 'quiet'}")
    off = [value - statistics.mean(row) for value, row in zip(truth, trace["long_run"])]
    print(f"value of all starts less the log ratio of the long run: {', '.join(f'{one:+.2%}' for one in off)}")
    others = {"mean of log ratios": np.mean, "median of log ratios": np.median}
    for length in sorted({max(8, rounds // 4), rounds // 2}):
        held, widths, found = 0, [], [[] for _ in ratios]
        spread = {name: [[] for _ in ratios] for name in others}
        for _ in range(2000):
            starts = chooser.sample(range(arguments.starts), 3)
            begin = [chooser.randrange(rounds - length + 1) for _ in starts]
            drawn = [[row[s][b:b + length] for s, b in zip(starts, begin)] for row in ratios]
            for i, made in enumerate(estimate(drawn)):
                held += abs(made["log_value"] - truth[i]) <= made["half"]
                widths.append((i, made["half"]))
                found[i].append(made["log_value"])
                flat = np.concatenate([np.array(start) for start in drawn[i]])
                for name, of in others.items():
                    spread[name][i].append(float(of(flat)))
        ideal = [1.96 * statistics.stdev(values) for values in found]
        width = statistics.median(half / ideal[i] for i, half in widths)
        print(f"3 starts of {length} rounds: intervals hold the value of all starts in {held / len(widths):.1%}, "
              f"median width {width:.2f} of the ideal's ({statistics.median(ideal):.2%} either way)")
        ours = statistics.mean(statistics.stdev(values) for values in found)
        for name in others:
            print(f"  spread of the {name}: {statistics.mean(statistics.stdev(v) for v in spread[name]) / ours:.2f} of ours")


def cost_spec(arguments):
    return dict(
        task="image-classification", name_or_path=str(REAL / "digits-vit"), input_lengths=[224],
        dataset=dict(path=str(REAL / "data" / "digits"), eval_split="validation", calibration_split="train",
                     data_keys=dict(primary="image"), ref_keys=["label"]),
        quantization_approach=["dynamic", "static"], operators_to_quantize=[["Add", "MatMul"], ["Add"]],
        per_channel=[False, True], reduce_range=[True, False], apply_quantization=[True, False], max_eval_samples=8,
        calibration=dict(method="percentile", num_calibration_samples=128, calibration_histogram_percentile=99.999),
        framework_args=dict(opset=13, intra_op_num_threads=arguments.threads))


def log_speedups(rows):
    """Of the rows with something quantized, in order: paired where they were timed in turns; and the model of each."""
    original = next(row for row in rows if not row["parameters"]["apply_quantization"])
    quantized = [row for row in rows if row["model_hash"] != original["model_hash"]]

    def speedup(timing):
        paired = timing.get("speedup")
        return paired["value"] if paired else original["timings"][0]["latency_mean"] / timing["latency_mean"]
    return [math.log(speedup(row["timings"][0])) for row in quantized], [row["model_hash"] for row in quantized]


def seconds_needed(runs, seconds, half):
    """Of timing for each row, so that 95 % of its values lie within `half` of their mean, by the square-root law."""
    return [seconds * (1.96 * statistics.stdev(values) / half) ** 2 for values in zip(*runs)]


def cost(arguments, runner):
    spec = cost_spec(arguments)
    half = math.log1p(arguments.width) / 2
    ours, theirs = [], []
    for _ in range(arguments.runs):
        rows = runner.rows(dict(duration=arguments.seconds, warmup_runs=10, target=1e-4), more=spec)
        values, models = log_speedups(rows)
        ours.append(values)
        theirs.append(log_speedups(runner.rows(dict(duration=arguments.seconds, warmup_runs=10), "reference", spec))[0])
    in_turns = seconds_needed(ours, arguments.seconds, half)
    # Equal models are timed once.
    distinct = {}
    for model, need in zip(models, in_turns):
        distinct[model] = max(need, distinct.get(model, 0))
    # The rows share their original, which has a turn in every round.
    turns = sum(distinct.values()) + max(distinct.values())
    # As the cards were timed: every row with an original of its own.
    alone = sum(2 * need for need in seconds_needed(theirs, arguments.seconds, half))
    spread = lambda runs: statistics.median(statistics.stdev(values) for values in zip(*runs))
    print(f"{len(models)} quantized rows, {len(distinct)} different models; {arguments.runs} runs of {arguments.seconds:g} s a row; other "
          f"load {other_load():.2f} cores")
    print(f"median spread of a row's speedup: {spread(ours):.2%} in turns, {spread(theirs):.2%} alone")
    print(f"for intervals of {arguments.width:.0%} that hold: {turns:.0f} s of forwards in turns, {alone:.0f} s alone")
    print(f"ratio {turns / alone:.2f}; goal: at most 0.5:", "reached" if turns <= alone / 2 else "not reached")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["repeat", "coverage", "cost"])
    parser.add_argument("--program", type=Path, default=ROOT / "build" / "quantbench")
    parser.add_argument("--tools", type=Path, default=ROOT / "build" / "tests" / "tools")
    parser.add_argument("--checkpoint", type=Path, default=REAL / "sst2-minilm")
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--starts", type=int, default=20)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--loaded", action="store_true")
    parser.add_argument("--trace", type=Path, help="coverage: where the recorded rounds are written, or read if the file is there")
    parser.add_argument("--width", type=float, default=0.03, help="cost: of the intervals, as a share of the speedup")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        runner = Runner(arguments, Path(directory))
        dict(repeat=repeat, coverage=coverage, cost=cost)[arguments.what](arguments, runner)


if __name__ == "__main__":
    main()
