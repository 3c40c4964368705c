"""The helpers of tests/support/tools that the oracles keep running: one JSON request a line in, one answer a line out."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import onnx

TOOLS = Path(os.environ["QUANTBENCH_TOOLS"])


class HelperProcess:
    tool = ""

    def __enter__(self):
        self.process = subprocess.Popen([TOOLS / self.tool], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def ask(self, request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()


class Exporter(HelperProcess):
    """Checkpoints as ONNX."""

    tool = "export_onnx"

    def __call__(self, checkpoint, task, opset, output):
        answer = self.ask(dict(checkpoint=str(checkpoint), task=task, opset=opset, output=str(output)))
        if answer != "ok":
            raise AssertionError(answer)
        return onnx.load(output)


class Runtimes(HelperProcess):
    """Outputs of a runtime, with one thread: the split of a sum among threads changes its rounding. `arguments`: the
    runtime's own keys of framework_args."""

    tool = "runtime_dump"

    def __init__(self, arguments={}):
        self.arguments = arguments

    def __call__(self, runtime, model, task, inputs):
        given = [dict(name=name, shape=value.shape) | {"ids" if value.dtype == np.int64 else "values": value.ravel().tolist()}
                 for name, value in inputs.items()]
        answer = json.loads(self.ask(dict(runtime=runtime, model=str(model), task=task, threads=1, inputs=given,
                                          arguments=self.arguments)))
        if "error" in answer:
            raise AssertionError(answer["error"])
        return {name: np.array(output["values"], dtype=np.float32).reshape(output["shape"])
                for name, output in answer["outputs"].items()}
