"""Runs on a real Slurm of four nodes (slurm_cluster.py), with faults: each time the same set of rows as on this machine, none lost, none
doubled, and nothing measured twice that had been kept. Where Slurm cannot start, it says why and is skipped (exit status 77)."""

import hashlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import slurm_cluster

PROGRAM = os.path.abspath(os.environ["QUANTBENCH"])
ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "assets" / "demo"
DONE = 180  # seconds that a run may take on a slow machine

# An original and four quantized models: five evaluations, two shapes.
GRID = {
    "operators_to_quantize": "[[MatMul], [Gather, MatMul]]",
    "per_channel": "[false, true]",
    "batch_sizes": "[1, 2]",
    "input_lengths": "[8]",
    "time_benchmark_args": "{duration: 0.3, warmup_runs: 1}",
    "max_eval_samples": "200",
}

cluster = None
scratch = None


def setUpModule():
    global cluster, scratch
    scratch = tempfile.TemporaryDirectory(prefix="quantbench-slurm-")
    try:
        cluster = slurm_cluster.Cluster(Path(scratch.name) / "cluster")
    except slurm_cluster.Unavailable as reason:
        print(f"skipped: {reason}", flush=True)
        os._exit(77)


def tearDownModule():
    cluster.stop()
    scratch.cleanup()


def keys_in(store):
    with sqlite3.connect(store) as connection:
        return {key for (key,) in connection.execute("SELECT stage_key FROM stages")}


def rows_of(results):
    """What must not depend on where a row was measured."""
    rows = [{
        "parameters": row["parameters"],
        "status": row["status"],
        "message": row.get("message", ""),
        "accuracy": row["evaluation"].get("accuracy"),
        "model": row.get("model_hash"),
        "shapes": [(timing["batch_size"], timing["input_length"]) for timing in row["timings"]],
    } for row in results["rows"]]
    return rows


class Run:
    """A run of the grid on the cluster, in a directory of its own."""

    def __init__(self, name, **changes):
        self.directory = Path(scratch.name) / name
        self.directory.mkdir()
        self.runs = self.directory / "shared"
        self.arguments = {"run_directory": str(self.runs), "max_jobs": 4, "retries": 2, "grace": 2,
                          "account": "someone", "time": 30, **changes}
        self.environment = {**os.environ, **cluster.environment, "QUANTBENCH_STORE": str(self.directory / "store.sqlite"),
                            "QUANTBENCH_CACHE": str(self.directory / "cache")}

    def command(self, *more, grid=GRID, backend="slurm", out="out"):
        sets = dict(grid)
        if backend == "slurm":
            sets |= {"backend_args": json.dumps(self.arguments)}
        options = [f"--set={key}={value}" for key, value in sets.items()]
        return [PROGRAM, "run", str(DEMO / "spec.yaml"), "--backend", backend, "--out", str(self.directory / out), "--overwrite",
                *options, *more]

    def start(self, *more, **how):
        with open(self.directory / "log", "ab") as log:
            return subprocess.Popen(self.command(*more, **how), env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def run(self, *more, **how):
        return subprocess.run(self.command(*more, **how), env=self.environment, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=DONE)

    def quantbench(self, *arguments):
        return subprocess.run([PROGRAM, *arguments], env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=DONE)

    def results(self, out="out"):
        return json.loads((self.directory / out / "results.json").read_text())

    @property
    def place(self):
        """The run's directory, as soon as there is one."""
        return next((path.parent for path in self.runs.glob("*/run.json")), None)

    def kept(self):
        """The results that have left the nodes, by key."""
        place = self.place
        if place is None:
            return {}
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in place.glob("results/[0-9a-f]*.json")}

    def measured(self):
        """Stages that jobs have measured, by their logs: not those that they found."""
        count = 0
        for log in self.place.glob("log/*.txt"):
            for line in log.read_text().splitlines():
                if re.match(r"\[ *\d+%\] ", line) and not line.endswith("(reused)"):
                    count += 1
        return count

    def jobs(self, *states):
        place = self.place
        mine = f"qb-{place.name}-" if place else "qb-none-"
        return [job for job in cluster.jobs(*states) if job[1].startswith(mine)]

    def names_submitted(self):
        jobs = {}
        for line in (self.place / "jobs.jsonl").read_text().splitlines():
            if line.strip():
                job = json.loads(line)
                jobs.setdefault(job["name"], set()).add(job["id"])
        return jobs


