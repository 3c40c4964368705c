"""The client of src/quantbench/aws against moto, with each signature calculated again by botocore
(tests/support/sagemaker_emulator.py), and against boto3: what one writes, the other reads.

Without boto3 and moto (.venv/aws) the oracle is skipped.
"""

import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from aws_emulator import BUCKET, ROLE, AwsEmulator, exit_without_packages

exit_without_packages()

from botocore.exceptions import WaiterError

TOOL = pathlib.Path(os.environ["QUANTBENCH_TOOLS"]) / "aws_call"
FAILURES = []
# What a job's container does in this test: it shows the contract and ends as its hyperparameter asks.
SCRIPT = """b=$SAGEMAKER_BASE_DIR; echo "hello from $TRAINING_JOB_NAME"; env > $b/model/environment
mode=$(cat $b/input/data/work/mode); trap 'echo stopped; exit 0' TERM
echo early > $b/checkpoints/early.json
[ $mode = fail ] && { head -c 2000 /dev/zero | tr '\\0' x > $b/output/failure; exit 3; }
[ $mode = slow ] && for i in $(seq 600); do sleep 0.1; done
cp $b/input/data/work/payload $b/model/payload; echo done"""


def check(what, condition, detail=""):
    print(("ok    " if condition else "FAIL  ") + what + (f": {detail}" if not condition else ""))
    if not condition:
        FAILURES.append(what)


class Caller:
    """aws_call with an environment; one process a call, so that nothing is left in it."""

    def __init__(self, environment):
        self.environment = environment

    def __call__(self, call, **request):
        done = subprocess.run([TOOL], input=json.dumps(dict(call=call, **request)) + "\n", capture_output=True, text=True,
                              env=self.environment)
        if done.returncode != 0 or not done.stdout:
            raise AssertionError(f"aws_call ended with {done.returncode}: {done.stderr}")
        return json.loads(done.stdout)


def check_objects(aws, call, scratch):
    s3 = aws.boto3("s3")
    content = os.urandom(3_000_000)
    (scratch / "large").write_bytes(content)
    key = "quantbench/a b/ü+&=~ü.bin"
    uri = f"s3://{BUCKET}/{key}"
    check("an object is put", call("put", uri=uri, text="héllo") == {"answer": True})
    check("boto3 reads it", s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode() == "héllo")
    check("it is got", call("get", uri=uri) == {"answer": "héllo"})
    check("its hash is kept with it", s3.head_object(Bucket=BUCKET, Key=key)["Metadata"]["quantbench-sha256"]
          == hashlib.sha256("héllo".encode()).hexdigest())
    check("an empty object is put and got", call("put", uri=uri + "0", text="") == {"answer": True}
          and call("get", uri=uri + "0") == {"answer": ""})
    check("a missing object does not exist", call("exists", uri=uri + "-none") == {"answer": False})
    check("a missing object is one line", call("get", uri=uri + "-none")["error"].endswith("(NoSuchKey, 404)"))

    large = f"s3://{BUCKET}/quantbench/large"
    check("a file is put", call("put_file", uri=large, file=str(scratch / "large")) == {"answer": True})
    check("boto3 reads the file", s3.get_object(Bucket=BUCKET, Key="quantbench/large")["Body"].read() == content)
    # moto, as S3, wants parts of 5 MiB.
    content = os.urandom(12 << 20)
    (scratch / "large").write_bytes(content)
    check("a large file is put in parts", call("put_file", uri=large, file=str(scratch / "large"),
                                               options=dict(multipart_from=1 << 20, part_bytes=5 << 20)) == {"answer": True})
    head = s3.head_object(Bucket=BUCKET, Key="quantbench/large")
    check("it went in three parts", head["ETag"].endswith('-3"'), head["ETag"])
    check("it is got", call("get_file", uri=large, file=str(scratch / "back")) == {"answer": True}
          and (scratch / "back").read_bytes() == content)
    check("no upload is left", "Uploads" not in s3.list_multipart_uploads(Bucket=BUCKET))

    for i in range(7):
        s3.put_object(Bucket=BUCKET, Key=f"quantbench/many/{i}&", Body=b"x")
    check("a listing of three pages", call("list", uri=f"s3://{BUCKET}/quantbench/many/", options=dict(list_page=3))
          == {"answer": [f"quantbench/many/{i}&" for i in range(7)]})
    check("an object of boto3 is got and checked", call("get", uri=f"s3://{BUCKET}/quantbench/many/1&") == {"answer": "x"})
    check("an object is removed", call("remove", uri=uri) == {"answer": True} and call("exists", uri=uri) == {"answer": False})


