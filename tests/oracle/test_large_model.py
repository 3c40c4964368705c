"""`quantbench quantize` on a model over 2 GB with its weights in a file beside it: dynamic, QDQ and QOperator. What it writes
loads in ONNX Runtime's Python package, and its outputs are as near to the float model's as its report says. The private
memory is bounded.

Needs 8 GB of disk in the temporary directory, and skips without them.
"""

import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

from quantized_outcomes import decibels

PROGRAM = os.environ["QUANTBENCH"]
WIDTH = 4096  # a weight takes 64 MiB
LAYERS = 34  # 2.3 GB
DISK = 8e9
# ONNX Runtime keeps a copy of the float weights while it runs the model. The int8 weights are a quarter of them, and
# count twice: in the program and in the process that verifies them.
MEMORY = 1.6 * LAYERS * WIDTH * WIDTH * 4
MODES = {
    "dynamic": [],
    "QDQ": ["--approach", "static"],
    "QOperator": ["--approach", "static", "--format", "QOperator"],
}


def write_model(path):
    """y = relu(... relu(x W1) ... W34); each weight keeps the size of what it multiplies."""
    random = np.random.default_rng(1)
    initializers, nodes = [], []
    offset = 0
    with open(path.parent / f"{path.name}.data", "wb") as data:
        for layer in range(LAYERS):
            weight = random.standard_normal((WIDTH, WIDTH), dtype=np.float32) * np.sqrt(2 / WIDTH, dtype=np.float32)
            data.write(weight.tobytes())
            tensor = onnx.TensorProto(
                name=f"w{layer}", data_type=onnx.TensorProto.FLOAT, dims=weight.shape, data_location=onnx.TensorProto.EXTERNAL
            )
            for key, value in (("location", f"{path.name}.data"), ("offset", offset), ("length", weight.nbytes)):
                tensor.external_data.add(key=key, value=str(value))
            offset += weight.nbytes
            initializers.append(tensor)
            nodes.append(onnx.helper.make_node("MatMul", [f"x{layer}", f"w{layer}"], [f"m{layer}"], name=f"multiply_{layer}"))
            nodes.append(onnx.helper.make_node("Relu", [f"m{layer}"], [f"x{layer + 1}"]))
    float_tensor = lambda name: onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["batch", WIDTH])
    graph = onnx.helper.make_graph(nodes, "large", [float_tensor("x0")], [float_tensor(f"x{LAYERS}")], initializers)
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 13)], ir_version=8)
    path.write_bytes(model.SerializeToString())


def private_memory(process):
    """Bytes of the process and of its children that no file backs."""
    total = 0
    waiting = [process]
    while waiting:
        one = waiting.pop()
        try:
            status = Path(f"/proc/{one}/status").read_text()
            waiting += Path(f"/proc/{one}/task/{one}/children").read_text().split()
        except OSError:  # it has ended
            continue
        total += sum(int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon")) * 1024
    return total


def run(*arguments):
    """What the program printed, and the most private memory that it had."""
    peak = 0
    with subprocess.Popen([PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        output = []
        reader = threading.Thread(target=lambda: output.append(process.stdout.read()))
        reader.start()
        while process.poll() is None:
            peak = max(peak, private_memory(process.pid))
            time.sleep(0.02)
        reader.join()
    return process.returncode, output[0], peak


def outputs(path, samples):
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.disable_prepacking", "1")  # which would copy the weights
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return np.stack([session.run(None, {"x0": sample})[0] for sample in samples])


class LargeModel(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.scratch = Path(cls.directory.name)
        if shutil.disk_usage(cls.scratch).free < DISK:
            cls.directory.cleanup()
            raise unittest.SkipTest(f"{cls.scratch} has less than {DISK / 1e9:.0f} GB free")
        cls.model = cls.scratch / "large.onnx"
        write_model(cls.model)
        random = np.random.default_rng(2)
        cls.samples = [random.standard_normal((1, WIDTH)).astype(np.float32) for _ in range(4)]
        for index, sample in enumerate(cls.samples):
            place = cls.scratch / "samples" / f"test_data_set_{index}"
            place.mkdir(parents=True)
            (place / "input_0.pb").write_bytes(onnx.numpy_helper.from_array(sample, "x0").SerializeToString())
        cls.expected = outputs(cls.model, cls.samples)

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def test_a_model_over_2_gb_quantizes(self):
        self.assertGreater((self.scratch / "large.onnx.data").stat().st_size, 2**31)
        for mode, options in MODES.items():
            with self.subTest(mode):
                out = self.scratch / mode / "small.onnx"
                report = self.scratch / f"{mode}.json"
                data = ["--calibration-data", self.scratch / "samples"] if "static" in options else []
                begin = time.monotonic()
                status, text, peak = run("quantize", self.model, "-o", out, "--report", report, *options, *data)
                print(f"{mode}: {time.monotonic() - begin:.0f} s, {peak / 1e9:.2f} GB of private memory", flush=True)
                self.assertEqual(status, 0, text)
                self.assertLess(peak, MEMORY)
                size = sum(file.stat().st_size for file in out.parent.iterdir())
                self.assertLess(size, 1.05 * LAYERS * WIDTH * WIDTH)
                said = json.loads(report.read_text())
                self.assertEqual(said["quantized"]["MatMul"], LAYERS)
                found = decibels(self.expected, outputs(out, self.samples))
                self.assertGreater(found, 15)
                if data:
                    self.assertAlmostEqual(found, said["verification"]["output_sqnr_db"][f"x{LAYERS}"], delta=1)
                shutil.rmtree(out.parent)


if __name__ == "__main__":
    unittest.main()
