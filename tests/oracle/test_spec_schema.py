"""docs/spec.schema.json by jsonschema: it takes every spec of examples/ and of a run, and refuses the specs of
tests/data/specs/bad whose fault lies in one key."""

import json
import os
import subprocess
import unittest
from pathlib import Path

import jsonschema
import yaml

PROGRAM = os.environ["QUANTBENCH"]
ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs/spec.schema.json").read_text())

# What a schema can say: the value of one key, and which keys there are.
BAD = ["misspelt_nested_key", "opset_too_new", "optimization_level_unknown", "calibration_method_unknown",
       "percentile_above_100", "approach_misspelt", "framework_misspelt", "layout_unknown", "number_among_operators",
       "streams_zero", "streams_word_misspelt", "streams_twice", "missing_dataset", "key_of_another_world", "scalar_for_list"]


def spec(path):
    return yaml.safe_load(path.read_text())


class SpecSchema(unittest.TestCase):
    validator = jsonschema.Draft7Validator(SCHEMA)

    def test_is_a_schema(self):
        jsonschema.Draft7Validator.check_schema(SCHEMA)

    def test_is_what_the_program_prints(self):
        printed = subprocess.run([PROGRAM, "schema"], check=True, capture_output=True).stdout.decode()
        self.assertEqual(json.loads(printed), SCHEMA)

    def test_takes_every_example(self):
        examples = sorted((ROOT / "examples").glob("*.yaml"))
        self.assertGreater(len(examples), 8)
        for path in examples:
            with self.subTest(path.name):
                self.assertEqual([error.message for error in self.validator.iter_errors(spec(path))], [])

    def test_refuses_what_the_program_refuses(self):
        for name in BAD:
            with self.subTest(name):
                self.assertFalse(self.validator.is_valid(spec(ROOT / "tests/data/specs/bad" / (name + ".yaml"))))

    def test_takes_numbers_of_streams_and_a_word(self):
        example = spec(next((ROOT / "examples").glob("local-*.yaml")))
        for streams in ([1, 2, "cores"], "cores", 3, []):
            self.assertTrue(self.validator.is_valid(example | {"streams": streams}), streams)

    def test_takes_each_option_of_the_static_quantizer(self):
        example = spec(next((ROOT / "examples").glob("local-*.yaml")))
        example |= {"quantization_approach": "static", "format": ["QDQ", "QOperator"], "activation_type": "uint8",
                    "weight_type": ["int8", "uint8"], "weight_symmetric": None, "per_channel": True,
                    "per_channel_axis": {"MatMul": 0}, "quantize_bias": False,
                    "calibration": [{"num_calibration_samples": 8, "calibration_padding": "masked",
                                     "collection": "all_at_once", "least_token_sqnr": 30}]}
        self.assertEqual([error.message for error in self.validator.iter_errors(example)], [])
        example["per_channel_axis"] = {"MatMull": 0}
        self.assertFalse(self.validator.is_valid(example))


if __name__ == "__main__":
    unittest.main()
