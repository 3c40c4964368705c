"""Intervals of the change of a figure against a paired bootstrap: the samples are drawn anew, with both models' results.

The bootstrap computes every figure anew from its definition: confusion matrices, the chunks of the package seqeval,
common words of answers that are already normalized.
"""

import json
import os
import subprocess
import unittest
from collections import Counter
from pathlib import Path

import numpy
from seqeval.metrics.sequence_labeling import get_entities

DUMP = Path(os.environ["QUANTBENCH_TOOLS"]) / "change_dump"
RESAMPLES = 4000
PIECE = 250  # resamples at a time


def ours(**request):
    out = subprocess.run([DUMP], input=json.dumps(request) + "\n", capture_output=True, text=True, check=True)
    return json.loads(out.stdout)


def half_widths(samples, change):
    """Half of the 95 % percentile interval of each of change(weights) -> {name: value a resample}."""
    rng = numpy.random.default_rng(7)
    found = {}
    for _ in range(RESAMPLES // PIECE):
        weights = rng.multinomial(samples, numpy.full(samples, 1 / samples), PIECE).astype(float)
        for name, values in change(weights).items():
            found.setdefault(name, []).append(values)
    return {name: float(numpy.diff(numpy.quantile(numpy.concatenate(values), [0.025, 0.975]))[0] / 2)
            for name, values in found.items()}


def ratio(a, b):
    return numpy.divide(a, b, out=numpy.zeros_like(a), where=b != 0)


def scores(found, predicted, expected):
    return {"precision": ratio(found, predicted), "recall": ratio(found, expected),
            "f1": ratio(2 * found, predicted + expected)}


def word_f1(a, b):
    a, b = a.split(), b.split()
    return 2 * sum((Counter(a) & Counter(b)).values()) / (len(a) + len(b)) if a or b else 1.0


class PairedChange(unittest.TestCase):
    def agree(self, found, theirs, delta=0.10):
        """Both half-widths of each figure. The bootstrap's own is known within about 2 %."""
        self.assertEqual(set(found), set(theirs))
        for name, half in theirs.items():
            self.assertTrue(found[name]["paired"], name)
            low, high = found[name]["interval"]
            print(f"{name:20} {(high - low) / 2:.5f} bootstrap {half:.5f} ratio {(high - low) / 2 / half:.3f}")
            self.assertGreater(half, 0, name)
            self.assertAlmostEqual((high - low) / 2 / half, 1, delta=delta, msg=name)
            change = found[name]["after"] - found[name]["before"]
            self.assertAlmostEqual((low + high) / 2, change, delta=0.05 * half, msg=name)

    def classes(self, classes, samples, shares, seed):
        """References, and predictions of two models, of which the second changed about one in twelve."""
        rng = numpy.random.default_rng(seed)
        references = rng.choice(classes, samples, p=shares)
        before = numpy.where(rng.random(samples) < 0.85, references, rng.choice(classes, samples, p=shares))
        after = numpy.where(rng.random(samples) < 0.12, rng.integers(0, classes, samples), before)
        return references, before, after

    def compare_classification(self, names, classes, samples, shares, seed):
        references, before, after = self.classes(classes, samples, shares, seed)
        one_hot = numpy.eye(classes)

        def figures(weights, predictions):
            # Per resample and class.
            found = weights @ (one_hot[references] * one_hot[predictions])
            predicted, expected = weights @ one_hot[predictions], weights @ one_hot[references]
            out = {"accuracy": found.sum(1) / samples}
            for score, values in scores(found, predicted, expected).items():
                out[f"{score}_macro"] = values.mean(1)
                out[f"{score}_weighted"] = (values * expected).sum(1) / samples
                out[score] = values[:, 1]
            for score, values in scores(found.sum(1), predicted.sum(1), expected.sum(1)).items():
                out[f"{score}_micro"] = values
            return out

        def change(weights):
            first, second = figures(weights, before), figures(weights, after)
            return {name: second[name] - first[name] for name in names}

        theirs = half_widths(samples, change)
        for name in names:
            found = ours(metric=name, task="text-classification", references=references.tolist(),
                         before=before.tolist(), after=after.tolist(), labels=[f"c{i}" for i in range(classes)])
            self.agree(found, {name: theirs[name]})

    def test_of_binary_scores(self):
        names = ["accuracy", "precision", "recall", "f1"]
        self.compare_classification(names, 2, 2000, [0.5, 0.5], 1)
        self.compare_classification(names, 2, 3000, [0.9, 0.1], 2)

    def test_of_averages(self):
        names = [f"{score}_{average}" for score in ("precision", "recall", "f1")
                 for average in ("macro", "micro", "weighted")]
        self.compare_classification(names, 4, 3000, [0.4, 0.3, 0.2, 0.1], 3)
        self.compare_classification(names, 2, 2000, [0.7, 0.3], 4)

    def test_of_the_matthews_correlation(self):
        for classes, samples, shares in ((2, 2000, [0.7, 0.3]), (4, 3000, [0.4, 0.3, 0.2, 0.1])):
            references, before, after = self.classes(classes, samples, shares, 9)
            one_hot = numpy.eye(classes)

            def figure(weights, predictions):
                confusion = numpy.einsum("ri,ij,ik->rjk", weights, one_hot[references], one_hot[predictions])
                true, predicted = confusion.sum(2), confusion.sum(1)
                right = numpy.trace(confusion, axis1=1, axis2=2)
                return ((right * samples - (true * predicted).sum(1)) /
                        numpy.sqrt((samples**2 - (true**2).sum(1)) * (samples**2 - (predicted**2).sum(1))))

            theirs = half_widths(samples, lambda weights: {
                "matthews_correlation": figure(weights, after) - figure(weights, before)})
            found = ours(metric="matthews_correlation", task="text-classification", references=references.tolist(),
                         before=before.tolist(), after=after.tolist(), labels=[f"c{i}" for i in range(classes)])
            self.agree(found, theirs)

    def test_of_regression(self):
        rng = numpy.random.default_rng(10)
        samples = 1500
        references = numpy.round(rng.random(samples) * 5, 1)  # as in STS-B, with ties
        before = references + rng.normal(0, 0.8, samples)
        after = before + rng.normal(0, 0.25, samples) + 0.05 * (before > 4)

        def pearson(weights, x, y):
            mean = lambda values: (weights * values).sum(1, keepdims=True) / samples
            dx, dy = x - mean(x), y - mean(y)
            return (mean(dx * dy) / numpy.sqrt(mean(dx * dx) * mean(dy * dy)))[:, 0]

        def ranks(weights, values):
            """Mid-ranks of each resample."""
            unique, place = numpy.unique(values, return_inverse=True)
            counts = numpy.stack([numpy.bincount(place, row, len(unique)) for row in weights])
            return (numpy.cumsum(counts, 1) - counts / 2)[:, place]

        def change(weights):
            return {"pearsonr": pearson(weights, after, references) - pearson(weights, before, references),
                    "spearmanr": pearson(weights, ranks(weights, after), ranks(weights, references)) -
                                 pearson(weights, ranks(weights, before), ranks(weights, references)),
                    "mse": weights @ ((after - references)**2 - (before - references)**2) / samples}

        for name, half in half_widths(samples, change).items():
            found = ours(metric=name, task="text-classification", references=references.tolist(),
                         before=before.tolist(), after=after.tolist())
            self.agree(found, {name: half})

    def test_of_seqeval(self):
        rng = numpy.random.default_rng(5)
        kinds = ["PER", "LOC", "ORG"]

        def sentence():
            tags = ["O"] * int(rng.integers(1, 45))
            for _ in range(int(rng.poisson(len(tags) / 12))):
                start = int(rng.integers(len(tags)))
                kind = kinds[int(rng.integers(3))]
                for t in range(start, min(start + int(rng.integers(1, 4)), len(tags))):
                    tags[t] = ("B-" if t == start else "I-") + kind
            return tags

        def changed(tags, share):
            return [t if rng.random() > share else str(rng.choice(["O", "B-PER", "I-LOC", "B-ORG"])) for t in tags]

        references = [sentence() for _ in range(1500)]
        before = [changed(tags, 0.03) for tags in references]
        after = [changed(tags, 0.02) if rng.random() < 0.6 else tags for tags in before]

        def counts(predictions):
            rows = []
            for tags, expected in zip(predictions, references):
                mine, theirs = set(get_entities(tags)), set(get_entities(expected))
                rows.append((len(mine & theirs), len(mine), len(theirs),
                             sum(a == b for a, b in zip(tags, expected)), len(tags)))
            return numpy.array(rows, float)

        def figures(weights, rows):
            sums = (weights @ rows).T
            out = {f"overall_{name}": values for name, values in scores(*sums[:3]).items()}
            return {**out, "overall_accuracy": sums[3] / sums[4]}

        first, second = counts(before), counts(after)

        def change(weights):
            one, two = figures(weights, first), figures(weights, second)
            return {name: two[name] - one[name] for name in one}

        found = ours(metric="seqeval", task="token-classification", references=references, before=before, after=after)
        self.agree(found, half_widths(len(references), change))

    def questions(self, unanswerable):
        rng = numpy.random.default_rng(6)
        words = [f"w{i}" for i in range(30)]

        def text(most):
            return " ".join(rng.choice(words, int(rng.integers(1, most + 1))))

        def nearly(answer):
            kept = [w for w in answer.split() if rng.random() < 0.7]
            return " ".join(kept + ([str(rng.choice(words))] if rng.random() < 0.3 else []))

        references, before, after = [], [], []
        for i in range(2000):
            answers = [] if rng.random() < unanswerable else [text(6) for _ in range(int(rng.integers(1, 3)))]
            references.append({"id": str(i), "answers": {"text": answers, "answer_start": [0] * len(answers)}})
            first = answers[0] if answers else ""
            told = first if rng.random() < 0.6 else nearly(first) if answers else text(3)
            before.append({"id": str(i), "prediction_text": told})
            draw = rng.random()
            told = nearly(told) if draw < 0.15 else text(4) if draw < 0.2 else "" if draw < 0.23 else told
            after.append({"id": str(i), "prediction_text": told})
        return references, before, after

    def compare_questions(self, metric, unanswerable, exact_name):
        references, before, after = self.questions(unanswerable)

        def rows(predictions):
            out = []
            for prediction, reference in zip(predictions, references):
                pairs = [(prediction["prediction_text"], a) for a in reference["answers"]["text"] or [""]]
                out.append((max(float(a == b) for a, b in pairs), max(word_f1(*p) for p in pairs)))
            return numpy.array(out)

        first, second = rows(before), rows(after)
        answerable = numpy.array([bool(r["answers"]["text"]) for r in references])
        kinds = {"": numpy.ones(len(references), bool)}
        if unanswerable:
            kinds |= {"HasAns_": answerable, "NoAns_": ~answerable}

        def change(weights):
            out = {}
            for prefix, chosen in kinds.items():
                sums = 100 * (weights[:, chosen] @ (second - first)[chosen]) / weights[:, chosen].sum(1)[:, None]
                out[prefix + exact_name], out[prefix + "f1"] = sums.T
            return out

        found = ours(metric=metric, task="question-answering", references=references, before=before, after=after)
        self.agree(found, half_widths(len(references), change))

    def test_of_squad(self):
        self.compare_questions("squad", 0, "exact_match")

    def test_of_squad_v2(self):
        self.compare_questions("squad_v2", 0.4, "exact")

    def test_holds_the_change_by_one_sample_where_both_predict_the_same(self):
        rng = numpy.random.default_rng(8)
        for share in (0.5, 0.05):
            references = (rng.random(1000) < share).astype(int)
            same = numpy.where(rng.random(1000) < 0.95, references, 1 - references)
            other = same.copy()
            other[numpy.flatnonzero(references & same)[0]] = 0
            for name in ("accuracy", "precision", "recall", "f1", "f1_macro", "f1_weighted"):
                request = dict(metric=name, task="text-classification", references=references.tolist(),
                               labels=["no", "yes"], before=same.tolist())
                low, high = ours(**request, after=same.tolist())[name]["interval"]
                self.assertAlmostEqual(low, -high, msg=name)
                flipped = ours(**request, after=other.tolist())[name]
                self.assertLess(low, flipped["after"] - flipped["before"], name)
                self.assertGreater(high, flipped["before"] - flipped["after"], name)


if __name__ == "__main__":
    unittest.main()
