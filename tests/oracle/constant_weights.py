"""Weights in Constant nodes as initializers, as quantbench takes them. ONNX Runtime's tool takes them for activations: it quantizes
them while the model runs, and leaves biases in float."""

from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator

MOVERS = {"Cast", "Identity", "Reshape", "Transpose"}


def with_initializers(model):
    """Moves the values of Constant nodes, and of Reshape and its kin of constants, into initializers. None if there are none."""
    graph = model.graph
    values = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    kept, found = [], False
    for node in graph.node:
        if node.op_type == "Constant" or (node.op_type in MOVERS and all(name in values for name in node.input)):
            feeds = {name: values[name] for name in node.input}
            values[node.output[0]] = ReferenceEvaluator(node).run(None, feeds)[0]
            graph.initializer.append(numpy_helper.from_array(values[node.output[0]], node.output[0]))
            found = True
        else:
            kept.append(node)
    if not found:
        return None
    model.ir_version = max(model.ir_version, 4)  # before, every initializer is an input, too
    del graph.node[:]
    graph.node.extend(kept)
    return model
