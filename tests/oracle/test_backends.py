"""One benchmark on each backend. The demo's spec as it stands (only shorter) gives the same accuracy rows on this machine, on a real
Slurm (slurm_cluster.py) and as a SageMaker job (aws_emulator.py). Card 002's spec as it stands, run on the backend that it names,
writes card 002 with that backend. What cannot start here is skipped, and says why."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import slurm_cluster
from aws_emulator import BUCKET, ROLE, ROOT, AwsEmulator, exit_without_packages
from card_structure import comparable, structure

exit_without_packages()

PROGRAM = os.path.abspath(os.environ["QUANTBENCH"])
REAL = pathlib.Path(os.environ.get("QUANTBENCH_REAL_ASSETS") or ROOT.parent / "shared" / "real")
SHORT = "time_benchmark_args={duration: 0.02, warmup_runs: 1}"


class OneBenchmark(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="quantbench-backends-")
        cls.scratch = pathlib.Path(cls.directory.name)
        cls.home = cls.scratch / "home"
        cls.image = cls.scratch / "image"
        cls.image.mkdir()
        (cls.image / "quantbench").symlink_to(PROGRAM)
        cls.aws = AwsEmulator(cls.scratch / "aws", cls.image).__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.aws.__exit__()
        cls.directory.cleanup()

    def there(self, name):
        """--set that completes the arguments of a spec for the emulator, its own kept."""
        return [f"--set=backend_args.{key}={value}" for key, value in dict(
            s3_uri=f"s3://{BUCKET}/quantbench/{name}", role_arn=ROLE, image="quantbench:latest", grace=1).items()]

    def run_spec(self, name, spec, environment, *options):
        place = self.scratch / name
        place.mkdir()
        done = subprocess.run(
            [PROGRAM, "run", spec, "--out", place / "out", "--set", SHORT, "--store", place / "store.sqlite",
             "--cache", place / "cache", *options],
            env=environment, cwd=place, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        return json.loads((place / "out/results.json").read_text())

    def test_the_demos_spec_gives_the_same_accuracy_rows_everywhere(self):
        demo = ROOT / "assets/demo/spec.yaml"
        results = {
            "local": self.run_spec("demo-here", demo, os.environ, "--backend", "local"),
            "sagemaker-training": self.run_spec(
                "demo-aws", demo, self.aws.environment(self.home), "--backend", "sagemaker-training",
                "--set=backend_args.instance_type=ml.m5.2xlarge", *self.there("demo")),
        }
        try:
            cluster = slurm_cluster.Cluster(self.scratch / "cluster")
        except slurm_cluster.Unavailable as reason:
            print(f"without Slurm: {reason}", flush=True)
        else:
            try:
                results["slurm"] = self.run_spec(
                    "demo-slurm", demo, os.environ | cluster.environment, "--backend", "slurm",
                    f"--set=backend_args={{run_directory: {self.scratch}/runs, grace: 2}}")
            finally:
                cluster.stop()
        rows = {name: [(row["parameters"], row["status"], row["model_hash"], row["evaluation"]["accuracy"]) for row in one["rows"]]
                for name, one in results.items()}
        self.assertEqual(len(rows["local"]), 5)
        for name, one in results.items():
            with self.subTest(name):
                self.assertEqual(one["spec"]["backend"], name)
                self.assertEqual(rows[name], rows["local"])
                self.assertTrue(all(len(row["timings"]) == 4 for row in one["rows"]))

    def test_card_002_with_its_backend_as_it_ran(self):
        if not REAL.is_dir():
            self.skipTest("real models and data not found; set QUANTBENCH_REAL_ASSETS")
        for plugin in ("torch", "parquet"):
            if not (pathlib.Path(PROGRAM).parent / f"libquantbench_{plugin}.so").exists():
                self.skipTest(f"quantbench was built without {plugin}; scripts/bootstrap --tests brings it")
        from five_cards_data import fill
        from loopback_hub import LoopbackHub

        served = self.scratch / "served"
        served.mkdir()
        with LoopbackHub() as hub:
            fill(hub, REAL, served)
            environment = self.aws.environment(self.home) | hub.environment(self.scratch / "hub")
            results = self.run_spec("card", ROOT / "examples/002-squad-distilbert.yaml", environment,
                                    "--backend", "sagemaker-training", *self.there("card"))
        theirs_text, theirs = structure((ROOT / "tests/data/cards/002_4172e28f3ecbce6a.txt").read_text())
        ours_text, ours = structure((self.scratch / "card/out/README.md").read_text().split("\n# Remarks\n")[0])
        named = "**Backend:** `sagemaker-training` **Backend args:** `{'instance_type': 'ml.g4dn.2xlarge', 'supported_instructions': None}`"
        self.assertIn(named, theirs_text)
        self.assertEqual(comparable(ours_text, "distilbert"), comparable(theirs_text, "distilbert"))
        self.assertEqual(ours, theirs)
        self.assertEqual(results["spec"]["backend_args"], {"instance_type": "ml.g4dn.2xlarge", "supported_instructions": None})
        self.assertTrue(all(row["status"] == "ok" for row in results["rows"]), results["rows"])


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=2))