def check_damage(aws, call, scratch):
    uri = f"s3://{BUCKET}/quantbench/"
    call("put", uri=uri + "damaged-1", text="content")
    aws.boto3("s3").put_object(Bucket=BUCKET, Key="quantbench/damaged-2", Body=b"content")
    aws.damage("quantbench/damaged")
    for number, kind in ((1, "SHA-256"), (2, "MD5")):
        error = call("get_file", uri=f"{uri}damaged-{number}", file=str(scratch / "damaged")).get("error", "")
        check(f"a body that does not match its {kind} is refused", f"the content that came is not the object's: its {kind} is"
              in error, error)
        check(f"no file is written ({kind})", not (scratch / "damaged").exists())
    aws.damage("")
    check("undamaged, it is got", call("get", uri=uri + "damaged-1") == {"answer": "content"})


def check_refusals(aws, home):
    secret = "wrongSECRET/0123456789+"
    wrong = Caller(aws.environment(home, AWS_SECRET_ACCESS_KEY=secret))
    for name, answer in (("S3", wrong("get", uri=f"s3://{BUCKET}/k")), ("SageMaker", wrong("describe", name="j"))):
        error = answer.get("error", "")
        check(f"a wrong secret is refused with one line by {name}", "does not match the signature you provided" in error
              and error.endswith("(check the secret key: the credentials of the environment)") and "\n" not in error, error)
        check(f"the line has no secret ({name})", secret not in error and aws.key not in error and "Canonical" not in error)
    token = Caller(aws.environment(home, AWS_SESSION_TOKEN="stolen-TOKEN"))
    error = token("describe", name="j")["error"]
    check("a wrong token is refused without showing it", "InvalidToken" in error and "stolen" not in error, error)
    unknown = Caller(aws.environment(home, AWS_ACCESS_KEY_ID="AKIAUNKNOWN"))
    check("an unknown key is refused", "(check the credentials of the environment)" in unknown("describe", name="j")["error"])
    denied = Caller(aws.environment(home))("get", uri="s3://another-bucket/k")["error"]
    check("a missing permission is named", "not authorized to perform: s3:GetObject" in denied and "docs/sagemaker.md" in denied,
          denied)
    nowhere = Caller(aws.environment(home, AWS_ENDPOINT_URL="http://127.0.0.1:9"))
    # Five tries with random waits: up to 8 s.
    check("an address where nothing listens is one line", "no answer from http://127.0.0.1:9" in nowhere("describe", name="j")["error"])


def check_role(aws, home, scratch):
    config = home / ".aws"
    config.mkdir()
    (config / "credentials").write_text(f"[base]\naws_access_key_id = {aws.key}\naws_secret_access_key = {aws.secret}\n")
    (config / "config").write_text(f"[profile bench]\nrole_arn = {ROLE}\nsource_profile = base\nregion = us-east-1\n")
    environment = aws.environment(home, AWS_PROFILE="bench")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        del environment[name]
    call = Caller(environment)
    check("the profile is the source", call("source") == {"answer": "profile 'bench'"})
    call("put", uri=f"s3://{BUCKET}/quantbench/by-role", text="x")
    check("a role's temporary credentials sign", aws.boto3("s3").head_object(Bucket=BUCKET, Key="quantbench/by-role")["ContentLength"] == 1)


def job(name, mode, **more):
    return dict(TrainingJobName=name, RoleArn=ROLE,
                AlgorithmSpecification=dict(TrainingImage="quantbench:latest", TrainingInputMode="File",
                                            ContainerEntrypoint=["sh", "-c", 'exec sh "$SAGEMAKER_BASE_DIR/input/data/work/start.sh"']),
                InputDataConfig=[dict(ChannelName="work", DataSource=dict(S3DataSource=dict(
                    S3DataType="S3Prefix", S3Uri=f"s3://{BUCKET}/quantbench/{mode}/", S3DataDistributionType="FullyReplicated")))],
                OutputDataConfig=dict(S3OutputPath=f"s3://{BUCKET}/quantbench/out"),
                CheckpointConfig=dict(S3Uri=f"s3://{BUCKET}/quantbench/{name}/checkpoints"),
                ResourceConfig=dict(InstanceType="ml.m5.large", InstanceCount=1, VolumeSizeInGB=5),
                StoppingCondition=dict(MaxRuntimeInSeconds=600)) | more


