"""Standard output and standard error that cannot be written: lost results are a failure, lost diagnostics are not."""

import os
import pty
import signal
import subprocess
import time
import unittest

import harness
import onnx_bytes


class Output(harness.Case):
    """Standard output."""

    def commands(self):
        card = harness.CARDS / "000_43a37d0915b28517.txt"
        return {
            "--version": ["--version"],
            "--help": ["--help"],
            "run --help": ["run", "--help"],
            "list": ["list"],
            "show": ["show", card],
            "report": ["report", card],
            "report --format csv": ["report", card, "--format", "csv"],
            "report --format json": ["report", card, "--format", "json"],
            "compare": ["compare", card, card],
            "cache": ["cache"],
            "completion": ["completion", "bash"],
        }

    def test_an_output_that_cannot_be_written_is_a_failure(self):
        for name, arguments in self.commands().items():
            with self.subTest(name):
                self.assert_ok(self.run_program(*arguments))
                with open("/dev/full", "wb") as full:
                    self.assert_one_line(self.run_program(*arguments, stdout=full), "No space left on device")

    def test_an_output_that_is_closed_is_a_failure(self):
        for name, arguments in self.commands().items():
            with self.subTest(name):
                result = self.run_program(*arguments, preexec_fn=lambda: os.close(1))
                self.assert_one_line(result)

    def test_a_reader_that_went_away_is_no_failure(self):
        """As `head -1` does."""
        card = harness.CARDS / "000_43a37d0915b28517.txt"
        read, write = os.pipe()
        os.close(read)
        with os.fdopen(write, "wb") as output:
            result = self.run_program("report", card, "--format", "json", stdout=output, restore_signals=True)
        self.assert_ok(result)
        self.assertEqual(result.errors, "")

    def test_a_run_whose_table_cannot_be_written_has_its_files(self):
        with open("/dev/full", "wb") as full:
            result = self.run_program(*self.run_arguments(), stdout=full)
        self.assertEqual(result.status, harness.BAD_INPUT, result)
        self.assert_outputs_whole()
        self.assertTrue((self.out / "results.json").exists())


class Diagnostics(harness.Case):
    """Standard error."""

    def assert_run_is_whole(self, result, status=harness.OK):
        self.assertEqual(result.status, status, result)
        self.assert_outputs_whole()
        self.assertEqual([row["status"] for row in self.results()["rows"]], ["ok", "ok"])

    def test_a_run_with_standard_error_closed_is_whole(self):
        self.assert_run_is_whole(self.run_program(*self.run_arguments(), preexec_fn=lambda: os.close(2)))

    def test_a_run_with_all_three_closed_keeps_its_files(self):
        def close():
            for number in (0, 1, 2):
                os.close(number)

        # Its table could not be printed; no file of the run took the place of a stream.
        self.assert_run_is_whole(self.run_program(*self.run_arguments(), preexec_fn=close), status=harness.BAD_INPUT)

    def test_a_run_with_the_disk_of_its_log_full_is_whole(self):
        with open("/dev/full", "wb") as full:
            self.assert_run_is_whole(self.run_program(*self.run_arguments(), stderr=full))

    def test_a_message_that_cannot_be_written_leaves_the_status(self):
        for arguments in (["show", "nothing"], ["nonsense"], ["run", self.scratch / "none.yaml", "--out", self.out]):
            with self.subTest(arguments), open("/dev/full", "wb") as full:
                self.assertEqual(self.run_program(*arguments, stderr=full).status, harness.BAD_INPUT)
                self.assertEqual(self.run_program(*arguments, preexec_fn=lambda: os.close(2)).status, harness.BAD_INPUT)

    def test_a_warning_that_cannot_be_written_leaves_the_output(self):
        model = self.scratch / "m.onnx"
        model.write_bytes(onnx_bytes.doubled(16))
        quantize = ["quantize", model, "-o", self.scratch / "q.onnx", "--prepare", "fold_constants"]
        said = self.run_program(*quantize)
        self.assert_ok(said)
        self.assertIn("warning", said.errors)
        (self.scratch / "q.onnx").unlink()
        with open("/dev/full", "wb") as full:
            self.assert_ok(self.run_program(*quantize, stderr=full))
        self.assertTrue((self.scratch / "q.onnx").exists())

    def end_on_a_terminal(self, end):
        """A run on a terminal that `end(process, master)` takes away or signals in the midst of the run."""
        master, terminal = pty.openpty()
        process = self.start(
            *self.run_arguments(time_benchmark_args__duration="1"), stdout=subprocess.DEVNULL, stderr=terminal,
            start_new_session=True, environment={"TERM": "xterm"},
        )
        with process:
            os.close(terminal)
            os.read(master, 1)  # it draws its bar
            end(process, master)
            deadline = time.monotonic() + 120
            while process.poll() is None:
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.02)
        return harness.Result(harness.ending(process.returncode), "", "")

    def test_a_run_outlives_its_terminal(self):
        self.assert_run_is_whole(self.end_on_a_terminal(lambda _, master: os.close(master)))

    def test_a_hangup_interrupts_as_sigterm_does(self):
        results = {}
        for number in (signal.SIGHUP, signal.SIGTERM):
            self.start_over()
            results[number] = self.end_on_a_terminal(lambda process, _: process.send_signal(number)).status  # noqa: B023
        self.assertEqual(set(results.values()), {harness.INTERRUPTED})
        self.assert_run_is_whole(self.run_program(*self.run_arguments()))


if __name__ == "__main__":
    harness.main()
