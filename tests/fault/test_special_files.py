"""What must be a regular file and is a pipe, a device or a directory is refused at once: nothing waits for a writer."""

import os
import pathlib

import harness
import onnx_bytes


class SpecialFiles(harness.Case):
    def pipe_at(self, path):
        path.unlink(missing_ok=True)
        os.mkfifo(path)
        return path

    def assert_refused_at_once(self, path, *arguments):
        self.assert_one_line(self.run_program(*arguments, timeout=20), path.name)

    def test_a_spec(self):
        spec = self.pipe_at(self.scratch / "spec.yaml")
        self.assert_refused_at_once(spec, "run", spec, "--out", self.out)
        self.assertFalse(self.out.exists())

    def test_each_file_of_a_checkpoint(self):
        for name in ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"):
            with self.subTest(name):
                inputs = self.demo()
                kept = (inputs / "model" / name).read_bytes()
                path = self.pipe_at(inputs / "model" / name)
                self.assert_refused_at_once(path, *self.run_arguments())
                path.unlink()
                path.write_bytes(kept)

    def test_each_file_of_a_data_set(self):
        for name in ("dataset_info.json", "validation.tsv"):
            with self.subTest(name):
                inputs = self.demo()
                kept = (inputs / "data" / name).read_bytes()
                path = self.pipe_at(inputs / "data" / name)
                result = self.run_program(*self.run_arguments(), timeout=60)
                self.assert_known_status(result)
                self.assertIn("validation" if name == "validation.tsv" else "", result.errors)
                path.unlink()
                path.write_bytes(kept)

    def test_an_onnx_model_and_its_external_data(self):
        model = self.scratch / "m.onnx"
        self.pipe_at(model)
        self.assert_refused_at_once(model, "quantize", model, "-o", self.scratch / "q.onnx")
        model.unlink()
        self.pipe_at(self.scratch / "w.bin")
        constant = onnx_bytes.external_floats(b"w", 4, b"w.bin")
        model.write_bytes(onnx_bytes.model([onnx_bytes.node(b"Identity", [b"w"], b"y")], [constant], b"y"))
        result = self.run_program("quantize", model, "-o", self.scratch / "q.onnx", timeout=20)
        self.assert_one_line(result, "w.bin")
        self.assertFalse((self.scratch / "q.onnx").exists())

    def test_calibration_inputs(self):
        model = self.scratch / "m.onnx"
        self.assert_ok(
            self.run_program("export", self.demo() / "model", "--task", "text-classification", "-o", model)
        )
        samples = self.scratch / "samples" / "test_data_set_0"
        samples.mkdir(parents=True)
        path = self.pipe_at(samples / "input_0.pb")
        self.assert_refused_at_once(
            path, "quantize", model, "-o", self.scratch / "q.onnx", "--approach", "static", "--calibration-data",
            samples.parent,
        )

    def test_results_and_cards(self):
        path = self.pipe_at(self.scratch / "results.json")
        for command in (["show", path], ["report", path], ["compare", path, path], ["import", path, "--out", self.out]):
            with self.subTest(command[0]):
                self.assert_refused_at_once(path, *command)

    def test_a_store(self):
        self.pipe_at(self.store)
        directory = self.scratch / "directory"
        directory.mkdir()
        for store in (self.store, pathlib.Path("/dev/null"), directory):
            for arguments in (["list"], ["show", "abc"], ["rm", "abc"], self.run_arguments()):
                with self.subTest(store=store.name, command=arguments[0]):
                    self.assert_refused_at_once(store, *arguments, "--store", store)
        self.assertEqual(os.listdir(directory), [])

    def test_what_lies_beside_a_store(self):
        """SQLite's and the program's own files: no pipe there is waited for, and the run is whole or refused."""
        for suffix in (".lock", "-wal", "-shm", "-journal"):
            self.start_over()
            path = self.pipe_at(self.store.with_name(self.store.name + suffix))
            with self.subTest(suffix):
                result = self.run_program(*self.run_arguments(), timeout=60)
                if result.status == harness.OK:
                    self.assert_outputs_whole()
                else:
                    self.assert_one_line(result, self.store)
                self.assert_known_status(self.run_program("list", timeout=20))
            path.unlink(missing_ok=True)


if __name__ == "__main__":
    harness.main()
