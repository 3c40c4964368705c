"""Our metrics against scikit-learn, scipy, seqeval and torchmetrics' SQuAD, on random and odd inputs."""

import importlib
import json
import math
import os
import random
import subprocess
import unittest
import warnings
from pathlib import Path

import scipy.stats
import sklearn.metrics
from seqeval.metrics import accuracy_score, classification_report

# The module; the name in its package is a function.
squad_metrics = importlib.import_module("torchmetrics.functional.text.squad")
DUMP = Path(os.environ["QUANTBENCH_TOOLS"]) / "metric_dump"
warnings.filterwarnings("ignore")


def ours(requests):
    text = "".join(json.dumps(r) + "\n" for r in requests)
    out = subprocess.run([DUMP], input=text, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in out.stdout.splitlines()]


class Metrics(unittest.TestCase):
    def compare(self, requests, expected, delta=1e-12):
        self.assertGreater(len(requests), 0)
        found = ours(requests)
        self.assertEqual(len(found), len(expected))
        for request, theirs, mine in zip(requests, expected, found):
            self.assertEqual(set(mine), set(theirs), request)
            for name, value in theirs.items():
                if math.isnan(value):
                    self.assertEqual(mine[name], "nan", request)
                else:
                    self.assertAlmostEqual(mine[name], value, delta=delta, msg=f"{name} of {request}")

    def test_classification(self):
        rng = random.Random(1)
        requests, expected = [], []
        for case in range(200):
            classes = rng.choice([2, 2, 3, 5, 12])
            size = rng.choice([1, 2, 7, 100])
            skew = rng.random()
            references = [rng.randrange(classes) if rng.random() < skew else 0 for _ in range(size)]
            predictions = [r if rng.random() < 0.6 else rng.randrange(classes) for r in references]
            if case % 17 == 0:
                predictions = [0] * size
            labels = [f"class {i}" for i in range(classes)]

            def add(metric, value):
                requests.append(
                    dict(metric=metric, predictions=predictions, references=references, labels=labels)
                )
                expected.append({metric: float(value)})

            add("accuracy", sklearn.metrics.accuracy_score(references, predictions))
            add("matthews_correlation", sklearn.metrics.matthews_corrcoef(references, predictions))
            for name in ("precision", "recall", "f1"):
                score = getattr(sklearn.metrics, f"{name}_score")
                for average in ("macro", "micro", "weighted"):
                    add(f"{name}_{average}", score(references, predictions, average=average, zero_division=0))
                if classes == 2:
                    value = score(references, predictions, labels=[0, 1], average="binary", zero_division=0)
                    add(name, value)
        self.compare(requests, expected)

    def test_binary_scores_refuse_three_classes_as_sklearn_does(self):
        with self.assertRaises(ValueError):
            sklearn.metrics.f1_score([0, 1, 2], [0, 1, 1])
        (answer,) = ours([dict(metric="f1", predictions=[0, 1, 1], references=[0, 1, 2])])
        self.assertIn("f1_macro", answer["error"])

    def test_regression(self):
        rng = random.Random(2)
        requests, expected = [], []
        for case in range(60):
            size = rng.choice([2, 3, 10, 200])
            references = [round(rng.uniform(0, 5), rng.choice([0, 1, 6])) for _ in range(size)]
            predictions = [round(r + rng.gauss(0, 1), rng.choice([0, 6])) for r in references]
            if case % 13 == 0:
                predictions = [2.5] * size
            values = dict(predictions=predictions, references=references)
            requests += [dict(metric=m, **values) for m in ("pearsonr", "spearmanr", "mse")]
            expected.append({"pearsonr": scipy.stats.pearsonr(references, predictions)[0]})
            expected.append({"spearmanr": scipy.stats.spearmanr(references, predictions)[0]})
            expected.append({"mse": sklearn.metrics.mean_squared_error(references, predictions)})
        self.compare(requests, expected)

    def test_seqeval(self):
        rng = random.Random(3)
        schemes = [
            ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"],
            ["O", "I-PER", "I-LOC", "B-LOC"],
            ["O", "B-A", "I-A", "E-A", "S-A", "B-B", "I-B", "E-B", "S-B"],
            ["O", "B", "I"],
            ["O", "B-MY-TYPE", "I-MY-TYPE", "I-MY", "."],
            ["LABEL_0", "LABEL_1", "LABEL_2"],
        ]
        requests, expected = [], []
        for case in range(200):
            tags = schemes[case % len(schemes)]
            references, predictions = [], []
            for _ in range(rng.choice([1, 5, 30])):
                length = rng.choice([1, 2, 9, 40])
                references.append([rng.choice(tags) for _ in range(length)])
                predictions.append([t if rng.random() < 0.8 else rng.choice(tags) for t in references[-1]])
            requests.append(dict(metric="seqeval", predictions=predictions, references=references))
            try:
                report = classification_report(references, predictions, output_dict=True, zero_division=0)
                micro = report["micro avg"]
            except ValueError:
                # seqeval cannot report where neither side has a chunk at all.
                micro = {"precision": 0, "recall": 0, "f1-score": 0}
            expected.append(
                {
                    "overall_precision": float(micro["precision"]),
                    "overall_recall": float(micro["recall"]),
                    "overall_f1": float(micro["f1-score"]),
                    "overall_accuracy": float(accuracy_score(references, predictions)),
                }
            )
        self.compare(requests, expected)

    def test_seqeval_reads_odd_tags_as_seqeval_does(self):
        """One letter, no prefix, lower case, letters of several bytes, parts of speech, every scheme mixed, chunks
        over the ends of sentences, empty sentences."""
        rng = random.Random(11)
        pools = [
            ["X", "NOUN", "VERB", "ADJ", "PUNCT", "DET", "O", "B", "I", "E", "S"],
            ["b-per", "i-per", "o", "O", "I-per", "B-PER"],
            [".", ",", ":", "''", "NNP", "IN", "VBZ", "SYM", "EX", "B-NP", "#", "$", "-LRB-", "-", "--", "O-"],
            ["É", "É-PER", "ÉCOLE", "日", "日本", "日-本", "O", "B-日", "I-日"],
            ["B-", "I-", "B-A-B", "I-A-B", "I-B", "IA", "BA", "E-A", "S-A", "L-A", "U-A", "O", "X", "_", "B-_", "O-A"],
            ["I-A", "I-B", "O"], ["I", "O", "X", "."], ["PER", "LOC", "O"], ["A-PER", "A-LOC", "O"], ["0", "1", "2"],
        ]
        pools.append([tag for pool in pools for tag in pool])
        requests, expected = [], []
        for case in range(4000):
            pool = pools[case % len(pools)]
            tags = rng.sample(pool, rng.randrange(1, len(pool) + 1))
            references, predictions = [], []
            for _ in range(rng.choice([1, 2, 3, 8])):
                references.append([rng.choice(tags) for _ in range(rng.choice([0, 1, 1, 2, 3, 9]))])
                predictions.append([t if rng.random() < 0.7 else rng.choice(tags) for t in references[-1]])
            if not any(references):
                continue
            requests.append(dict(metric="seqeval", predictions=predictions, references=references))
            try:
                report = classification_report(references, predictions, output_dict=True, zero_division=0)
                micro = report["micro avg"]
            except ValueError:
                # seqeval cannot report where neither side has a chunk at all.
                micro = {"precision": 0, "recall": 0, "f1-score": 0}
            expected.append(
                {
                    "overall_precision": float(micro["precision"]),
                    "overall_recall": float(micro["recall"]),
                    "overall_f1": float(micro["f1-score"]),
                    "overall_accuracy": float(accuracy_score(references, predictions)),
                }
            )
        self.compare(requests, expected)

    # Texts in which case, punctuation, articles and white space of several scripts meet.
    PIECES = [
        "The", "the", "a", "an", "A", "AN", "cat", "Cat's", "dog,", "(2,000)", "U.S.", "–", "naïve", "ÉCOLE", "ÄÖÜ",
        "Straße", "İstanbul", "ΑΒΓ", "ΟΔΟΣ", "Σ", "ΣΑΣ,", "Москва", "日本", "½", "a\u0301", "theatre", "ana", "\u00a0", "\u2003", "\t", "\n",
        "_", "_the_", "the-", "-a-", "«a»", "“the”", "…", "5%", "१२", "한국",
    ]

    def text(self, rng):
        return "".join(rng.choice(self.PIECES) + rng.choice(["", " ", "  "]) for _ in range(rng.choice([0, 1, 2, 4])))

    def squad_case(self, rng, unanswerable):
        references, predictions = [], []
        for i in range(rng.choice([1, 4, 12])):
            answers = [self.text(rng) for _ in range(rng.choice([1, 1, 3]))]
            if unanswerable and rng.random() < 0.4:
                answers = []
            text = rng.choice(answers) if answers and rng.random() < 0.5 else self.text(rng)
            references.append({"id": str(i), "answers": {"text": answers, "answer_start": [0] * len(answers)}})
            predictions.append({"id": str(i), "prediction_text": text if rng.random() < 0.8 else ""})
        return dict(predictions=predictions, references=references)

    def test_squad(self):
        rng = random.Random(4)
        requests, expected = [], []
        for _ in range(300):
            case = self.squad_case(rng, unanswerable=False)
            exact, f1 = [], []
            for prediction, reference in zip(case["predictions"], case["references"]):
                pairs = [(a, prediction["prediction_text"]) for a in reference["answers"]["text"]]
                exact.append(max(exact_match(*p) for p in pairs))
                f1.append(max(f1_v1(*p) for p in pairs))
            requests.append(dict(metric="squad", **case))
            expected.append({"exact_match": 100 * sum(exact) / len(exact), "f1": 100 * sum(f1) / len(f1)})
        self.compare(requests, expected, delta=1e-4)  # torchmetrics counts in float32

    def test_squad_v2(self):
        rng = random.Random(5)
        requests, expected = [], []
        for _ in range(300):
            case = self.squad_case(rng, unanswerable=True)
            scores = []
            for prediction, reference in zip(case["predictions"], case["references"]):
                answers = [a for a in reference["answers"]["text"] if squad_metrics._normalize_text(a)] or [""]
                pairs = [(a, prediction["prediction_text"]) for a in answers]
                exact = max(exact_match(*p) for p in pairs)
                scores.append((bool(reference["answers"]["text"]), exact, max(f1_v2(*p) for p in pairs)))
            requests.append(dict(metric="squad_v2", **case))
            figures = {}
            for prefix, kinds in (("", (True, False)), ("HasAns_", (True,)), ("NoAns_", (False,))):
                chosen = [s for s in scores if s[0] in kinds]
                if chosen:
                    figures[prefix + "exact"] = 100 * sum(s[1] for s in chosen) / len(chosen)
                    figures[prefix + "f1"] = 100 * sum(s[2] for s in chosen) / len(chosen)
            expected.append(figures)
        self.compare(requests, expected, delta=1e-4)


def exact_match(answer, prediction):
    return float(squad_metrics._compute_exact_match_score(prediction, answer))


def f1_v2(answer, prediction):
    return float(squad_metrics._compute_f1_score(prediction, answer))


def f1_v1(answer, prediction):
    """evaluate-v1.1.py gives no credit where one side has no words; otherwise as v2."""
    if not squad_metrics._get_tokens(answer) or not squad_metrics._get_tokens(prediction):
        return 0.0
    return f1_v2(answer, prediction)


if __name__ == "__main__":
    unittest.main()
