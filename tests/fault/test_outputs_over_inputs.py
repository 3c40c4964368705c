"""An output never overwrites an input, nor another output: one line says so, and every file stays as it was."""

import os
import shutil

import harness


class OutputsOverInputs(harness.Case):
    def setUp(self):
        super().setUp()
        self.model = self.demo() / "model"
        self.export = ["export", self.model, "--task", "text-classification", "-o"]
        self.onnx = self.scratch / "m.onnx"

    def make_onnx(self):
        self.assert_ok(self.run_program(*self.export, self.onnx))

    def assert_refused(self, *arguments):
        before = harness.tree(self.scratch)
        self.assert_one_line(self.run_program(*arguments))
        self.assertEqual(harness.tree(self.scratch), before)

    def test_export_over_a_file_of_its_checkpoint(self):
        for name in ("model.safetensors", "config.json"):
            with self.subTest(name):
                self.assert_refused(*self.export, self.model / name)

    def test_export_over_a_file_of_its_checkpoint_by_another_name(self):
        os.symlink(self.model, self.scratch / "link")
        os.link(self.model / "model.safetensors", self.scratch / "hard")
        self.assert_refused(*self.export, self.scratch / "link" / "model.safetensors")
        self.assert_refused(*self.export, self.model / ".." / "model" / "config.json")
        # A hard link is replaced, not written through: the checkpoint keeps its bytes, so that either ending is right.
        before = harness.tree(self.model)
        self.assertIn(self.run_program(*self.export, self.scratch / "hard").status, (harness.OK, harness.BAD_INPUT))
        self.assertEqual(harness.tree(self.model), before)

    def test_quantize_over_its_model(self):
        self.make_onnx()
        self.assert_refused("quantize", self.onnx, "-o", self.onnx)
        self.assert_refused("quantize", self.model, "--task", "text-classification", "-o", self.model / "config.json")

    def test_a_report_over_the_model_or_the_input(self):
        self.make_onnx()
        output = self.scratch / "q.onnx"
        self.assert_refused("quantize", self.onnx, "-o", output, "--report", output)
        self.assert_refused("quantize", self.onnx, "-o", output, "--report", self.onnx)

    def test_a_card_over_the_results_it_is_made_of(self):
        shutil.copy(harness.CARDS / "000_43a37d0915b28517.txt", self.scratch / "card.md")
        self.assert_ok(self.run_program("import", self.scratch / "card.md", "--out", self.scratch / "run"))
        results = self.scratch / "run" / "results.json"
        self.assert_refused("report", results, "--format", "csv", "-o", results)
        self.assert_refused("report", self.scratch / "run", "--format", "csv", "-o", results)
        card = self.scratch / "card.md"
        self.assert_refused("report", card, "--format", "csv", "-o", card)

    def test_a_run_over_its_own_spec(self):
        arguments = self.run_arguments()
        inputs = self.demo()
        before = harness.tree(inputs)
        arguments[arguments.index(self.out)] = inputs
        self.assert_one_line(self.run_program(*arguments), "spec.yaml")
        self.assertEqual(harness.tree(inputs), before)

    def test_an_import_over_its_own_card(self):
        self.out.mkdir()
        card = self.out / "README.md"
        shutil.copy(harness.CARDS / "000_43a37d0915b28517.txt", card)
        self.assert_refused("import", card, "--out", self.out)
        self.assert_refused("replicate", card, "--out", self.out)

    def test_a_sensitivity_report_over_the_model(self):
        self.make_onnx()
        data = self.demo() / "data"
        self.assert_refused(
            "sensitivity", self.model, "--task", "text-classification", "--dataset", data, "--data-keys",
            "primary=sentence", "--num-calibration-samples", "4", "--json", self.model / "config.json",
        )


if __name__ == "__main__":
    harness.main()
