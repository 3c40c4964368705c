"""The store: reading needs no write access, damage is said with the file's name, several runs share it."""

import ctypes
import os
import shutil
import unittest

import harness

CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, PR_CAPBSET_DROP = 1, 2, 24  # linux/capability.h, linux/prctl.h


def drop_override():
    """Takes away root's right to write what its permissions do not allow."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        if libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_CAPBSET_DROP)")


class ReadOnly(harness.Case):
    def make_read_only(self):
        self.assert_ok(self.run_program(*self.run_arguments()))
        place = self.scratch / "shared"
        place.mkdir()
        for path in self.scratch.glob("store.sqlite*"):
            shutil.move(path, place / path.name)
        self.store = place / "store.sqlite"
        for path in place.iterdir():
            path.chmod(0o444)
        place.chmod(0o555)
        self.addCleanup(place.chmod, 0o755)

    def run_as_reader(self, *arguments):
        """Root may write everywhere, unless it gives that right up."""
        options = {"preexec_fn": drop_override} if os.geteuid() == 0 else {}
        return self.run_program(*arguments, cwd="/", **options)

    def test_a_store_that_cannot_be_written_is_listed_and_shown(self):
        self.make_read_only()
        run_id = self.results()["run_id"]
        listed = self.run_as_reader("list")
        self.assert_ok(listed)
        self.assertIn(run_id, listed.output)
        self.assert_ok(self.run_as_reader("show", run_id))
        self.assert_ok(self.run_as_reader("report", run_id, "--format", "csv"))

    def test_a_run_with_a_store_that_cannot_be_written_is_refused_with_its_path(self):
        self.make_read_only()
        for path in (self.out, self.cache):
            shutil.rmtree(path)
            path.mkdir()
            path.chmod(0o777)
        self.assert_one_line(self.run_as_reader(*self.run_arguments()), self.store)
        self.assertEqual(os.listdir(self.out), [])


class Damaged(harness.Case):
    def test_a_store_that_is_none_is_refused_with_its_path_and_kept(self):
        card = harness.CARDS / "000_43a37d0915b28517.txt"
        for name, content in {
            "text": card.read_bytes(),
            "a torn header": b"SQLite format 3\x00" + bytes(50),
            "noise": bytes(range(256)) * 64,
        }.items():
            with self.subTest(name):
                self.store.write_bytes(content)
                self.assert_one_line(self.run_program("list"), self.store)
                self.assert_one_line(self.run_program(*self.run_arguments()), self.store)
                self.assertEqual(self.store.read_bytes(), content)

    def test_a_damaged_page_is_said_and_never_becomes_a_result(self):
        self.assert_ok(self.run_program(*self.run_arguments()))
        figures = self.figures()
        # Of the file alone: the log beside it is empty after the last connection.
        content = self.store.read_bytes()
        for page in range(1, len(content) // 4096):
            damaged = content[: page * 4096] + bytes(4096) + content[(page + 1) * 4096 :]
            self.store.write_bytes(damaged)
            for beside in self.scratch.glob("store.sqlite-*"):
                beside.unlink()
            with self.subTest(page=page):
                result = self.run_program(*self.run_arguments())
                self.assert_known_status(result)
                if result.status == harness.OK:
                    self.assertEqual(self.figures(), figures)
                else:
                    # Stages that were found before the damage are told; the reason is one line.
                    self.assert_reason(result, self.store, "damaged")


class Together(harness.Case):
    def test_three_runs_at_once_are_each_whole_and_say_nothing_strange(self):
        arguments = self.run_arguments()
        outs = [self.scratch / f"out{i}" for i in range(3)]
        running = []
        for out in outs:
            mine = [out if argument == self.out else argument for argument in arguments]
            running.append(self.start(*mine))
        for out, process in zip(outs, running):
            with process:
                _, errors = process.communicate(timeout=300)
            self.assertEqual(process.returncode, 0, errors)
            self.assertNotIn(b"error", errors)
            self.assertNotIn(b"failed", errors)
            self.out = out
            self.assert_outputs_whole()
            self.assertEqual([row["status"] for row in self.results()["rows"]], ["ok", "ok"])
        self.assertEqual(list((self.cache / "staging").iterdir()), [])


class Paths(harness.Case):
    """A message of the system carries the path that it is about."""

    def test_every_missing_file_is_named(self):
        missing = self.scratch / "missing"
        model = self.demo() / "model"
        for arguments in (
            ["run", missing, "--out", self.out],
            ["show", missing],
            ["report", missing],
            ["compare", missing, missing],
            ["import", missing, "--out", self.out],
            ["replicate", missing, "--out", self.out],
            ["export", missing, "-o", self.scratch / "m.onnx"],
            ["quantize", missing, "-o", self.scratch / "q.onnx"],
            ["export", model, "--task", "text-classification", "-o", "/proc/none/m.onnx"],
            ["report", harness.CARDS / "000_43a37d0915b28517.txt", "-o", "/proc/none/card.md"],
            [*self.run_arguments(), "--cache", "/proc/none/cache"],
            [*self.run_arguments(), "--store", "/proc/none/store.sqlite"],
        ):
            with self.subTest(arguments[0], arguments=arguments):
                named = "/proc/none" if any("/proc/none" in str(argument) for argument in arguments) else missing
                self.assert_one_line(self.run_program(*arguments), named)


if __name__ == "__main__":
    harness.main()
