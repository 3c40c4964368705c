"""Kills a run of the built-in demo's grid (rows timed in groups) at random moments, goes on with the same command, and compares.

    .venv/bin/python bench/killed_runs.py [--kills 20] [--seed 1]

Each time: the run is killed with SIGKILL at a moment drawn from its whole length, then started again. Checked: the second run ends
with exit status 0; its rows equal the rows of a run without a kill, with the same accuracy, each timed at every shape; no result that
the store held before is gone, and none but a timing (an original is timed again with its rows) is another; no worker outlives the
killed run by more than two seconds.
"""

import argparse
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


class Place:
    """A directory with a store and a cache of its own."""

    def __init__(self, program, inputs, path):
        self.program, self.inputs, self.path = program, inputs, path
        path.mkdir()

    def command(self):
        parts = [self.program, "run", self.inputs / "spec.yaml", "--out", self.path / "out", "--overwrite",
                 "--store", self.path / "store.sqlite", "--cache", self.path / "cache"]
        return [str(part) for part in parts]

    def run(self):
        done = subprocess.run(self.command(), capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"exit status {done.returncode}: {done.stderr[-500:]}")
        return json.loads((self.path / "out" / "results.json").read_text())["rows"]

    def run_until(self, seconds):
        """Kills the run after that time. False: it had ended."""
        process = subprocess.Popen(self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            process.wait(seconds)
            return False
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            return True

    def results(self):
        """stage key -> (stage, result)."""
        if not (self.path / "store.sqlite").exists():
            return {}
        connection = sqlite3.connect(self.path / "store.sqlite")
        try:
            return {key: (stage, result) for key, stage, result in connection.execute("SELECT stage_key, stage, result FROM stages")}
        except sqlite3.OperationalError:  # killed before the tables were made
            return {}
        finally:
            connection.close()

    def workers(self):
        """Processes that still use this place."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and b"worker" in (entry / "cmdline").read_bytes():
                    files = [os.readlink(link) for link in (entry / "fd").iterdir()] + (entry / "maps").read_text().split()
                    if any(str(self.path) in file for file in files):
                        found.append(entry.name)
            except OSError:
                continue
        return found


def essence(rows):
    """What must be equal, whenever it was measured."""
    return [(json.dumps(row["parameters"], sort_keys=True), row["status"], row["evaluation"]["accuracy"], row["model_hash"],
             sorted((timing["batch_size"], timing["input_length"]) for timing in row["timings"])) for row in rows]


def faults_of(before, after, rows, expected, left_over):
    faults = []
    if essence(rows) != expected:
        faults.append("other rows")
    for key, (stage, result) in before.items():
        if key not in after:
            faults.append(f"lost: {stage} {key[:8]}")
        elif after[key][1] != result and stage != "time":
            faults.append(f"measured again: {stage} {key[:8]}")
    if left_over:
        faults.append(f"workers that live on: {left_over}")
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=ROOT / "build" / "quantbench")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    program = arguments.program.resolve()
    bad = 0
    with tempfile.TemporaryDirectory() as directory:
        scratch = Path(directory)
        first = scratch / "demo"
        environment = dict(os.environ, QUANTBENCH_STORE=str(scratch / "demo.sqlite"), QUANTBENCH_CACHE=str(scratch / "demo-cache"))
        subprocess.run([str(program), "demo", "--out", str(first)], check=True, capture_output=True, env=environment)
        begin = time.perf_counter()
        whole = Place(program, first / "inputs", scratch / "whole")
        expected = essence(whole.run())
        length = time.perf_counter() - begin
        print(f"{len(expected)} rows, {length:.1f} s", flush=True)
        for number in range(arguments.kills):
            place = Place(program, first / "inputs", scratch / f"killed-{number}")
            moment = chance.uniform(0, length)
            while not place.run_until(moment):  # ended sooner than the first one
                moment *= 0.9
                place = Place(program, first / "inputs", scratch / f"killed-{number}-{moment:.3f}")
            time.sleep(2)
            left_over = place.workers()
            before = place.results()
            rows = place.run()
            faults = faults_of(before, place.results(), rows, expected, left_over)
            bad += bool(faults)
            print(f"killed after {moment:5.2f} s with {len(before):2} results: {'; '.join(faults) or 'the same rows'}", flush=True)
    print(f"{arguments.kills - bad} of {arguments.kills} runs went on with the same rows")
    return bad != 0


if __name__ == "__main__":
    sys.exit(main())
