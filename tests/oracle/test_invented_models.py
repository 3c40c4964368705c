"""`quantbench quantize` on small models of the kinds that made it, or ONNX Runtime's tool, fail. As test_backend_models.py: each way
of quantizing gives a model that runs, and no output is more than 6 dB worse than the output of ONNX Runtime's tool, or the model
is refused with a known reason."""

import tempfile
import unittest

import invented_models
from quantized_outcomes import faults_in, outcomes_of_all


class InventedModels(unittest.TestCase):
    def test_quantize_and_run_or_are_refused_with_a_reason(self):
        with tempfile.TemporaryDirectory() as directory:
            places = invented_models.write_all(directory)
            self.assertGreater(len(places), 100)
            faults = faults_in(outcomes_of_all(places))
        self.assertEqual(faults, [], "\n".join(faults))


if __name__ == "__main__":
    unittest.main()
