"""Ctrl-C, SIGTERM and SIGHUP in a command that writes: it ends at once with the status of an interrupt, also while a disk hangs; no
temporary file stays, and an older output stays as it was."""

import os
import signal

import harness


class Interrupts(harness.Case):
    def setUp(self):
        super().setUp()
        self.place = self.scratch / "place"
        self.place.mkdir()

    def with_signal(self, number, size=10_000):
        """Environment in which the signal comes once `size` bytes are written below `place`; the disk then hangs for a minute."""
        counter = self.scratch / "counter"
        counter.write_bytes(bytes(8))
        return {
            "LD_PRELOAD": harness.PRELOAD,
            "QUANTBENCH_FAULT_UNDER": self.place,
            "QUANTBENCH_FAULT_COUNTER": counter,
            "QUANTBENCH_FAULT_BYTES": size,
            "QUANTBENCH_FAULT_SIGNAL": int(number),
        }

    def assert_interrupted(self, number, *arguments, **environment):
        before = harness.tree(self.place)
        result = self.run_program(*arguments, environment=self.with_signal(number) | environment, timeout=30)
        self.assert_one_line(result, "interrupted", status=harness.INTERRUPTED)
        self.assertEqual(harness.tree(self.place), before)

    def export(self, output):
        return ["export", self.demo() / "model", "--task", "text-classification", "-o", output]

    def test_an_export_leaves_no_file(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number):
                self.assert_interrupted(number, *self.export(self.place / "m.onnx"))

    def test_a_quantization_leaves_the_older_output(self):
        (self.place / "q.onnx").write_text("older\n")
        for arguments in ([], ["--approach", "static", "--dataset", self.demo() / "data", "--data-keys", "primary=sentence"]):
            with self.subTest(arguments):
                self.assert_interrupted(
                    signal.SIGINT, "quantize", self.demo() / "model", "--task", "text-classification", "-o",
                    self.place / "q.onnx", *arguments,
                )

    def test_a_temporary_directory_is_removed_with_its_files(self):
        self.assert_interrupted(
            signal.SIGINT, "quantize", self.demo() / "model", "--task", "text-classification", "-o", self.scratch / "q.onnx",
            "--fuse-first", TMPDIR=self.place,
        )
        self.assertFalse((self.scratch / "q.onnx").exists())

    def test_a_signal_that_was_ignored_stays_ignored(self):
        """As under nohup."""
        def ignore():
            signal.signal(signal.SIGHUP, signal.SIG_IGN)

        with self.start(*self.export(self.place / "m.onnx"), environment=self.with_signal(signal.SIGHUP), preexec_fn=ignore) as process:
            self.addCleanup(process.kill)
            with self.assertRaises(harness.subprocess.TimeoutExpired):
                process.wait(timeout=2)
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=20)
        self.assertEqual(harness.ending(process.returncode), harness.INTERRUPTED, errors)
        self.assertEqual(os.listdir(self.place), [])


if __name__ == "__main__":
    harness.main()
