#!/usr/bin/env python3
"""AWS on loopback for the tests: moto, with signatures and permissions checked, and training jobs that really run.

    sagemaker_emulator.py --root DIR --key ID:SECRET --policy FILE --role-policy FILE [--image NAME=DIR] ..

Prints its address once it listens. Ends with SIGTERM or when its standard input closes.

* Each request's signature is calculated again from the bytes that came, with botocore. A wrong secret, an unsigned
  header, a body that is not the signed one and a clock that is wrong are refused as AWS refuses them.
* The caller needs the permissions of --policy, the jobs' role the permissions of --role-policy (IAM policies).
* A training job runs as a local process with the contract of a container: /opt/ml is $SAGEMAKER_BASE_DIR (the
  variable that AWS's own toolkit has for it), /opt/ml/checkpoints is copied to CheckpointConfig.S3Uri while the job
  runs, SIGTERM comes at StopTrainingJob and at MaxRuntimeInSeconds, SIGKILL STOP_GRACE seconds later. The job gets
  neither credentials nor this process's environment. An image is a directory that comes first in its PATH.
* PUT /emulator/damage?KEYPART: from now on, objects whose keys contain KEYPART are sent with a byte changed.
"""
import argparse
import datetime
import fnmatch
import hashlib
import hmac
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import threading
import time
from urllib.parse import parse_qs, unquote, urlsplit

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.core.responses import EmptyResult
from moto.core.utils import utcnow
from moto.logs.models import logs_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3.models import s3_backends
from moto.sagemaker import responses
from moto.sagemaker.exceptions import ValidationError
from moto.sts.models import sts_backends
from werkzeug.serving import WSGIRequestHandler, make_server

ACCOUNT = "123456789012"
GROUP = "/aws/sagemaker/TrainingJobs"
STOP_GRACE = float(os.environ.get("STOP_GRACE", "20"))
LONGEST_FAILURE_REASON = 1024

parser = argparse.ArgumentParser()
parser.add_argument("--root", required=True)
parser.add_argument("--key", action="append", required=True)
parser.add_argument("--policy", required=True)
parser.add_argument("--role-policy", required=True)
parser.add_argument("--image", action="append", default=[])
args = parser.parse_args()

SECRETS = dict(key.split(":", 1) for key in args.key)
IMAGES = dict(image.split("=", 1) for image in args.image)
DAMAGED = []


def as_list(value):
    return value if isinstance(value, list) else [value]


class Policy:
    """Allow statements of an IAM policy; the first {"Version", "Statement"} of a file."""

    def __init__(self, path):
        with open(path) as file:
            self.statements = json.load(file)["Statement"]

    def allows(self, action, resource):
        return any(
            any(fnmatch.fnmatchcase(action, pattern) for pattern in as_list(each["Action"]))
            and any(fnmatch.fnmatchcase(resource, pattern) for pattern in as_list(each["Resource"]))
            for each in self.statements if each["Effect"] == "Allow")


CALLER, ROLE = Policy(args.policy), Policy(args.role_policy)


