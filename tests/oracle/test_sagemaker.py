"""`quantbench run --backend sagemaker-training` against the emulator of tests/support/sagemaker_emulator.py: signatures
checked by botocore, permissions of docs/sagemaker.md, jobs that run this program as local processes.

Without boto3 and moto (.venv/aws) the oracle is skipped.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest

from aws_emulator import ACCOUNT, BUCKET, REGION, ROLE, ROOT, AwsEmulator, exit_without_packages

exit_without_packages()


PROGRAM = os.environ["QUANTBENCH"]
# Long enough that a job can be stopped in the middle, short enough for slow machines.
SPEC = """task: text-classification
task_args: {is_regression: false}
name_or_path: %(demo)s/model
dataset: {path: %(demo)s/data, calibration_split: train, eval_split: validation, data_keys: {primary: sentence}, ref_keys: [label]}
metrics: [accuracy]
max_eval_samples: 200
framework: onnxruntime
framework_args: {opset: 13}
quantization_approach: dynamic
operators_to_quantize: [[Add, MatMul]]
per_channel: [false, true]
apply_quantization: [true, false]
batch_sizes: [1]
input_lengths: [32]
time_benchmark_args: {duration: %(duration)s, warmup_runs: 1}
backend: sagemaker-training
backend_args: %(arguments)s
"""


class SageMaker(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.scratch = pathlib.Path(cls.directory.name)
        cls.home = cls.scratch / "home"
        image = cls.scratch / "image"
        cls.home.mkdir()
        image.mkdir()
        (image / "quantbench").symlink_to(PROGRAM)
        cls.aws = AwsEmulator(cls.scratch / "aws", image).__enter__()
        cls.counter = 0

    @classmethod
    def tearDownClass(cls):
        cls.aws.__exit__()
        cls.directory.cleanup()

    def spec(self, name, duration=0.1, **arguments):
        given = dict(instance_type="ml.m5.2xlarge", s3_uri=f"s3://{BUCKET}/quantbench/{name}", role_arn=ROLE,
                     image="quantbench:latest", grace=1) | arguments
        path = self.scratch / name / "spec.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(SPEC % dict(demo=ROOT / "assets/demo", duration=duration, arguments=json.dumps(given)))
        return path

    def environment(self, name, **more):
        place = self.scratch / name
        return self.aws.environment(self.home, QUANTBENCH_STORE=str(place / "store.sqlite"),
                                    QUANTBENCH_CACHE=str(place / "cache"), OMP_WAIT_POLICY="PASSIVE", **more)

    def start(self, name, *arguments, **more):
        (self.scratch / name).mkdir(exist_ok=True)
        return subprocess.Popen([PROGRAM, *map(str, arguments)], env=self.environment(name, **more), text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def quantbench(self, name, *arguments, status=0, **more):
        process = self.start(name, *arguments, **more)
        output, errors = process.communicate(timeout=600)
        (self.scratch / name / "output.txt").write_text(output + errors)
        self.assertEqual(process.returncode, status, errors + output)
        return output + errors

    def run_there(self, name, spec, *arguments, **more):
        return self.quantbench(name, "run", spec, "--backend", "sagemaker-training", "--out", self.scratch / name / "out",
                               *arguments, **more)

    def results(self, name):
        return json.loads((self.scratch / name / "out/results.json").read_text())

    def jobs(self):
        return self.aws.boto3("sagemaker").list_training_jobs(MaxResults=100)["TrainingJobSummaries"]

    def objects(self, prefix):
        answer = self.aws.boto3("s3").list_objects_v2(Bucket=BUCKET, Prefix=f"quantbench/{prefix}")
        return [each["Key"] for each in answer.get("Contents", [])]

    def wait_for(self, condition, what):
        deadline = time.monotonic() + 300
        while not condition():
            self.assertLess(time.monotonic(), deadline, f"no {what} came")
            time.sleep(0.2)

    def ended_job(self, name):
        describe = lambda: self.aws.boto3("sagemaker").describe_training_job(TrainingJobName=name)
        self.wait_for(lambda: describe()["TrainingJobStatus"] not in ("InProgress", "Stopping"), "end of the job")
        return describe()

    def test_the_same_accuracy_comes_back_and_the_card_names_the_machine_alone(self):
        spec = self.spec("whole")
        self.quantbench("whole-local", "run", spec, "--out", self.scratch / "whole-local/out")
        self.assertIn("job all: done on ml.m5.2xlarge", self.run_there("whole", spec, "--follow"))
        here, there = self.results("whole-local"), self.results("whole")
        accuracy = lambda results: [(row["parameters"], row["evaluation"]["accuracy"]) for row in results["rows"]]
        self.assertEqual(accuracy(there), accuracy(here))
        self.assertEqual(len(accuracy(there)), 3)
        self.assertTrue(all(row["timings"] for row in there["rows"]))
        self.assertEqual(there["spec"]["backend"], "sagemaker-training")
        self.assertEqual(here["spec"]["backend"], "local")
        self.assertEqual(there["spec"]["backend_args"].get("instance_type"), "ml.m5.2xlarge")
        for path in (self.scratch / "whole/out").rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                for private in (ACCOUNT, BUCKET, ROLE, self.aws.url):
                    self.assertNotIn(private.encode(), content, path.name)
        log = next((self.scratch / "whole/runs").rglob("log/*.txt"))
        self.assertGreater(log.stat().st_size, 0)

        # Once more: everything is there, no job is started.
        before = len(self.jobs())
        self.run_there("whole", spec, "--overwrite")
        self.assertEqual(len(self.jobs()), before)

    def test_a_job_that_is_stopped_is_gone_on_with(self):
        spec = self.spec("stopped", duration=4)
        process = self.start("stopped", "run", spec, "--backend", "sagemaker-training", "--out", self.scratch / "stopped/out")
        kept = lambda: [key for key in self.objects("stopped/") if re.search(r"/out/results/[0-9a-f]{64}\.json$", key)]
        self.wait_for(lambda: len(kept()) >= 3, "result")
        first = next(job["TrainingJobName"] for job in self.jobs() if job["TrainingJobStatus"] == "InProgress")
        sagemaker, s3 = self.aws.boto3("sagemaker"), self.aws.boto3("s3")
        sagemaker.stop_training_job(TrainingJobName=first)
        waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
        waiter.config.delay = 0.5
        waiter.wait(TrainingJobName=first)
        before = {key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in kept()}
        output, errors = process.communicate(timeout=600)
        self.assertEqual(process.returncode, 0, errors + output)
        self.assertTrue(first.endswith("-a1"))
        second = first.removesuffix("1") + "2"
        self.assertEqual(sagemaker.describe_training_job(TrainingJobName=second)["TrainingJobStatus"], "Completed")
        rows = self.results("stopped")["rows"]
        self.assertTrue(rows and all(row["status"] == "ok" for row in rows), rows)
        after = {key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in kept()}
        self.assertLess(len(before), len(after))
        for key, content in before.items():
            self.assertEqual(after[key], content, "a kept result was measured again")

    def test_a_machine_without_the_instructions_measures_nothing(self):
        flags = set(pathlib.Path("/proc/cpuinfo").read_text().split())
        missing = next(name for name in ("amx_int8", "avx512_vnni", "i8mm") if name not in flags)
        spec = self.spec("instructions", supported_instructions=missing, retries=0)
        said = self.run_there("instructions", spec, status=2)
        self.assertIn(missing, said)
        self.assertFalse([key for key in self.objects("instructions/") if "/out/results/" in key])
        run = self.objects("instructions/")[0].split("/")[2]
        job = self.ended_job(f"qb-{run}-all-a1")
        self.assertEqual(job["TrainingJobStatus"], "Failed")
        self.assertIn(missing, job["FailureReason"])
        self.assertLessEqual(len(job["FailureReason"]), 1024)

        # The same command asks for another machine, which may be a better one.
        self.assertIn(missing, self.run_there("instructions", spec, status=2))
        self.assertEqual(self.ended_job(f"qb-{run}-all-a2")["TrainingJobStatus"], "Failed")

    def test_detached_it_is_attended_later_and_cancelled_its_job_is_stopped(self):
        spec = self.spec("detached", duration=0.1)
        self.run_there("detached", spec, "--detach")
        run = self.objects("detached/")[0].split("/")[2]
        self.quantbench("detached", "attach", run)
        self.assertTrue(all(row["status"] == "ok" for row in self.results("detached")["rows"]))

        spec = self.spec("cancelled", duration=60)
        self.run_there("cancelled", spec, "--detach")
        run = self.objects("cancelled/")[0].split("/")[2]
        self.quantbench("cancelled", "cancel", run)
        self.assertEqual(self.ended_job(f"qb-{run}-all-a1")["TrainingJobStatus"], "Stopped")

    def test_refusals_are_one_line_without_a_secret(self):
        spec = self.spec("refused")
        secret = "wrongSECRET/0123456789+"
        said = self.run_there("refused", spec, status=2, AWS_SECRET_ACCESS_KEY=secret)
        lines = [line for line in said.splitlines() if "signature" in line]
        self.assertEqual(len(lines), 1, said)
        self.assertIn("check the secret key", lines[0])
        self.assertNotIn(secret, said)
        self.assertNotIn(self.aws.key, said)

        said = self.run_there("refused", self.spec("refused", s3_uri=f"s3://another-bucket/{REGION}"), status=2)
        self.assertIn("not authorized to perform: s3:", said)

    def test_a_result_that_was_damaged_is_refused(self):
        spec = self.spec("damaged")
        self.aws.damage("damaged/")
        try:
            said = self.run_there("damaged", spec, status=2)
        finally:
            self.aws.damage("")
        self.assertIn("the content that came is not the object's: its MD5 is", said)
        # Undamaged, the same command goes on with the same job.
        self.run_there("damaged", spec)
        self.assertTrue(all(row["status"] == "ok" for row in self.results("damaged")["rows"]))

    def test_zz_no_secret_stands_in_any_file(self):
        secrets = [secret.encode() for secret in self.aws.secrets()]
        seen = 0
        for path in self.scratch.rglob("*"):
            if path.is_file() and not path.is_symlink():
                seen += 1
                content = path.read_bytes()
                for secret in secrets:
                    self.assertNotIn(secret, content, path)
        self.assertGreater(seen, 50)


if __name__ == "__main__":
    unittest.main()
