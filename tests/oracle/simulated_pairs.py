"""Pairs of models whose loss is known: populations of samples with the parts that both models add to a figure.

A population is an array with a row for each sample: the original's numerator and denominator, and the candidate's.
The loss over the population is the true one. Samples drawn from it (with replacement) are an evaluation.
"""

import json
import os
import subprocess
from pathlib import Path

import numpy

SAMPLES = 60_000


class Decisions:
    """Bounds and decisions of quantbench."""

    def __init__(self, tools=None):
        tool = Path(tools or os.environ["QUANTBENCH_TOOLS"]) / "decision_dump"
        self.process = subprocess.Popen([str(tool)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.known = {}

    def ask(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def bounds(self, samples, lost, gained, confidence=0.95):
        """{"score", "exact"} of samples that are right or wrong."""
        key = (samples, lost, gained, confidence)
        if key not in self.known:
            self.known[key] = self.ask(samples=int(samples), lost=int(lost), gained=int(gained), confidence=confidence)
        return self.known[key]

    def decide(self, parts, budget, **request):
        rows, counts = numpy.unique(parts, axis=0, return_counts=True)
        groups = [[int(count), *map(float, row)] for row, count in zip(rows, counts)]
        return self.ask(groups=groups, budget=float(budget), **request)

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


def loss(parts):
    sums = parts.sum(0)
    return float(sums[0] / sums[1] - sums[2] / sums[3])


def draw(population, samples, rng):
    return population[rng.integers(len(population), size=samples)]


def chunk_parts(size, before, after):
    """F1 of chunks: {2 tp, 2 tp + fp + fn}. before and after: (tp, fp)."""
    (tp, fp), (new_tp, new_fp) = before, after
    return numpy.stack([2 * tp, size + tp + fp, 2 * new_tp, size + new_tp + new_fp], 1).astype(float)


def chunks(changed, rng, kind):
    """Sentences with 0 to some 15 chunks, as in CoNLL-2003."""
    size = rng.negative_binomial(1.5, 0.45, SAMPLES)
    tp = rng.binomial(size, 0.92)
    fp = rng.poisson(0.06 * (size + 0.3))
    new_tp, new_fp = tp.copy(), fp.copy()
    hit = rng.random(SAMPLES) < changed
    if kind == "both ways":
        lost, gained = rng.binomial(tp, 0.35), rng.binomial(size - tp, 0.5)
        new_tp = numpy.where(hit, tp - lost + gained, tp)
        new_fp = numpy.where(hit, rng.binomial(fp, 0.6) + rng.binomial(lost, 0.5), fp)
    elif kind == "lost":
        new_tp, new_fp = numpy.where(hit, 0, tp), numpy.where(hit, 0, fp)
    else:  # long sentences, wholly wrong
        hit &= size >= 6
        new_tp, new_fp = numpy.where(hit, 0, tp), numpy.where(hit, tp + fp, fp)
    return chunk_parts(size, (tp, fp), (new_tp, new_fp))


def rare_class(changed, rng, kind):
    """F1 of a class that one sample in eight has."""
    one = rng.random(SAMPLES) < 0.125
    before = numpy.where(rng.random(SAMPLES) < 0.95, one, ~one)
    hit = rng.random(SAMPLES) < changed
    after = before & ~(hit & one) if kind == "lost" else before ^ hit

    def parts(predicted):
        return [2 * (predicted & one), 2 * (predicted & one) + (predicted ^ one)]

    return numpy.stack(parts(before) + parts(after), 1).astype(float)


def words(changed, rng, kind):
    """F1 of the words of answers, the mean of values between 0 and 1."""
    def value(share_right):
        place = rng.random(SAMPLES)
        partly = numpy.where(place < share_right + 0.2, rng.integers(1, 20, SAMPLES) / 20, 0)
        return numpy.where(place < share_right, 1, partly)

    before = value(0.6)
    worse = numpy.round(before * rng.integers(0, 10, SAMPLES) / 10, 2)
    better = numpy.maximum(before, value(0.5))
    hit = rng.random(SAMPLES)
    after = numpy.where(hit < changed, worse, before)
    if kind == "both ways":
        after = numpy.where((hit >= changed) & (hit < 1.5 * changed), better, after)
    ones = numpy.ones(SAMPLES)
    return numpy.stack([before, ones, after, ones], 1)


# Name -> population(changed share, rng).
POPULATIONS = {
    f"{name}, {kind}": (lambda make, kind: lambda changed, rng: make(changed, rng, kind))(make, kind)
    for name, make, kinds in (("chunks", chunks, ("lost", "both ways", "long ones")),
                              ("rare class", rare_class, ("lost", "both ways")),
                              ("words", words, ("lost", "both ways")))
    for kind in kinds
}


def population_with_loss(name, wanted, seed):
    """A population whose loss is near `wanted`. Returns it with its true loss."""
    low, high = 0.0, 1.0
    for _ in range(12):
        share = (low + high) / 2
        parts = POPULATIONS[name](share, numpy.random.default_rng(seed))
        if loss(parts) < wanted:
            low = share
        else:
            high = share
    return parts, loss(parts)


def share_shown_exactly(decisions, samples, budget, true_loss, gain_rate, which="exact"):
    """The probability that right and wrong samples show a loss within the budget, over all that can happen."""
    from scipy.stats import binom

    loss_rate = gain_rate + true_loss
    total = 0.0
    most = -1
    for gained in range(samples + 1):
        share = binom.pmf(gained, samples, gain_rate)
        if share < 1e-9:
            if gained > samples * gain_rate:
                break
            most = -1
            continue
        if most < 0:  # the first: by bisection
            low, high = -1, samples - gained
            while low < high:
                middle = (low + high + 1) // 2
                if decisions.bounds(samples, middle, gained)[which] <= budget:
                    low = middle
                else:
                    high = middle - 1
            most = low
        while most < samples - gained and decisions.bounds(samples, most + 1, gained)[which] <= budget:
            most += 1
        total += share * binom.cdf(most, samples - gained, loss_rate / (1 - gain_rate))
    return total


def share_shown(decisions, population, budget, samples, pairs, seed):
    """The share of simulated pairs whose loss is called shown."""
    rng = numpy.random.default_rng(seed)
    shown = sum(decisions.decide(draw(population, samples, rng), budget)["outcome"] == "shown" for _ in range(pairs))
    return shown / pairs
