"""What the tests of tests/fault share: the program in a scratch directory of its own, faults to inject, and the promises that
every ending keeps. Run one by hand with

    QUANTBENCH=build/apps/quantbench/quantbench QUANTBENCH_FAULTS=build/tests/fault/libquantbench_faults.so \
        python3 tests/fault/test_NAME.py [-v] [Class.test]
"""

import dataclasses
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests" / "oracle"))  # for the loopback Hub, which they share
PROGRAM = os.path.abspath(os.environ["QUANTBENCH"])
PRELOAD = os.path.abspath(os.environ["QUANTBENCH_FAULTS"])
DEMO = ROOT / "assets" / "demo"
CARDS = ROOT / "tests" / "data" / "cards"
REAL = pathlib.Path(os.environ.get("QUANTBENCH_REAL_ASSETS") or ROOT.parent / "shared" / "real")
# The whole number of random moments and bytes, not the few of every day.
ALL = os.environ.get("QUANTBENCH_ALL_FAULTS", "") not in ("", "0")
SEED = int(os.environ.get("QUANTBENCH_FAULT_SEED", "20261128"))

# The demo's spec as a run of a second: an original and one quantized row.
QUICK = {
    "operators_to_quantize": "[MatMul]",
    "per_channel": "false",
    "batch_sizes": "[1]",
    "input_lengths": "[8]",
    "time_benchmark_args.duration": "0.05",
    "time_benchmark_args.warmup_runs": "1",
    "max_eval_samples": "20",
}

OK, ROWS_FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


@dataclasses.dataclass
class Result:
    status: int
    output: str
    errors: str


def ending(process_status):
    """The status as a shell has it: 128 + signal where a signal ended the process."""
    return 128 - process_status if process_status < 0 else process_status


