"""The bounds of a loss against independent programs (scipy), and how often they call a loss shown that is not there.

docs/measuring.md has the rates that bench/decision.py measures with more pairs.
"""

import math
import unittest

import numpy
from scipy.optimize import brentq
from scipy.stats import beta, binom, norm

import simulated_pairs
from simulated_pairs import Decisions, draw, loss, population_with_loss, share_shown, share_shown_exactly

COUNTS = [(n, lost, gained) for n in (20, 100, 436, 3000)
          for lost, gained in ((0, 0), (1, 0), (0, 1), (3, 0), (2, 2), (7, 3), (3, 7), (12, 8))]


def likely_gain_rate(samples, lost, gained, delta):
    """The most likely rate of gained samples where the loss is delta: the root of the likelihood's slope."""
    same = samples - lost - gained
    low, high = max(0.0, -delta), (1 - delta) / 2

    def slope(rate):
        return ((lost / (rate + delta) if lost else 0) + (gained / rate if gained else 0)
                - (2 * same / (1 - 2 * rate - delta) if same else 0))

    margin = 1e-15
    if slope(low + margin) <= 0:
        return low
    if slope(high - margin) >= 0:
        return high
    return brentq(slope, low + margin, high - margin, xtol=1e-16, rtol=1e-14)


def score(samples, lost, gained, delta):
    rate = likely_gain_rate(samples, lost, gained, delta)
    variance = samples * (2 * rate + delta - delta * delta)
    return (lost - gained - samples * delta) / math.sqrt(variance)


def tango(samples, lost, gained, confidence):
    z = norm.ppf(confidence)
    start = (lost - gained) / samples + 1e-9
    return brentq(lambda delta: score(samples, lost, gained, delta) + z, start, 1 - 1e-9, xtol=1e-14)


def exact_probability(samples, lost, gained, delta):
    """Of a score as low as the observed one: the largest over the likely rates of gained samples, and 0.001."""
    observed = score(samples, lost, gained, delta)
    low = beta.ppf(0.0005, gained, samples - gained + 1) if gained else 0.0
    high = beta.ppf(0.9995, gained + 1, samples - gained) if gained < samples else 1.0
    low, high = max(low, -delta, 0.0), min(high, (1 - delta) / 2)
    gains = numpy.arange(0, min(samples, int(binom.ppf(1 - 1e-12, samples, high)) + 1) + 1)
    most = []
    at = -1
    for gain in gains:
        while at + 1 + gain <= samples and score(samples, at + 1, int(gain), delta) <= observed + 1e-7:
            at += 1
        most.append(min(at, samples - gain))
    return 0.001 + max(
        float(binom.pmf(gains, samples, rate) @ binom.cdf(most, samples - gains, (rate + delta) / (1 - rate)))
        for rate in numpy.linspace(low, high, 120))


