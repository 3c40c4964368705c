"""`quantbench quantize` on the models of ONNX's own backend suite: dynamic, QDQ, QDQ by channel, QOperator. No crash, no hang, no
exit status but 0 and 2; what exit 0 writes loads and runs wherever the float model does; no output is more than 6 dB worse
than the output of onnxruntime.quantization; every refusal has a known reason.

A sample of the models by default. All of them, with the table of docs/quantization.md:

    QUANTBENCH_BACKEND_MODELS=all QUANTBENCH=build/quantbench .venv/bin/python tests/oracle/test_backend_models.py
"""

import os
import tempfile
import unittest

import numpy as np

import backend_models
from quantized_outcomes import EXACT, decibels_over_sets, faults_in, is_worse, outcomes_of_all

EVERYTHING = os.environ.get("QUANTBENCH_BACKEND_MODELS") == "all"
SAMPLE = 30  # every thirtieth model


class Judgement(unittest.TestCase):
    """Of outputs of one number: what one set of inputs tells by chance, many tell for sure."""

    def sets(self, noise, seed):
        random = np.random.default_rng(seed)
        return [np.array([2.0 + noise * random.standard_normal()]) for _ in range(40)]

    def test_equal_noise_is_no_fault_over_all_sets(self):
        expected = [np.array([2.0])] * 40
        ours, theirs = self.sets(0.1, 1), self.sets(0.1, 2)
        by_set = [is_worse(decibels_over_sets([e], [o]), decibels_over_sets([e], [t])) for e, o, t in zip(expected, ours, theirs)]
        self.assertGreater(sum(by_set), 4)
        self.assertFalse(is_worse(decibels_over_sets(expected, ours), decibels_over_sets(expected, theirs)))

    def test_10_db_more_noise_is_a_fault(self):
        expected = [np.array([2.0])] * 40
        for seed in range(50):
            ours, theirs = self.sets(0.1 * 10**0.5, seed), self.sets(0.1, 1000 + seed)
            self.assertTrue(is_worse(decibels_over_sets(expected, ours), decibels_over_sets(expected, theirs)), seed)

    def test_noise_above_the_signal_is_as_useless_as_an_output_of_zeros(self):
        self.assertFalse(is_worse(-8.7, -0.0))
        self.assertFalse(is_worse(-8.7, 5.9))
        self.assertTrue(is_worse(-8.7, 6.1))

    def test_another_shape_is_a_fault(self):
        self.assertEqual(decibels_over_sets([np.zeros(2), np.zeros(2)], [np.zeros(2), np.zeros(3)]), -EXACT)
        self.assertTrue(is_worse(-EXACT, -3.0))


class BackendModels(unittest.TestCase):
    def test_quantize_and_run_or_are_refused_with_a_reason(self):
        with tempfile.TemporaryDirectory() as scratch:
            places = backend_models.write_all(os.environ.get("QUANTBENCH_BACKEND_DIRECTORY") or scratch)
            faults = faults_in(outcomes_of_all(places if EVERYTHING else places[::SAMPLE]))
        self.assertEqual(faults, [], "\n".join(faults))


if __name__ == "__main__":
    unittest.main()