def sha256(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def tree(directory):
    """Content of every file below a directory, links not followed: what must not have changed is compared by it."""
    out = {}
    for path in sorted(pathlib.Path(directory).rglob("*")):
        name = str(path.relative_to(directory))
        if path.is_symlink():
            out[name] = "link to " + os.readlink(path)
        elif path.is_dir():
            out[name] = "directory"
        elif path.is_file():
            out[name] = sha256(path)
        else:
            out[name] = "special"
    return out


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="quantbench-fault-")
        self.addCleanup(directory.cleanup)
        self.scratch = pathlib.Path(os.path.realpath(directory.name))
        self.store = self.scratch / "store.sqlite"
        self.cache = self.scratch / "cache"
        self.out = self.scratch / "out"

    def environment(self, **more):
        names = {
            "QUANTBENCH_STORE": self.store,
            "QUANTBENCH_CACHE": self.cache,
            "HF_HOME": self.scratch / "huggingface",
            "HF_HUB_OFFLINE": "1",
        }
        return os.environ | {name: str(value) for name, value in (names | more).items()}

    def start(self, *arguments, environment=None, **options):
        settings = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
        return subprocess.Popen(
            [PROGRAM, *map(str, arguments)], env=self.environment(**(environment or {})), **settings
        )

    def run_program(self, *arguments, timeout=120, **options):
        with self.start(*arguments, **options) as process:
            try:
                output, errors = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                self.fail(f"no end after {timeout} s: {' '.join(map(str, arguments))}")
        text = [(part or b"").decode(errors="replace") for part in (output, errors)]
        return Result(ending(process.returncode), *text)

    def demo(self):
        """A copy of the demo's spec, model and data that a test may damage."""
        inputs = self.scratch / "inputs"
        if not inputs.exists():
            shutil.copytree(DEMO, inputs)
        return inputs

    def run_arguments(self, **keys):
        """The quick run of the demo; `keys` replaces keys of its spec ('__' for '.')."""
        arguments = ["run", self.demo() / "spec.yaml", "--out", self.out, "--overwrite"]
        for key, value in (QUICK | {key.replace("__", "."): value for key, value in keys.items()}).items():
            arguments += ["--set", f"{key}={value}"]
        return arguments

    def assert_one_line(self, result, *parts, status=BAD_INPUT):
        """Ended with `status` and one line that says why, `parts` in it."""
        self.assertEqual(result.status, status, result)
        self.assertEqual(len(result.errors.splitlines()), 1, result)
        self.assertTrue(result.errors.startswith("quantbench: error: "), result)
        for part in parts:
            self.assertIn(str(part), result.errors)

    def assert_reason(self, result, *parts, status=BAD_INPUT):
        """The same for a run, which tells its progress before."""
        self.assertEqual(result.status, status, result)
        lines = [line for line in result.errors.splitlines() if line.startswith("quantbench: error: ")]
        self.assertEqual(len(lines), 1, result)
        for part in parts:
            self.assertIn(str(part), lines[0])

    def assert_ok(self, result):
        self.assertEqual(result.status, OK, result)

    def assert_known_status(self, result):
        """Of those that docs/cli.md has; a signal or a fault of the program itself is none of them."""
        self.assertIn(result.status, (OK, ROWS_FAILED, BAD_INPUT, INTERRUPTED), result)

    def assert_outputs_whole(self, but_for="(?!)"):
        """Each file that a run writes is whole or absent, and nothing else is in its directory (but names as `but_for`)."""
        ends = {"README.md": "\n", "results.json": "}\n", "spec.yaml": "\n", "report.html": "</html>\n"}
        for path in self.out.iterdir() if self.out.exists() else ():
            if re.fullmatch(but_for, path.name):
                continue
            self.assertIn(path.name, ends)
            self.assertTrue(path.read_text().endswith(ends[path.name]), path)
            if path.name == "results.json":
                self.assertIn("rows", json.loads(path.read_text()))

    def start_over(self):
        """Without store, cache and output, as before the first run."""
        for path in (self.cache, self.out):
            shutil.rmtree(path, ignore_errors=True)
        for path in self.store.parent.glob(self.store.name + "*"):
            path.unlink()

    def results(self):
        return json.loads((self.out / "results.json").read_text())

    def figures(self):
        """What does not depend on the moment: of each row its parameters, status and metrics."""
        times = ("total_time_in_seconds", "samples_per_second", "latency_in_seconds")
        out = []
        for row in self.results()["rows"]:
            metrics = {name: value for name, value in row["evaluation"].items() if name not in times}
            out.append((json.dumps(row["parameters"], sort_keys=True), row["status"], metrics))
        return out

    def models(self):
        """Bytes of each model in the cache, by the stage that made it."""
        place = self.cache / "artefacts"
        return {
            str(path.relative_to(place)): sha256(path)
            for path in sorted(place.rglob("*"))
            if path.is_file() and path.name != "result.json"
        }


class RealModel(Case):
    """The quick run, of the real MiniLM instead of the demo's model."""

    def run_arguments(self, **keys):
        real = {"name_or_path": REAL / "sst2-minilm", "dataset__path": REAL / "data" / "sst2"}
        return super().run_arguments(**(real | keys))


def needs_real_models(case):
    return unittest.skipUnless(REAL.is_dir(), "real models and data not found; set QUANTBENCH_REAL_ASSETS")(case)


def needs_root(reason):
    return unittest.skipUnless(os.geteuid() == 0, reason)


def processes_with(text):
    """Processes whose environment has the text (a scratch directory, say): the program and its workers."""
    found = []
    for directory in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if int(directory.name) != os.getpid() and text.encode() in (directory / "environ").read_bytes():
                found.append(int(directory.name))
        except OSError:
            pass  # it ended, or is another user's
    return found


def main():
    """Runs the file's tests; status 77 (a skip, for CTest) when all of them were skipped."""
    result = unittest.main(exit=False, verbosity=2).result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if result.testsRun > 0 and len(result.skipped) == result.testsRun else 0)