class Bounds(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.decisions = Decisions()

    @classmethod
    def tearDownClass(cls):
        cls.decisions.close()

    def test_score_bound_is_that_of_tango(self):
        for confidence in (0.9, 0.95, 0.975, 0.99):
            for samples, lost, gained in COUNTS:
                if lost + gained > samples:
                    continue
                ours = self.decisions.bounds(samples, lost, gained, confidence)["score"]
                self.assertAlmostEqual(ours, tango(samples, lost, gained, confidence), delta=1e-9,
                                       msg=(samples, lost, gained, confidence))

    def test_exact_bound_excludes_what_lies_beyond_it_and_no_less(self):
        for samples, lost, gained in COUNTS:
            if lost + gained > samples or samples > 1000:
                continue
            bound = self.decisions.bounds(samples, lost, gained)["exact"]
            beyond = exact_probability(samples, lost, gained, bound + 1e-7)
            self.assertLessEqual(beyond, 0.05 + 2e-4, (samples, lost, gained, bound))
            within = exact_probability(samples, lost, gained, bound - 0.01 / samples)
            self.assertGreater(within, 0.05 - 2e-4, (samples, lost, gained, bound))

    def test_bootstrap_of_lost_samples_is_the_bound_of_clopper_and_pearson(self):
        # One sample is neither right nor wrong. Therefore the bootstrap is taken.
        for samples, lost in ((400, 0), (400, 1), (400, 3), (1000, 25)):
            parts = numpy.array([[1, 1, 0, 1]] * lost + [[1, 1, 1, 1]] * (samples - lost) + [[1e-9, 1, 1e-9, 1]])
            upper = self.decisions.decide(parts, 0.01)["upper"]
            self.assertAlmostEqual(upper / beta.ppf(0.95, lost + 1, samples - lost), 1, delta=0.05, msg=(samples, lost))

    def test_bootstrap_agrees_with_numpy_where_many_samples_changed(self):
        rng = numpy.random.default_rng(3)
        for name in simulated_pairs.POPULATIONS:
            population, _ = population_with_loss(name, 0.03, 5)
            parts = draw(population, 6000, rng)
            ours = self.decisions.decide(parts, 0.01)
            found = loss(parts)
            self.assertAlmostEqual(ours["loss"], found, delta=1e-9)
            weights = rng.multinomial(6000, numpy.full(6000, 1 / 6000), 3000).astype(float)
            sums = weights @ parts
            losses = sums[:, 0] / sums[:, 1] - sums[:, 2] / sums[:, 3]
            theirs = float(numpy.quantile(losses, 0.95))
            print(f"{name:22} loss {found:.4f} bound {ours['upper']:.4f} bootstrap of numpy {theirs:.4f}")
            # The added sample makes it a little wider.
            self.assertGreater((ours["upper"] - found) / (theirs - found), 0.96, name)
            self.assertLess((ours["upper"] - found) / (theirs - found), 1.3, name)
            self.assertAlmostEqual(ours["spread"] / float(losses.std()), 1, delta=0.05, msg=name)


class Calibration(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.decisions = Decisions()

    @classmethod
    def tearDownClass(cls):
        cls.decisions.close()

    def test_right_and_wrong_samples_show_the_budget_in_at_most_5_per_cent(self):
        """Exactly, over all results of an evaluation; the true loss is the budget."""
        for samples, budget in ((200, 0.02), (436, 0.01), (436, 0.02), (1000, 0.01)):
            for gain_rate in (0, 0.003, 0.01, 0.04):
                rate = share_shown_exactly(self.decisions, samples, budget, budget, gain_rate)
                print(f"{samples} samples, budget {budget}, gained {gain_rate}: {rate:.4f}")
                self.assertLessEqual(rate, 0.05, (samples, budget, gain_rate))

    def test_right_and_wrong_samples_show_small_losses(self):
        self.assertGreater(share_shown_exactly(self.decisions, 436, 0.01, 0, 0), 0.99)
        self.assertGreater(share_shown_exactly(self.decisions, 1000, 0.01, 0, 0.003), 0.9)
        self.assertGreater(share_shown_exactly(self.decisions, 2000, 0.02, 0.002, 0.01), 0.95)

    def test_simulated_pairs_of_right_and_wrong_samples(self):
        rng = numpy.random.default_rng(19)
        for samples, loss_rate, gain_rate in ((200, 0.03, 0.01), (436, 0.012, 0.002), (436, 0.05, 0.04), (2000, 0.03, 0.02)):
            budget = (loss_rate - gain_rate) / 1.1
            shown = 0
            for lost, gained, _ in rng.multinomial(samples, [loss_rate, gain_rate, 1 - loss_rate - gain_rate], 200):
                parts = numpy.repeat([[1, 1, 0, 1], [0, 1, 1, 1], [1, 1, 1, 1]], [lost, gained, samples - lost - gained], 0)
                shown += self.decisions.decide(parts, budget)["outcome"] == "shown"
            print(f"{samples} samples, lost {loss_rate}, gained {gain_rate}: {shown} of 200 shown")
            self.assertLessEqual(shown, 10, (samples, loss_rate, gain_rate))

    def test_simulated_pairs_of_other_figures(self):
        for number, name in enumerate(simulated_pairs.POPULATIONS):
            for samples, wanted in ((200, 0.02), (436, 0.01), (1600, 0.01)):
                population, true_loss = population_with_loss(name, wanted, 11 + number)
                rate = share_shown(self.decisions, population, true_loss / 1.1, samples, 200, 100 + number)
                print(f"{name:22} {samples} samples, loss {true_loss:.4f}: {200 * rate:.0f} of 200 shown")
                self.assertLessEqual(rate, 0.05, (name, samples))

    def test_other_figures_show_small_losses(self):
        population, true_loss = population_with_loss("chunks, both ways", 0.002, 3)
        self.assertLess(true_loss, 0.003)
        self.assertGreater(share_shown(self.decisions, population, 0.01, 1600, 60, 5), 0.9)


if __name__ == "__main__":
    unittest.main()