class Slurm(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        here = Run("here")
        done = here.run(backend="local")
        assert done.returncode == 0, done.stderr
        cls.expected = rows_of(here.results())
        cls.keys = keys_in(here.directory / "store.sqlite")
        assert len(cls.expected) == 5, cls.expected
        assert all(row["status"] == "ok" for row in cls.expected), cls.expected

    def tearDown(self):
        for node, state in cluster.node_states().items():
            if f"slurmd-{node}" not in cluster.daemons:
                cluster.start_node(node)
        if "slurmctld" not in cluster.daemons:
            cluster.start_controller()
        for job, *_ in cluster.jobs("PENDING", "RUNNING"):
            cluster.client("scancel", "--quiet", job)
        cluster.resume_drained_nodes()  # else a fault of one test is a fault of all that follow
        cluster.wait_until_idle(60)

    def until(self, what, condition, seconds=DONE):
        deadline = time.monotonic() + seconds
        while not (value := condition()):
            self.assertLess(time.monotonic(), deadline, f"in vain: {what}")
            time.sleep(0.05)
        return value

    def end(self, run, process, status=0):
        try:
            self.assertEqual(process.wait(DONE), status, (run.directory / "log").read_text())
        finally:
            process.kill()

    def check(self, run, kept_before=None):
        """The same rows, one file a result, nothing measured again that had been kept."""
        self.assertEqual(rows_of(run.results()), self.expected)
        kept = run.kept()
        for name, content in (kept_before or {}).items():
            self.assertEqual(kept[name], content, "a result was replaced")
        self.assertEqual({name.removesuffix(".json") for name in kept}, self.keys)
        self.assertEqual(keys_in(run.directory / "store.sqlite"), self.keys)
        self.assertLessEqual(run.measured(), len(self.keys))
        self.assertEqual(list(run.place.glob("results/.*")), [], "drafts were left")

    def running(self, run, beginning):
        """A job whose shard is at work: it has said so."""
        def at_work():
            for job, name, state, node in run.jobs("RUNNING"):
                shard = name.split("-", 2)[2].rsplit("-a", 1)[0]
                if shard.startswith(beginning) and node and (run.place / "progress" / f"{shard}.json").exists():
                    return job, shard, node
            return None
        return self.until(f"{beginning} runs", at_work)

    def test_four_nodes_give_the_same_rows_with_four_shards_in_flight(self):
        run = Run("four")
        most = 0
        process = run.start("--follow")
        while process.poll() is None:
            most = max(most, len(run.jobs("RUNNING")))
            time.sleep(0.1)
        self.end(run, process)
        self.check(run)
        self.assertGreaterEqual(most, 3, "shards in flight")
        log = (run.directory / "log").read_text()
        self.assertRegex(log, r"job evaluate-1: running on n\d, ")
        # The timings take long enough for a look in between.
        self.assertRegex(log, r"job time-1x8: running on n\d, time: batch size 1, ")
        nodes = {json.loads(path.read_text())["node"] for path in run.place.glob("done/*.json")}
        self.assertGreaterEqual(len(nodes), 3)
        # The card names the backend, and neither the account nor a path of the cluster.
        results = run.results()
        self.assertEqual(results["spec"]["backend"], "slurm")
        self.assertEqual(results["spec"]["backend_args"], {})
        for file in (run.directory / "out").iterdir():
            if file.is_file():
                self.assertNotIn("someone", file.read_text(errors="replace"), file)
                self.assertNotIn(str(run.runs), file.read_text(errors="replace"), file)
        # The same command again submits nothing.
        submitted = run.names_submitted()
        again = run.run(out="again")
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual(run.names_submitted(), submitted)
        self.assertEqual(rows_of(run.results("again")), self.expected)

    def test_one_job_has_one_shard_in_flight(self):
        run = Run("one", max_jobs=1)
        most = 0
        process = run.start()
        while process.poll() is None:
            most = max(most, len(run.jobs("RUNNING")))
            time.sleep(0.1)
        self.end(run, process)
        self.assertEqual(most, 1)
        self.check(run)

    def test_a_node_without_power_in_mid_shard(self):
        run = Run("node")
        process = run.start()
        _, shard, node = self.running(run, "time-")
        kept = run.kept()
        cluster.kill_node(node)
        self.until("the node is down", lambda: "down" in cluster.node_states()[node], 60)
        self.end(run, process)
        self.check(run, kept)

    def test_a_nodes_daemon_killed_while_its_job_goes_on(self):
        run = Run("daemon")
        process = run.start()
        _, shard, node = self.running(run, "evaluate-")
        kept = run.kept()
        cluster.kill_daemon(node)
        self.end(run, process)
        self.assertEqual(rows_of(run.results()), self.expected)
        self.assertEqual({name: run.kept()[name] for name in kept}, kept)
        self.assertEqual({name.removesuffix(".json") for name in run.kept()}, self.keys)

    def test_the_coordinator_killed_and_started_again(self):
        run = Run("coordinator")
        process = run.start()
        self.running(run, "evaluate-")
        process.send_signal(signal.SIGKILL)
        process.wait()
        kept = run.kept()
        submitted = set(run.names_submitted())
        time.sleep(1)
        process = run.start()
        self.end(run, process)
        self.check(run, kept)
        # What it finds it does not submit again: one job a shard.
        names = run.names_submitted()
        self.assertLessEqual(submitted, set(names))
        self.assertEqual(sorted(name.rsplit("-a", 1)[1] for name in names), ["1"] * len(names))
        self.assertTrue(all(len(ids - {""}) == 1 for ids in names.values()), names)

    def test_a_job_cancelled_behind_its_back(self):
        run = Run("scancel")
        process = run.start()
        job, shard, _ = self.running(run, "evaluate-")
        kept = run.kept()
        cluster.client("scancel", job)
        self.end(run, process)
        self.check(run, kept)
        self.assertIn(f"{shard}-a1 is lost (CANCELLED)", (run.directory / "log").read_text())
        self.assertTrue(any(name.endswith(f"{shard}-a2") for name in run.names_submitted()))

    def test_the_controller_away_and_back(self):
        run = Run("controller")
        process = run.start()
        self.running(run, "evaluate-")
        kept = run.kept()
        cluster.stop_controller()
        time.sleep(4)
        self.assertIsNone(process.poll(), (run.directory / "log").read_text())
        cluster.start_controller()
        self.end(run, process)
        self.check(run, kept)
        # A job that the controller does not know when it is back is gone, and comes again, once.
        self.assertTrue(all(name.endswith(("-a1", "-a2")) for name in run.names_submitted()), run.names_submitted())

    def test_detach_attach_and_cancel(self):
        run = Run("detach")
        detached = run.run("--detach")
        self.assertEqual(detached.returncode, 0, detached.stderr)
        self.assertIn(f"quantbench attach {run.place.name}", detached.stdout)
        self.assertFalse((run.directory / "out" / "results.json").exists())
        self.until("something runs", lambda: run.jobs("RUNNING"))
        cancelled = run.quantbench("cancel", run.place.name)
        self.assertEqual(cancelled.returncode, 0, cancelled.stderr)
        self.until("all is ended", lambda: not run.jobs("PENDING", "RUNNING"), 60)
        kept = run.kept()
        attached = run.quantbench("attach", run.place.name[:6])
        self.assertEqual(attached.returncode, 0, attached.stderr)
        self.check(run, kept)

    def test_ctrl_c_leaves_the_jobs_alone_and_a_second_one_ends_them(self):
        run = Run("interrupt")
        process = run.start()
        self.running(run, "evaluate-")
        process.send_signal(signal.SIGINT)
        self.until("it says how to cancel", lambda: "the jobs go on" in (run.directory / "log").read_text(), 30)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(60), 130)
        self.until("all is ended", lambda: not run.jobs("PENDING", "RUNNING"), 60)
        ended = {job[0] for job in run.jobs()}
        self.assertTrue(ended)
        process = run.start()
        self.running(run, "evaluate-")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(60), 130)
        # Short jobs may have ended by themselves meanwhile.
        self.assertLessEqual({job[0] for job in run.jobs("CANCELLED")}, ended)
        kept = run.kept()
        self.end(run, run.start())
        self.check(run, kept)

    def test_nodes_with_another_cpu_are_a_group_of_the_same_report(self):
        if subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode != 0:
            self.skipTest("unshare --mount is not allowed here")
        cpuinfo = Path(scratch.name) / "cpuinfo"
        cpuinfo.write_text(re.sub(r"(?m)^(model name\s*:).*", r"\1 Another CPU", Path("/proc/cpuinfo").read_text()))
        # Nodes n3 and n4, which are the slow ones, show another CPU to what runs on them.
        program = Path(scratch.name) / "program"
        program.write_text('#!/bin/sh\ncase "$SLURMD_NODENAME" in n3|n4)\n'
                           f"""  exec unshare --mount sh -c 'mount --bind {cpuinfo} /proc/cpuinfo && exec {PROGRAM} "$@"' sh "$@";;\n"""
                           f'esac\nexec {PROGRAM} "$@"\n')
        program.chmod(0o755)
        run = Run("kinds", constraint=["fast", "slow"], program=str(program))
        done = run.run("--set=price_per_hour={fast: 1, slow: 3}")
        self.assertEqual(done.returncode, 0, done.stderr)
        first, other = run.results(), run.results()["other_machines"][0]
        self.assertEqual(other["machine"]["cpu"], "Another CPU")
        self.assertNotEqual(first["machine"]["cpu"], "Another CPU")
        for group, kind, price in ((first, "fast", 1), (other, "slow", 3)):
            self.assertEqual(group["spec"]["backend_args"], {"constraint": kind})
            self.assertEqual(rows_of(group), self.expected)
            self.assertEqual(group["answer"]["cost"]["price_per_hour"], price)
            # Over the original of its own machine, in the same turns.
            best = group["rows"][group["answer"]["row"]]["timings"][0]
            self.assertEqual(group["answer"]["original_latency_ms"], best["speedup"]["original_mean"])
        means = [[timing["latency_mean"] for row in group["rows"] for timing in row["timings"]] for group in (first, other)]
        self.assertFalse(set(means[0]) & set(means[1]), "a timing stands in both groups")
        below = json.loads((run.directory / "out/another-cpu/results.json").read_text())
        self.assertEqual(below, other)
        self.assertIn("The answer on each machine:\n", done.stdout)
        for words in (f"On fast ({first['machine']['cpu']}): ", "On slow (Another CPU): ", "The cheapest of these: "):
            self.assertIn(words, " ".join(done.stdout.split()))
            self.assertIn(words.split("(")[0], (run.directory / "out/README.md").read_text())

    def test_what_is_wrong_is_said_in_one_line(self):
        wrong = {
            "partition": ("nowhere", "invalid partition"),
            "supported_instructions": ("avx9000", "the machine has no avx9000"),
            "partitoin": ("bench", "did you mean 'partition'?"),
        }
        for number, (key, (value, message)) in enumerate(wrong.items()):
            with self.subTest(key):
                run = Run(f"wrong-{number}", **{key: value})
                done = run.run()
                self.assertEqual(done.returncode, 2, done.stderr)
                errors = [line for line in done.stderr.splitlines() if line.startswith("quantbench: error:")]
                self.assertEqual(len(errors), 1, done.stderr)
                self.assertIn(message, errors[0])
                self.assertFalse((run.directory / "out" / "results.json").exists())


if __name__ == "__main__":
    unittest.main(verbosity=2, argv=[sys.argv[0], *sys.argv[1:]])
