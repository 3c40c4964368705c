"""Runs one model for the benchmarks, in a process of its own, with the same loop for every runtime. Reads one JSON request a
line and writes one JSON answer a line, as tests/support/tools/runtime_dump does.

    forward_loop.py onnxruntime|openvino MODEL THREADS [f32|bf16]

    {"inputs": [{"name": "input_ids", "shape": [1, 2], "ids": [5, 6]}], "repeat": 10}
    {"milliseconds": [..]}

Inputs are bound once a request. The first forward of a request is not timed. Without "inputs": the previous request's inputs.
"""

import json
import sys
import time

import numpy as np


def open_onnxruntime(model, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads, options.log_severity_level = threads, 1, 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def onnxruntime_forward(model, threads, _):
    session = open_onnxruntime(model, threads)

    def bound(inputs):
        binding = session.io_binding()
        for name in (i.name for i in session.get_inputs()):
            binding.bind_cpu_input(name, inputs[name])
        for output in session.get_outputs():
            binding.bind_output(output.name)
        return lambda: session.run_with_iobinding(binding)

    return bound


def openvino_settings(threads, precision):
    """As framework openvino sets them: one stream, threads that are not pinned."""
    return {"INFERENCE_PRECISION_HINT": precision, "NUM_STREAMS": "1", "INFERENCE_NUM_THREADS": str(threads),
            "ENABLE_CPU_PINNING": "NO"}


def open_openvino(model, threads, precision):
    import openvino

    return openvino.Core().compile_model(model, "CPU", openvino_settings(threads, precision))


def openvino_forward(model, threads, precision):
    import openvino

    compiled = open_openvino(model, threads, precision)
    request = compiled.create_infer_request()

    def bound(inputs):
        for port in compiled.inputs:
            name = port.get_any_name()
            request.set_tensor(port, openvino.Tensor(inputs[name], shared_memory=True))
        return lambda: request.infer(share_outputs=True)

    return bound


def logits_of(runtime, model, threads, precision="f32"):
    """Maps a batch of any shape, arrays by name, to its logits: to evaluate, not to time."""
    if runtime == "openvino":
        compiled = open_openvino(model, threads, precision)
        return lambda inputs: compiled(inputs)[0].copy()
    session = open_onnxruntime(model, threads)
    names = [i.name for i in session.get_inputs()]
    return lambda inputs: session.run(None, {name: inputs[name] for name in names})[0]


FORWARDS = dict(onnxruntime=onnxruntime_forward, openvino=openvino_forward)


def array(given):
    values = np.array(given["ids"], np.int64) if "ids" in given else np.array(given["values"], np.float32)
    return values.reshape(given["shape"])


def main():
    runtime, model, threads, *precision = sys.argv[1:]
    bound = FORWARDS[runtime](model, int(threads), (precision or ["f32"])[0])
    forward = None
    for line in sys.stdin:
        request = json.loads(line)
        if "inputs" in request:
            inputs = {given["name"]: array(given) for given in request["inputs"]}  # kept: they are bound, not copied
            forward = bound(inputs)
        forward()
        milliseconds = []
        for _ in range(request.get("repeat", 0)):
            start = time.perf_counter()
            forward()
            milliseconds.append((time.perf_counter() - start) * 1000)
        print(json.dumps(dict(milliseconds=milliseconds)), flush=True)


if __name__ == "__main__":
    main()
