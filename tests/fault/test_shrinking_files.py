"""A file that shrinks while it is read (a copy that is still going on, a file that is cut): one line, or a row with its reason,
and no output that is made of half a file."""

import shutil

import harness


class ShrinkingFiles(harness.Case):
    MAPS = 8

    def with_shrinking(self, path, at):
        """Environment in which the file is cut to 100 bytes right after it was mapped (or begun to be read) for the `at`-th time."""
        counter = self.scratch / "counter"
        counter.write_bytes(bytes(8))
        return {
            "LD_PRELOAD": harness.PRELOAD,
            "QUANTBENCH_FAULT_SHRINKS": path,
            "QUANTBENCH_FAULT_SHRINKS_AT": at,
            "QUANTBENCH_FAULT_SHRINKS_COUNTER": counter,
        }

    def check(self, path, arguments, is_right):
        """`is_right()`: the outputs are the same as of the whole file."""
        whole = path.read_bytes()
        self.assert_ok(self.run_program(*arguments))
        self.assertTrue(is_right())
        shrunk = 0
        for at in range(1, self.MAPS + 1):
            with self.subTest(shrinks_at=at, command=arguments[0]):
                path.write_bytes(whole)
                self.start_over()
                for output in self.scratch.glob("*.onnx"):
                    if output != path:
                        output.unlink()
                result = self.run_program(*arguments, environment=self.with_shrinking(path, at))
                shrunk += path.stat().st_size != len(whole)
                self.assert_known_status(result)
                if result.status == harness.OK:
                    self.assertTrue(is_right(), result)
                elif result.status == harness.BAD_INPUT:
                    errors = [line for line in result.errors.splitlines() if line.startswith("quantbench: ")]
                    self.assertEqual(len(errors), 1, result)
                    self.assertIn(path.name, errors[0])
                else:
                    self.assertIn(path.name, result.output + result.errors)
        self.assertGreater(shrunk, 0, "the file was neither mapped nor read")
        path.write_bytes(whole)

    def same_as_first(self, name):
        """A check of an output against its first content."""
        seen = []

        def is_right():
            if not (self.scratch / name).exists():
                return False
            seen.append(harness.sha256(self.scratch / name))
            return seen[-1] == seen[0]

        return is_right

    def test_weights_of_a_checkpoint(self):
        model = self.demo() / "model"
        weights = model / "model.safetensors"
        task = ["--task", "text-classification"]
        self.check(weights, ["export", model, *task, "-o", self.scratch / "m.onnx"], self.same_as_first("m.onnx"))
        self.check(weights, ["quantize", model, *task, "-o", self.scratch / "q.onnx"], self.same_as_first("q.onnx"))

    def test_weights_of_a_run(self):
        seen = []

        def is_right():
            seen.append(self.figures())
            return seen[-1] == seen[0]

        self.check(self.demo() / "model" / "model.safetensors", self.run_arguments(), is_right)

    def test_an_onnx_model(self):
        made = self.scratch / "made.onnx"
        task = ["--task", "text-classification"]
        self.assert_ok(self.run_program("export", self.demo() / "model", *task, "-o", made))
        model = self.scratch / "inputs" / "m.onnx"
        shutil.move(made, model)
        self.check(model, ["quantize", model, "-o", self.scratch / "q.onnx"], self.same_as_first("q.onnx"))

    def test_data_tokenizer_and_spec(self):
        """What is left of a text may be a right text: no crash, and no output that is not whole."""
        for name in ("data/validation.tsv", "model/tokenizer.json", "spec.yaml"):
            path = self.demo() / name
            whole = path.read_bytes()
            for at in range(1, 4):
                with self.subTest(name, shrinks_at=at):
                    path.write_bytes(whole)
                    self.start_over()
                    environment = self.with_shrinking(path, at)
                    self.assert_known_status(self.run_program(*self.run_arguments(), environment=environment))
                    self.assert_outputs_whole()
            path.write_bytes(whole)


if __name__ == "__main__":
    harness.main()