class Refused(Exception):
    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Call:
    """A request as it came, byte by byte."""

    def __init__(self, environ):
        self.method = environ["REQUEST_METHOD"]
        self.target = environ.get("REQUEST_URI") or environ["RAW_URI"]
        self.headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items()
                        if name.startswith("HTTP_")}
        if environ.get("CONTENT_TYPE"):
            self.headers["content-type"] = environ["CONTENT_TYPE"]
        self.body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(self.body)
        self.authorization = self.headers.get("authorization", "")
        self.service = self.scope[3] if len(self.scope) == 5 else ""

    @property
    def fields(self):
        parts = self.authorization.partition(" ")[2].split(",")
        return dict(part.strip().split("=", 1) for part in parts if "=" in part)

    @property
    def scope(self):
        return self.fields.get("Credential", "").split("/")

    def secret(self):
        """Secret and session token of the key that signed."""
        key = self.scope[0]
        if key in SECRETS:
            return SECRETS[key], None
        for role in sts_backends[ACCOUNT]["aws"].assumed_roles:
            if role.access_key_id == key:
                return role.secret_access_key, role.session_token
        unknown = {"s3": "InvalidAccessKeyId", "sts": "InvalidClientTokenId"}.get(self.service, "UnrecognizedClientException")
        raise Refused(403, unknown, "The security token included in the request is invalid.")

    def check_signature(self):
        if not self.authorization.startswith("AWS4-HMAC-SHA256 ") or len(self.scope) != 5:
            raise Refused(403, "MissingAuthenticationToken", "Missing Authentication Token")
        key, date, region, service, _ = self.scope
        secret, token = self.secret()
        if self.headers.get("x-amz-security-token") != token:
            raise Refused(403, "InvalidToken", "The provided token is malformed or otherwise invalid.")
        signed = self.fields["SignedHeaders"].split(";")
        for name in self.headers:
            if (name in ("host", "content-type") or name.startswith("x-amz-")) and name not in signed:
                raise Refused(403, "AccessDenied", f"There were headers present in the request which were not signed: {name}")
        stamp = self.headers["x-amz-date"]
        sent = datetime.datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
        if abs((datetime.datetime.now(datetime.timezone.utc) - sent).total_seconds()) > 900 or not stamp.startswith(date):
            raise Refused(403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.")
        digest = self.headers.get("x-amz-content-sha256", "")
        if service == "s3" and len(digest) == 64 and digest != hashlib.sha256(self.body).hexdigest():
            raise Refused(400, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.")
        request = AWSRequest(self.method, f"http://{self.headers['host']}{self.target}", data=self.body,
                             headers={name: self.headers[name] for name in signed})
        request.context["timestamp"] = stamp
        auth = (S3SigV4Auth if service == "s3" else SigV4Auth)(Credentials(key, secret, token), service, region)
        expected = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
        if not hmac.compare_digest(expected, self.fields["Signature"]):
            code = "SignatureDoesNotMatch" if service in ("s3", "sts") else "InvalidSignatureException"
            # As AWS does it, with what it calculated, the caller's token included.
            raise Refused(403, code, "The request signature we calculated does not match the signature you provided. Check "
                          "your AWS Secret Access Key and signing method.\n\nThe Canonical String for this request should "
                          f"have been\n'{auth.canonical_request(request)}'")

    def actions(self):
        """(action, resource) pairs that the caller must be allowed."""
        region = self.scope[2]
        if self.service == "s3":
            path, query = urlsplit(self.target).path, parse_qs(urlsplit(self.target).query, keep_blank_values=True)
            bucket, _, key = unquote(path.lstrip("/")).partition("/")
            action = {"PUT": "s3:PutObject", "POST": "s3:PutObject", "GET": "s3:GetObject", "HEAD": "s3:GetObject",
                      "DELETE": "s3:AbortMultipartUpload" if "uploadId" in query else "s3:DeleteObject"}[self.method]
            if not key:
                action = {"GET": "s3:ListBucket", "PUT": "s3:CreateBucket"}.get(self.method, "s3:Other")
            return [(action, f"arn:aws:s3:::{bucket}" + (f"/{key}" if key else ""))]
        if self.service == "sts":
            form = parse_qs(self.body.decode())
            return [("sts:" + form["Action"][0], form.get("RoleArn", ["*"])[0])]
        operation = self.headers.get("x-amz-target", ".").partition(".")[2]
        given = json.loads(self.body or b"{}")
        if self.service == "logs":
            stream = given.get("logStreamName")
            return [(f"logs:{operation}", f"arn:aws:logs:{region}:{ACCOUNT}:log-group:{given.get('logGroupName')}"
                     + (f":log-stream:{stream}" if stream else ""))]
        name = given.get("TrainingJobName")
        needed = [(f"sagemaker:{operation}", f"arn:aws:sagemaker:{region}:{ACCOUNT}:training-job/{name}" if name else "*")]
        if "RoleArn" in given:
            needed.append(("iam:PassRole", given["RoleArn"]))
        return needed

    def check_permissions(self):
        for action, resource in self.actions():
            if self.scope[0] in SECRETS and not CALLER.allows(action, resource):
                code = "AccessDenied" if self.service in ("s3", "sts") else "AccessDeniedException"
                raise Refused(403, code, f"User: arn:aws:iam::{ACCOUNT}:user/bench is not authorized to perform: {action} on "
                              f"resource: {resource} because no identity-based policy allows the {action} action")

    def refusal(self, why):
        if self.service in ("s3", "sts"):
            message = why.message.replace("&", "&amp;").replace("<", "&lt;")
            error = f"<Error><Code>{why.code}</Code><Message>{message}</Message></Error>"
            body = error if self.service == "s3" else f"<ErrorResponse>{error}</ErrorResponse>"
            return body.encode(), "application/xml"
        return json.dumps({"__type": why.code, "message": why.message}).encode(), "application/x-amz-json-1.1"


class Checked:
    def __init__(self, application):
        self.application = application

    def __call__(self, environ, start_response):
        call = Call(environ)
        if call.target.startswith("/emulator/damage"):
            DAMAGED[:] = [unquote(urlsplit(call.target).query)]
            start_response("204 No Content", [])
            return [b""]
        try:
            call.check_signature()
            call.check_permissions()
        except Refused as why:
            body, kind = call.refusal(why)
            start_response(f"{why.status} Refused", [("Content-Type", kind), ("Content-Length", str(len(body)))])
            return [b"" if call.method == "HEAD" else body]
        answer = self.application(environ, start_response)
        is_object = call.service == "s3" and call.method == "GET" and "list-type=" not in call.target
        if is_object and any(part and part in unquote(call.target) for part in DAMAGED):
            body = b"".join(answer)
            return [bytes([body[0] ^ 1]) + body[1:] if body else body]
        return answer


def split(uri):
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


class Bucket:
    """S3 as a job's agent sees it, with the permissions of the job's role."""

    def __init__(self):
        self.backend = s3_backends[ACCOUNT]["aws"]

    @staticmethod
    def need(action, bucket, key=None):
        resource = f"arn:aws:s3:::{bucket}" + (f"/{key}" if key is not None else "")
        if not ROLE.allows(action, resource):
            raise PermissionError(f"the job's role may not {action} on {resource}")

    def download(self, uri, directory):
        bucket, prefix = split(uri)
        self.need("s3:ListBucket", bucket)
        os.makedirs(directory, exist_ok=True)
        found = sorted((key for key in self.backend.get_bucket(bucket).keys.values() if key.name.startswith(prefix)),
                       key=lambda key: key.name)
        for key in found:
            self.need("s3:GetObject", bucket, key.name)
            path = os.path.join(directory, key.name[len(prefix):].lstrip("/") or os.path.basename(key.name))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(key.value)
        return len(found)

    def upload(self, uri, content):
        bucket, key = split(uri)
        self.need("s3:PutObject", bucket, key)
        self.backend.put_object(bucket, key, content)


class Job(threading.Thread):
    """A training job from Starting to its end."""

    def __init__(self, job, region, environment):
        super().__init__(daemon=True)
        self.job, self.region, self.environment = job, region, environment or {}
        self.base = os.path.join(args.root, job.training_job_name, "opt-ml")
        self.bucket, self.logs = Bucket(), logs_backends[ACCOUNT][region]
        self.process, self.stopped_at, self.why, self.synced = None, None, "", {}

    def status(self, primary, secondary, message=""):
        now, steps = utcnow(), self.job.secondary_status_transitions
        if steps:
            steps[-1]["EndTime"] = now
        steps.append({"Status": secondary, "StartTime": now, "StatusMessage": message})
        self.job.training_job_status, self.job.secondary_status, self.job.last_modified_time = primary, secondary, now

    def fail(self, reason):
        self.job.failure_reason = reason[:LONGEST_FAILURE_REASON]
        self.job.training_end_time = utcnow()
        self.status("Failed", "Failed", self.job.failure_reason)

    def run(self):
        try:
            self.live()
        except Exception as error:  # the emulator's own fault, or a permission that the role lacks
            self.fail(f"ClientError: {error}" if isinstance(error, PermissionError) else f"InternalServerError: {error!r}")

    def write_config(self, name, content):
        path = os.path.join(self.base, "input/config", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            json.dump(content, file)

    def live(self):
        job, algorithm = self.job, self.job.algorithm_specification
        self.status("InProgress", "Starting")
        for name in ("model", "output/data", "checkpoints"):
            os.makedirs(os.path.join(self.base, name), exist_ok=True)
        self.write_config("hyperparameters.json", job.hyper_parameters or {})
        self.write_config("resourceconfig.json", {"current_host": "algo-1", "hosts": ["algo-1"],
                                                  "current_instance_type": job.resource_config["InstanceType"]})
        self.status("InProgress", "Downloading")
        for channel in job.input_data_config or []:
            uri = channel["DataSource"]["S3DataSource"]["S3Uri"]
            if self.bucket.download(uri, os.path.join(self.base, "input/data", channel["ChannelName"])) == 0:
                return self.fail(f"ClientError: Data download failed:No objects found under {uri}")
        if job.checkpoint_config:
            self.bucket.download(job.checkpoint_config["S3Uri"].rstrip("/") + "/", os.path.join(self.base, "checkpoints"))
        image = next((directory for name, directory in IMAGES.items() if name in algorithm["TrainingImage"]), None)
        if image is None:
            return self.fail(f"ClientError: Cannot pull image {algorithm['TrainingImage']}")
        self.execute(algorithm["ContainerEntrypoint"] + (algorithm.get("ContainerArguments") or []), image)

    def execute(self, line, image):
        name = self.job.training_job_name
        stream = f"{name}/algo-1-{int(time.time())}"
        if GROUP not in self.logs.groups:
            self.logs.create_log_group(GROUP, {})
        self.logs.create_log_stream(GROUP, stream)
        environment = {"PATH": f"{image}:/usr/local/bin:/usr/bin:/bin", "HOME": self.base, "SAGEMAKER_BASE_DIR": self.base,
                       "TRAINING_JOB_NAME": name, "AWS_REGION": self.region, **self.environment}
        self.status("InProgress", "Training")
        self.job.training_start_time = utcnow()
        self.process = subprocess.Popen(line, env=environment, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, start_new_session=True)
        reader = threading.Thread(target=self.forward, args=(stream,), daemon=True)
        reader.start()
        self.watch((self.job.stopping_condition or {}).get("MaxRuntimeInSeconds", 86400))
        reader.join(5)
        self.sync_checkpoints()
        self.job.training_end_time = utcnow()
        self.end(self.process.returncode)

    def forward(self, stream):
        for line in self.process.stdout:
            self.logs.put_log_events(GROUP, stream, [{"timestamp": int(time.time() * 1000),
                                                      "message": line.decode("utf-8", "replace").rstrip("\n")}])

    def watch(self, limit):
        began = time.monotonic()
        while self.process.poll() is None:
            self.sync_checkpoints()
            if self.stopped_at is None and time.monotonic() - began > limit:
                self.stop("MaxRuntimeExceeded")
            if self.stopped_at is not None and time.monotonic() - self.stopped_at > STOP_GRACE:
                os.killpg(self.process.pid, signal.SIGKILL)
            time.sleep(0.2)

    def sync_checkpoints(self):
        if not self.job.checkpoint_config:
            return
        top = os.path.join(self.base, "checkpoints")
        for directory, _, names in os.walk(top):
            for path in (os.path.join(directory, name) for name in names):
                try:
                    state = os.stat(path)
                    if self.synced.get(path) == (state.st_mtime_ns, state.st_size):
                        continue
                    with open(path, "rb") as file:
                        content = file.read()
                except FileNotFoundError:
                    continue  # renamed meanwhile
                self.bucket.upload(self.job.checkpoint_config["S3Uri"].rstrip("/") + "/" + os.path.relpath(path, top), content)
                self.synced[path] = (state.st_mtime_ns, state.st_size)

    def upload_tar(self, directory, name):
        if not os.listdir(directory):
            return
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w:gz") as tar:
            for entry in sorted(os.listdir(directory)):
                tar.add(os.path.join(directory, entry), arcname=entry)
        self.bucket.upload(f"{self.job.output_data_config['S3OutputPath'].rstrip('/')}/{self.job.training_job_name}/output/{name}",
                           stream.getvalue())

    def end(self, code):
        if self.stopped_at is not None:
            return self.status("Stopped", self.why)
        if code != 0:
            failure = ""
            try:
                with open(os.path.join(self.base, "output/failure")) as file:
                    failure = file.read()
            except FileNotFoundError:
                pass
            return self.fail(f"AlgorithmError: {failure}, exit code: {code if code > 0 else 128 - code}")
        self.status("InProgress", "Uploading")
        self.upload_tar(os.path.join(self.base, "model"), "model.tar.gz")
        self.status("Completed", "Completed")

    def stop(self, why):
        self.why, self.stopped_at = why, time.monotonic()
        self.status("Stopping", "Stopping")
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)  # to the container's first process alone


JOBS = {}
create_without_running = responses.SageMakerResponse.create_training_job


def check_limits(algorithm):
    for name in ("ContainerEntrypoint", "ContainerArguments"):
        items = algorithm.get(name) or []
        if len(items) > 100 or any(len(item) > 256 for item in items):
            raise ValidationError(message=f"1 validation error detected: Value at 'algorithmSpecification.{name}' failed to "
                                  "satisfy constraint: Member must have length less than or equal to 256")


def create_training_job(self):
    name = self._get_param("TrainingJobName")
    if name in self.sagemaker_backend.training_jobs:
        raise ValidationError(message="Training job names must be unique within an AWS account and region, and a training "
                              f"job with this name already exists ({name})")
    check_limits(self._get_param("AlgorithmSpecification"))
    for required in ("StoppingCondition", "ResourceConfig", "OutputDataConfig", "RoleArn"):
        if not self._get_param(required):
            raise ValidationError(message=f"1 validation error detected: Value null at '{required}' failed to satisfy constraint")
    answer = create_without_running(self)
    job = self.sagemaker_backend.training_jobs[name]
    job.training_job_status, job.secondary_status = "InProgress", "Starting"
    job.secondary_status_transitions, job.failure_reason = [], None
    job.training_start_time = job.training_end_time = None
    JOBS[name] = Job(job, self.region, self._get_param("Environment"))
    JOBS[name].start()
    return answer


def stop_training_job(self):
    name = self._get_param("TrainingJobName")
    self.sagemaker_backend.describe_training_job(name)  # refuses an unknown name
    status = self.sagemaker_backend.training_jobs[name].training_job_status
    if status != "InProgress":
        raise ValidationError(message=f"The request was rejected because the training job is in status {status}.")
    JOBS[name].stop("Stopped")
    return EmptyResult()


responses.SageMakerResponse.create_training_job = create_training_job
responses.SageMakerResponse.stop_training_job = stop_training_job


class Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # answers Expect: 100-continue

    def log(self, kind, message, *values):
        pass


def main():
    server = make_server("127.0.0.1", 0, Checked(DomainDispatcherApplication(create_backend_app)), threaded=True,
                         request_handler=Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        sys.stdin.read()
    finally:
        for job in JOBS.values():
            if job.process is not None and job.process.poll() is None:
                os.killpg(job.process.pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
