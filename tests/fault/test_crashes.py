"""A library that crashes or hangs on a stranger's graph, in the process that was forked for it (shape inference): a warning says so,
and the output is made without what the library would have given."""

import json
import signal

import harness


class Crashes(harness.Case):
    FAULTS = {signal.SIGSEGV: "crashed (Segmentation fault)", signal.SIGABRT: "crashed (Aborted)", 0: "took longer than"}

    def fault(self, number):
        return {"LD_PRELOAD": harness.PRELOAD, "QUANTBENCH_FAULT_ISOLATED": int(number)}

    def test_a_quantization_warns_and_goes_on_without_shapes(self):
        model, whole, without = (self.scratch / name for name in ("m.onnx", "whole.onnx", "without.onnx"))
        self.assert_ok(self.run_program("export", self.demo() / "model", "--task", "text-classification", "-o", model))
        self.assert_ok(self.run_program("quantize", model, "-o", whole))
        for number, reason in self.FAULTS.items():
            with self.subTest(reason):
                result = self.run_program("quantize", model, "-o", without, environment=self.fault(number))
                self.assert_ok(result)
                self.assertIn(f"warning: shape inference {reason}", result.output)
                # The same without the declared shapes.
                self.assertLess(without.stat().st_size, whole.stat().st_size)
                self.assertGreater(without.stat().st_size, whole.stat().st_size // 2)

    def test_a_preparation_warns_on_standard_error(self):
        model, output = self.scratch / "m.onnx", self.scratch / "q.onnx"
        self.assert_ok(self.run_program("export", self.demo() / "model", "--task", "text-classification", "-o", model))
        result = self.run_program(
            "quantize", model, "-o", output, "--prepare", "infer_shapes", environment=self.fault(signal.SIGSEGV)
        )
        self.assert_ok(result)
        self.assertIn("warning: shape inference crashed (Segmentation fault)", result.errors)

    def test_a_run_has_the_warning_in_its_row_and_the_same_accuracy(self):
        self.assert_ok(self.run_program(*self.run_arguments()))
        figures = self.figures()
        self.start_over()
        result = self.run_program(*self.run_arguments(), environment=self.fault(signal.SIGSEGV))
        self.assert_ok(result)
        self.assertEqual(self.figures(), figures)
        self.assertIn("shape inference crashed", result.output)
        self.assertIn("shape inference crashed", json.dumps(self.results()["rows"]))
        self.assertIn("shape inference crashed", (self.out / "README.md").read_text())


if __name__ == "__main__":
    harness.main()
