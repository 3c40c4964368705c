"""`quantbench quantize` on the models of ONNX's own backend suite: dynamic, QDQ, QDQ by channel, QOperator. No crash, no hang, no
exit status but 0 and 2; what exit 0 writes loads and runs wherever the float model does; no output is more than 6 dB worse
than the output of onnxruntime.quantization; every refusal has a known reason.

A sample of the models by default. All of them, with the table of docs/quantization.md:

    QUANTBENCH_BACKEND_MODELS=all QUANTBENCH=build/quantbench .venv/bin/python tests/oracle/test_backend_models.py
"""

import os
import tempfile
import unittest

import backend_models
from quantized_outcomes import faults_in, outcomes_of_all

EVERYTHING = os.environ.get("QUANTBENCH_BACKEND_MODELS") == "all"
SAMPLE = 30  # every thirtieth model


class BackendModels(unittest.TestCase):
    def test_quantize_and_run_or_are_refused_with_a_reason(self):
        with tempfile.TemporaryDirectory() as scratch:
            places = backend_models.write_all(os.environ.get("QUANTBENCH_BACKEND_DIRECTORY") or scratch)
            faults = faults_in(outcomes_of_all(places if EVERYTHING else places[::SAMPLE]))
        self.assertEqual(faults, [], "\n".join(faults))


if __name__ == "__main__":
    unittest.main()