def check_jobs(aws, call):
    sagemaker = aws.boto3("sagemaker")
    for mode in ("ok", "fail", "slow"):
        for name, text in (("start.sh", SCRIPT), ("mode", mode), ("payload", "payload")):
            call("put", uri=f"s3://{BUCKET}/quantbench/{mode}/{name}", text=text)
    created = call("create", request=job("qb-ok", "ok"))
    check("a job is made", created.get("answer", "").endswith(":training-job/qb-ok"), created)
    check("made again, it is found", call("create", request=job("qb-ok", "ok")) == created)
    waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
    waiter.config.delay, waiter.config.max_attempts = 0.2, 150
    waiter.wait(TrainingJobName="qb-ok")
    check("boto3's waiter sees it completed", call("describe", name="qb-ok")["answer"]["status"] == "Completed")
    check("its log is read", call("log", name="qb-ok") == {"answer": ["hello from qb-ok", "done"]}, call("log", name="qb-ok"))
    check("what it kept is in S3", call("get", uri=f"s3://{BUCKET}/quantbench/qb-ok/checkpoints/early.json") == {"answer": "early\n"})

    call("create", request=job("qb-fail", "fail"))
    try:
        waiter.wait(TrainingJobName="qb-fail")
    except WaiterError as error:
        check("boto3's waiter sees it failed", "Failed" in str(error))
    failed = call("describe", name="qb-fail")["answer"]
    check("its reason has 1024 characters", failed["status"] == "Failed" and len(failed["failure_reason"]) == 1024, failed)

    call("create", request=job("qb-slow", "slow"))
    early = f"s3://{BUCKET}/quantbench/qb-slow/checkpoints/early.json"
    deadline = time.monotonic() + 60
    while call("exists", uri=early) == {"answer": False} and time.monotonic() < deadline:
        time.sleep(0.2)
    check("results leave a job while it runs", call("describe", name="qb-slow")["answer"]["status"] == "InProgress")
    check("it is stopped", call("stop", name="qb-slow") == {"answer": True})
    waiter.wait(TrainingJobName="qb-slow")
    check("boto3's waiter sees it stopped", call("describe", name="qb-slow")["answer"]["status"] == "Stopped")
    check("stopped again, nothing happens", call("stop", name="qb-slow") == {"answer": True})
    check("an unknown job is one line", "Could not find training job" in call("describe", name="qb-none")["error"])
    check("jobs are listed by a part of their names", sorted(call("jobs", text="qb-")["answer"]) == ["qb-fail", "qb-ok", "qb-slow"])
    denied = call("create", request=job("other", "ok"))["error"]
    check("only jobs of quantbench may be made", "not authorized to perform: sagemaker:CreateTrainingJob" in denied, denied)


def check_no_secret(aws, scratch):
    secrets = [secret.encode() for secret in aws.secrets()]
    files = [path for path in scratch.rglob("*") if path.is_file() and ".aws" not in path.parts]
    found = [path.name for path in files if any(secret in path.read_bytes() for secret in secrets)]
    check("files were looked at", len(files) > 10, len(files))
    check("no secret stands in any file", not found, found)


def main():
    with tempfile.TemporaryDirectory() as directory:
        scratch = pathlib.Path(directory)
        home = scratch / "home"
        home.mkdir()
        image = scratch / "image"
        image.mkdir()
        with AwsEmulator(scratch / "aws", image) as aws:
            call = Caller(aws.environment(home))
            check_objects(aws, call, scratch)
            check_damage(aws, call, scratch)
            check_refusals(aws, home)
            check_role(aws, home, scratch)
            check_jobs(aws, call)
            check_no_secret(aws, scratch)
    print(f"{len(FAILURES)} failures")
    return 1 if FAILURES else 0


if __name__ == "__main__":
    sys.exit(main())
