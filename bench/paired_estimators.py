"""Which estimator of a paired speedup, on the rounds that paired_timing.py recorded?

    bench/paired_timing.py coverage --starts 16 --seconds 3 [--loaded] --trace FILE
    bench/paired_estimators.py FILE ...

For each estimator, from 2,000 runs drawn from the trace, each 3 starts of consecutive rounds of all rows:
- spread: standard deviation of the estimate over the runs, against the interquartile mean's
- covered: share of the 95 % intervals that hold the estimator's own value of the whole trace
- width: median half interval, against 1.96 times the spread
- half: median half interval
- off: by how much its value of the whole trace exceeds the log ratio of the mean latencies over the turns, the mean over the
  rows, with the standard error of this difference by starts. Whose forwards begin at any time sees these mean latencies, on
  this machine with this load

The intervals are made as in measure/paired_ratio.cpp, for any centre: the jackknife over batches within starts, and the
variance between starts that the rows share.
"""

import argparse
import json
import math
from pathlib import Path

import numpy as np
from scipy import stats

DRAWS = 2000
USUAL_BETWEEN, USUAL_FREEDOM = 0.004, 4


def trimmed(share):
    def of(values):
        values = np.sort(values, axis=-1)
        count = values.shape[-1]
        whole = int(share * count)
        weights = np.ones(count - 2 * whole)
        weights[0] = weights[-1] = 1 - (share * count - whole)
        return (values[..., whole:count - whole] * weights).sum(-1) / weights.sum()
    return of


def median(values):
    return np.median(values, axis=-1)


def hodges_lehmann(values):
    one, other = np.triu_indices(values.shape[-1])
    return np.median((values[..., one] + values[..., other]) / 2, axis=-1)


def weighted(weight):
    """A location M-estimator, from the median, with the scale of the median absolute deviation."""
    def of(values):
        centre = np.median(values, axis=-1, keepdims=True)
        scale = 1.4826 * np.median(np.abs(values - centre), axis=-1, keepdims=True) + 1e-12
        for _ in range(15):
            weights = weight((values - centre) / scale)
            centre = (weights * values).sum(-1, keepdims=True) / weights.sum(-1, keepdims=True)
        return centre[..., 0]
    return of


ESTIMATORS = {
    "mean": lambda values: values.mean(-1),
    "without a tenth at either end": trimmed(0.1),
    "without a fifth": trimmed(0.2),
    "interquartile mean": trimmed(0.25),
    "without a third": trimmed(1 / 3),
    "median": median,
    "Hodges-Lehmann": hodges_lehmann,
    "Huber": weighted(lambda u: np.minimum(1, 1.345 / np.maximum(np.abs(u), 1e-9))),
    "bisquare": weighted(lambda u: np.clip(1 - (u / 4.685) ** 2, 0, None) ** 2),
}


def within(of, rounds):
    """Variance of the noise of each start, and its degrees of freedom."""
    count = rounds.shape[-1]
    batches = min(max(2 * math.isqrt(count), 4), 20, count)
    edges = [batch * count // batches for batch in range(batches + 1)]
    without = [of(np.concatenate([rounds[..., :low], rounds[..., high:]], -1)) for low, high in zip(edges, edges[1:])]
    return (batches - 1) * np.var(without, axis=0, ddof=1), batches - 1


def intervals(of, runs):
    """Estimates and half intervals of runs: row x run x start x round."""
    values = of(runs)
    rows, starts = values.shape[0], values.shape[-1]
    noise, freedom = within(of, runs)
    row_noise, row_freedom = noise.sum(-1) / starts ** 2, freedom * starts
    whole = values.var(-1, ddof=1)
    found = np.maximum(0, (whole - noise.mean(-1)).mean(0))
    shared = (starts - 1) * rows / (1 + (rows - 1) / 4)
    usual = USUAL_BETWEEN ** 2
    added = np.maximum(found, (shared * found + USUAL_FREEDOM * usual) / (shared + USUAL_FREEDOM)) / starts
    variance = row_noise + added
    term = np.where(found > usual, np.minimum(whole.mean(0) / starts, variance) ** 2 / shared,
                    added ** 2 / (shared + USUAL_FREEDOM))
    satterthwaite = variance ** 2 / (row_noise ** 2 / row_freedom + term)
    return values.mean(-1), stats.t.ppf(0.975, np.maximum(1, satterthwaite)) * np.sqrt(variance)


def drawn(trace, length, generator):
    starts, rounds = trace.shape[1:]
    chosen = np.array([generator.permutation(starts)[:3] for _ in range(DRAWS)])
    begin = generator.integers(0, rounds - length + 1, (DRAWS, 3))
    return trace[:, chosen[..., None], begin[..., None] + np.arange(length)]


def off(of, ratios, long_run):
    """Mean over the rows, and its standard error by starts."""
    by_start = np.mean([[of(np.array(start)) for start in row] for row in ratios], axis=0) - np.mean(long_run, axis=0)
    return by_start.mean(), by_start.std(ddof=1) / math.sqrt(len(by_start))


def show(path):
    recorded = json.loads(path.read_text())
    ratios, long_run = recorded["ratios"], recorded["long_run"]
    rounds = min(len(start) for row in ratios for start in row)
    trace = np.array([[start[:rounds] for start in row] for row in ratios])
    print(f"{path.name}: {len(ratios)} rows, {trace.shape[1]} starts of {rounds} rounds or more")
    for length in sorted({max(8, rounds // 4), rounds // 2}):
        print(f"  3 starts of {length} rounds")
        runs = drawn(trace, length, np.random.default_rng(1))
        ours = None
        lines = []
        for name, of in ESTIMATORS.items():
            values, half = intervals(of, runs)
            truth = np.array([np.mean([of(np.array(start)) for start in row]) for row in ratios])
            spread = values.std(1, ddof=1)
            covered = (np.abs(values - truth[:, None]) <= half).mean()
            if name == "interquartile mean":
                ours = spread.mean()
            shift, error = off(of, ratios, long_run)
            lines.append((name, spread.mean(), f"covered {covered:.1%}  width {np.median(half / (1.96 * spread)[:, None]):.2f}  "
                          f"half {np.median(half):.2%}  off {shift:+.2%} (standard error {error:.2%})"))
        for name, spread, line in lines:
            print(f"    {name:30s} spread {spread / ours:.2f}  {line}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("traces", nargs="+", type=Path)
    for path in parser.parse_args().traces:
        show(path)


if __name__ == "__main__":
    main()
