"""The disk is full after a random number of bytes of a run: one line says so, and with room again the same command comes to the
same results."""

import os
import random
import subprocess
import unittest

import harness


class DiskFull:
    """The tests, for a model that a subclass names."""

    def with_disk(self, size):
        """Environment in which store, cache and output have room for `size` bytes."""
        counter = self.scratch / "counter"
        counter.write_bytes(bytes(8))
        return {
            "LD_PRELOAD": harness.PRELOAD,
            "QUANTBENCH_FAULT_UNDER": self.scratch,
            "QUANTBENCH_FAULT_COUNTER": counter,
            "QUANTBENCH_FAULT_BYTES": size,
        }

    def bytes_of_a_run(self):
        self.assert_ok(self.run_program(*self.run_arguments(), environment=self.with_disk(1 << 60)))
        return int.from_bytes((self.scratch / "counter").read_bytes(), "little")

    def test_a_run_on_a_full_disk_says_so_and_goes_on_once_there_is_room(self):
        total = self.bytes_of_a_run()
        figures, models = self.figures(), self.models()
        self.assertGreater(total, 100_000)
        randomly = random.Random(harness.SEED)
        # Most bytes are the models': half of the points are in the last writes, of store and output.
        late = 200_000
        sizes = [randomly.randrange(total) for _ in range(self.BYTES - self.BYTES // 2)]
        sizes += [total - randomly.randrange(1, late) for _ in range(self.BYTES // 2)]
        for size in sizes:
            self.start_over()
            with self.subTest(bytes=size, of=total):
                result = self.run_program(*self.run_arguments(), environment=self.with_disk(size))
                self.assert_known_status(result)
                self.assertNotEqual(result.status, harness.OK, "not all could be written")
                if result.status == harness.BAD_INPUT:
                    lines = [line for line in result.errors.splitlines() if line.startswith("quantbench: ")]
                    self.assertEqual(len(lines), 1, result)
                    self.assertRegex(lines[0], "No space left on device|disk is full|cannot be written")
                self.assert_outputs_whole()
                self.assert_ok(self.run_program(*self.run_arguments()))
                self.assertEqual(self.figures(), figures)
                self.assertEqual(self.models(), models)


class Demo(DiskFull, harness.Case):
    BYTES = 20 if harness.ALL else 4

    @harness.needs_root("only root can mount a small file system")
    def test_a_real_file_system_without_room(self):
        small = self.scratch / "small"
        small.mkdir()
        for size in ("64k", "400k", "2m"):
            mounted = subprocess.run(
                ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", small], capture_output=True, check=False
            )
            if mounted.returncode != 0:
                self.skipTest("this machine mounts no tmpfs")
            try:
                self.store, self.cache, self.out = small / "store.sqlite", small / "cache", small / "out"
                with self.subTest(size=size):
                    result = self.run_program(*self.run_arguments())
                    self.assert_known_status(result)
                    self.assertNotEqual(result.status, harness.OK)
                    self.assertNotEqual(result.errors, "")
                    self.assert_outputs_whole()
            finally:
                subprocess.run(["umount", small], check=True)

    def test_an_output_that_finds_no_room_is_absent_and_the_old_one_stays(self):
        model = self.demo() / "model"
        output = self.scratch / "model.onnx"
        export = ["export", model, "-o", output, "--task", "text-classification"]
        self.assert_ok(self.run_program(*export))
        before = harness.sha256(output)
        for size in (0, 1000, 100_000):
            self.assert_one_line(self.run_program(*export, environment=self.with_disk(size)), output, "No space left")
            self.assertEqual(harness.sha256(output), before)
            self.assertEqual(sorted(os.listdir(self.scratch)), ["counter", "inputs", "model.onnx"])


@harness.needs_real_models
class RealModel(DiskFull, harness.RealModel):
    BYTES = 20 if harness.ALL else 2


if __name__ == "__main__":
    harness.main()
