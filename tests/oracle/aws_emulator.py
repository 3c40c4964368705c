"""The emulator of tests/support/sagemaker_emulator.py as a context, with the permissions of docs/sagemaker.md.

    with AwsEmulator(directory, image) as aws:
        subprocess.run(..., env=aws.environment(home))
        aws.boto3("s3").list_buckets()
"""

import json
import os
import pathlib
import re
import secrets
import subprocess
import sys
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = ROOT / ".venv/aws"
sys.path.insert(0, str(PACKAGES))
REGION = "us-east-1"
ACCOUNT = "123456789012"
BUCKET = "quantbench-runs"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/quantbench-job"


def exit_without_packages():
    if not PACKAGES.is_dir():
        print("no .venv/aws: run scripts/bootstrap --tests")
        sys.exit(77)


def policies():
    """The two policies of docs/sagemaker.md, the caller's and the job role's, for this bucket and account."""
    text = (ROOT / "docs/sagemaker.md").read_text()
    found = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.S) if '"Statement"' in block]
    found = [policy for policy in found if "Principal" not in policy["Statement"][0]]
    if len(found) != 2:
        raise AssertionError(f"docs/sagemaker.md has {len(found)} policies")
    return [json.dumps(policy).replace("111122223333", ACCOUNT).replace("amzn-s3-demo-bucket", BUCKET) for policy in found]


class AwsEmulator:
    def __init__(self, directory, image=None):
        self.directory = pathlib.Path(directory)
        self.key = "AKIA" + secrets.token_hex(8).upper()
        self.secret = secrets.token_urlsafe(24) + "/+"
        self.image = image

    def __enter__(self):
        self.directory.mkdir(parents=True, exist_ok=True)
        for name, policy in zip(("caller", "role"), policies()):
            (self.directory / f"{name}.json").write_text(policy)
        # What the tests do beside a run.
        everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:CreateBucket", "s3:Other", "sagemaker:ListTrainingJobs", "sts:AssumeRole"], "Resource": "*"}]}
        caller = json.loads((self.directory / "caller.json").read_text())
        caller["Statement"] += everything["Statement"]
        (self.directory / "caller.json").write_text(json.dumps(caller))
        command = [sys.executable, ROOT / "tests/support/sagemaker_emulator.py", "--root", self.directory / "jobs",
                   "--key", f"{self.key}:{self.secret}", "--policy", self.directory / "caller.json",
                   "--role-policy", self.directory / "role.json"]
        if self.image:
            command += ["--image", f"quantbench={self.image}"]
        self.log = open(self.directory / "emulator.log", "w")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True,
                                        env=os.environ | {"STOP_GRACE": "60", "PYTHONPATH": str(PACKAGES)})
        self.url = self.process.stdout.readline().strip()
        if not self.url:
            raise AssertionError((self.directory / "emulator.log").read_text())
        self.boto3("s3").create_bucket(Bucket=BUCKET)
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()
        self.log.close()

    def environment(self, home, **more):
        """What a user's shell has: keys, region, address. No file of this machine is read."""
        return {"PATH": os.environ["PATH"], "HOME": str(home), "AWS_ACCESS_KEY_ID": self.key,
                "AWS_SECRET_ACCESS_KEY": self.secret, "AWS_REGION": REGION, "AWS_ENDPOINT_URL": self.url,
                "AWS_EC2_METADATA_DISABLED": "true", "no_proxy": "127.0.0.1", **more}

    def boto3(self, service):
        import boto3
        from botocore.config import Config

        return boto3.client(service, endpoint_url=self.url, region_name=REGION, aws_access_key_id=self.key,
                            aws_secret_access_key=self.secret,
                            config=Config(request_checksum_calculation="when_required", proxies={},
                                          s3={"addressing_style": "path"}))

    def damage(self, key_part):
        """From now on, objects whose keys contain `key_part` come with a byte changed; "": none."""
        request = urllib.request.Request(f"{self.url}/emulator/damage?{urllib.parse.quote(key_part)}", method="PUT")
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).read()

    def secrets(self):
        """What must not stand in any file, log, card or result."""
        return [self.secret, self.key]
