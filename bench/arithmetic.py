"""What the matrix products of a model take at the least, in float32, whatever runs them."""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnx
import onnxruntime


def open_session(path, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(str(path), options)


def products_a_second(threads, scratch):
    """Multiplications and additions of a large float32 matrix product by ONNX Runtime, one in each of `threads` streams."""
    rows, width = 512, 1536
    weight = onnx.numpy_helper.from_array(np.full((width, width), 0.01, np.float32), "w")
    value = lambda name: onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [rows, width])
    graph = onnx.helper.make_graph([onnx.helper.make_node("MatMul", ["x", "w"], ["y"])], "g", [value("x")], [value("y")], [weight])
    onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 13)], ir_version=8), scratch / "matmul.onnx")
    session = open_session(scratch / "matmul.onnx", 1)
    x, times = dict(x=np.ones((rows, width), np.float32)), 40

    def work(_):
        for _ in range(times):
            session.run(None, x)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(threads)))
        start = time.perf_counter()
        list(pool.map(work, range(threads)))
        return threads * times * 2 * rows * width * width / (time.perf_counter() - start)


def products_a_token(path):
    """Of each token with the weights of the model: what an evaluation cannot leave out."""
    graph = onnx.load(path).graph
    shapes = {weight.name: weight.dims for weight in graph.initializer}
    weights = [shapes.get(node.input[1], []) for node in graph.node if node.op_type == "MatMul"]
    return sum(2 * shape[0] * shape[1] for shape in weights if len(shape) == 2)
