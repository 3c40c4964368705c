"""Small graphs that between them have every operator the static quantizer knows."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class Builder:
    """Nodes named <Kind>_<n>, constants drawn from one generator."""

    def __init__(self, seed=0, opset=13):
        self.nodes, self.constants, self.inputs = [], [], {}
        self.generator = np.random.default_rng(seed)
        self.opset = opset

    def input(self, name, shape, elem_type=TensorProto.FLOAT):
        self.inputs[name] = (elem_type, shape)
        return name

    def weight(self, name, *shape, spread=1.0):
        return self.constant(name, (self.generator.standard_normal(shape) * spread).astype(np.float32))

    def constant(self, name, values):
        self.constants.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def node(self, kind, inputs, outputs=1, domain="", **attributes):
        name = f"{kind}_{len(self.nodes)}"
        made = [f"{name}_out{i}" for i in range(outputs)] if isinstance(outputs, int) else outputs
        self.nodes.append(helper.make_node(kind, inputs, made, name=name, domain=domain, **attributes))
        return made[0] if len(made) == 1 else made

    def model(self, outputs):
        graph = helper.make_graph(
            self.nodes, "g", [helper.make_tensor_value_info(n, t, s) for n, (t, s) in self.inputs.items()],
            [helper.make_tensor_value_info(n, t, s) for n, (t, s) in outputs.items()], self.constants)
        opsets = [helper.make_opsetid("", self.opset)]
        if any(node.domain == "com.microsoft" for node in self.nodes):
            opsets.append(helper.make_opsetid("com.microsoft", 1))
        model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
        onnx.checker.check_model(model)
        return model

    def feed(self, batch):
        def values(elem_type, shape):
            sizes = [batch if isinstance(d, str) else d for d in shape]
            if elem_type == TensorProto.INT64:
                return self.generator.integers(0, 7, sizes)
            if elem_type == TensorProto.BOOL:
                return self.generator.integers(0, 2, sizes).astype(bool)
            return (self.generator.standard_normal(sizes) * 2).astype(np.float32)
        return {name: values(*spec) for name, spec in self.inputs.items()}


def perceptron(opset=13, shared_bias=True, wide_bias=True):
    """Gemm in all its forms (transB, no bias, one bias shared, one beyond int32), Relu, Clip, Sigmoid, Softmax."""
    b = Builder(1, opset)
    x = b.input("x", ["batch", 8])
    w, bias = b.weight("w", 8, 6), b.weight("bias", 6)
    first = b.node("Gemm", [x, w, bias])
    rectified = b.node("Relu", [first])
    other = bias if shared_bias else b.weight("bias2", 6)
    turned = b.node("Gemm", [rectified, b.weight("wt", 6, 6), other], transB=1)
    clipped = b.node("Clip", [turned, b.constant("low", np.float32(0)), b.constant("high", np.float32(6))])
    plain = b.node("Gemm", [clipped, b.weight("w3", 6, 4)])
    gate = b.node("Sigmoid", [plain])
    gated = b.node("Mul", [gate, plain])
    tiny = b.node("Gemm", [gated, b.weight("w4", 4, 4, spread=1e-6), b.weight("b4", 4, spread=1e4 if wide_bias else 1e-6)])
    leaky = b.node("LeakyRelu", [tiny], alpha=0.1)
    b.node("Softmax", [leaky], ["y"], axis=-1)
    return b, b.model({"y": (TensorProto.FLOAT, ["batch", 4])})


def convolutional(opset=13):
    """A residual network in small: Conv, pools, Pad, Resize, Concat, ReLU between, a Gemm at the end."""
    b = Builder(2, opset)
    x = b.input("x", ["batch", 3, 8, 8])
    c = b.node("Conv", [x, b.weight("k1", 4, 3, 3, 3), b.weight("kb1", 4)], pads=[1, 1, 1, 1])
    r = b.node("Relu", [c])
    p = b.node("MaxPool", [r], kernel_shape=[2, 2], strides=[2, 2])
    d = b.node("Conv", [p, b.weight("k2", 4, 4, 1, 1)])
    s = b.node("Add", [d, p])
    t = b.node("Relu", [s])
    e = b.node("Conv", [t, b.weight("k3", 4, 4, 3, 3), b.weight("kb3", 4)], pads=[1, 1, 1, 1])
    padded = b.node("Pad", [e, b.constant("pads", np.array([0, 0, 1, 1, 0, 0, 1, 1], np.int64))])
    a = b.node("AveragePool", [padded], kernel_shape=[3, 3], strides=[1, 1])
    both = b.node("Concat", [a, t], axis=1)
    g = b.node("GlobalAveragePool", [both])
    f = b.node("Flatten", [g])
    b.node("Gemm", [f, b.weight("fc", 8, 5), b.weight("fcb", 5)], ["y"])
    return b, b.model({"y": (TensorProto.FLOAT, ["batch", 5])})


def movers(opset=13, where=True):
    """What moves values behind quantized and unquantized inputs: Transpose, Reshape, Squeeze, Slice, Split, Gather,
    Where, ArgMax, and a Pad with a value of its own. Two outputs, one of them read inside as well."""
    b = Builder(3, opset)
    x = b.input("x", ["batch", 4, 6])
    ids = b.input("ids", ["batch", 4], TensorProto.INT64)
    choice = b.input("choice", ["batch", 4, 6], TensorProto.BOOL)
    first = b.node("Transpose", [x], perm=[0, 2, 1])           # its input is not quantized
    back = b.node("Transpose", [first], perm=[0, 2, 1])
    embedded = b.node("Gather", [b.weight("table", 7, 6), ids])
    s = b.node("Add", [back, embedded])
    m = b.node("MatMul", [s, b.weight("w", 6, 6)], ["inner"])
    chosen = b.node("Where", [choice, m, s]) if where else b.node("Mul", [m, s])
    parts = b.node("Split", [chosen, b.constant("sizes", np.array([2, 4], np.int64))], 2, axis=2)
    lone = b.node("Unsqueeze", [parts[0], b.constant("axes", np.array([1], np.int64))])
    flat = b.node("Reshape", [lone, b.constant("shape", np.array([0, 8], np.int64))])
    rest = b.node("Slice", [parts[1], b.constant("starts", np.array([1], np.int64)),
                            b.constant("ends", np.array([3], np.int64)), b.constant("on", np.array([2], np.int64))])
    wide = b.node("Pad", [rest, b.constant("pads", np.array([0, 0, 0, 0, 1, 0], np.int64)),
                          b.constant("with", np.float32(0.75))])
    joined = b.node("Reshape", [wide, b.constant("shape2", np.array([0, 10], np.int64))])
    all_of_it = b.node("Concat", [flat, joined], axis=1)
    product = b.node("MatMul", [all_of_it, b.weight("w2", 18, 3)], ["y"])
    b.node("ArgMax", [product], ["best"], axis=1)
    return b, b.model({"inner": (TensorProto.FLOAT, ["batch", 4, 6]), "y": (TensorProto.FLOAT, ["batch", 3]),
                       "best": (TensorProto.INT64, ["batch", 1])})


def attention(opset=17):
    """One head over two shared projections, LayerNormalization as one node, a constant that is added and a square."""
    b = Builder(4, opset)
    x = b.input("x", ["batch", 5, 8])
    n = b.node("LayerNormalization", [x, b.weight("g", 8), b.weight("beta", 8)], axis=-1)
    q = b.node("MatMul", [n, b.weight("wq", 8, 8)])
    k = b.node("MatMul", [n, b.weight("wk", 8, 8)])
    qb = b.node("Add", [b.weight("bq", 8), q])
    kt = b.node("Transpose", [k], perm=[0, 2, 1])
    scores = b.node("MatMul", [qb, kt])
    scaled = b.node("Mul", [scores, b.constant("root", np.float32(0.35))])
    p = b.node("Softmax", [scaled], axis=-1)
    c = b.node("MatMul", [p, n])
    square = b.node("Mul", [c, c])
    left = b.node("MatMul", [b.weight("side", 5, 5), square])
    b.node("Add", [left, x], ["y"])
    return b, b.model({"y": (TensorProto.FLOAT, ["batch", 5, 8])})


def recurrent(opset=13):
    """What follows the last state of an LSTM, and an If whose branches declare no types: neither type is in the file."""
    b = Builder(15, opset)
    x = b.input("x", ["batch", 2, 3])
    _, hidden, _ = b.node("LSTM", [x, b.weight("w", 1, 16, 3), b.weight("r", 1, 16, 4), b.weight("wb", 1, 32)], 3, hidden_size=4)
    state = b.node("Squeeze", [hidden, b.constant("first", np.array([0], np.int64))])
    y = b.node("Gemm", [state, b.weight("g", 4, 6), b.weight("gb", 6)])

    def branch(kind, name):
        return helper.make_graph([helper.make_node(kind, [state], [name])], name, [], [onnx.ValueInfoProto(name=name)])
    chosen = b.node("If", [b.constant("yes", np.array(True))], then_branch=branch("Neg", "then"), else_branch=branch("Abs", "else"))
    b.node("Concat", [chosen, y], ["joined"], axis=1)
    return b, b.model({"joined": (TensorProto.FLOAT, [2, 10])})


ALL = {"perceptron": perceptron, "convolutional": convolutional, "movers": movers, "attention": attention,
       "recurrent": recurrent}


# One graph for each difference.


def old_perceptron():
    """Operator set 11: what the reference exports to."""
    b = Builder(5, 11)
    x = b.input("x", ["batch", 4, 8])
    h = b.node("MatMul", [x, b.weight("w1", 8, 6)])
    r = b.node("Relu", [b.node("Add", [h, b.weight("b1", 6)])])
    b.node("MatMul", [r, b.weight("w2", 6, 5)], ["y"])
    return b, b.model({"y": (TensorProto.FLOAT, ["batch", 4, 5])})


def normalized():
    """A layer normalization whose epsilon comes from a node and is therefore an activation of one value."""
    b = Builder(opset=13)
    b.input("x", ["batch", 16])
    mean = b.node("ReduceMean", ["x"], axes=[-1], keepdims=1)
    centred = b.node("Sub", ["x", mean])
    variance = b.node("ReduceMean", [b.node("Pow", [centred, b.constant("two", np.float32(2))])], axes=[-1], keepdims=1)
    epsilon = b.node("Constant", [], value=numpy_helper.from_array(np.float32(1e-12)))
    deviation = b.node("Sqrt", [b.node("Add", [variance, epsilon])])
    scaled = b.node("Mul", [b.node("Div", [centred, deviation]), b.weight("gamma", 16)])
    b.node("Add", [scaled, b.weight("beta", 16)], ["y"])
    return b, b.model({"y": (TensorProto.FLOAT, ["batch", 16])})


def two_of_one_bias():
    b = Builder(6)
    x = b.input("x", ["batch", 8])
    bias = b.weight("bias", 8)
    first = b.node("Gemm", [x, b.weight("w1", 8, 8, spread=10), bias])
    b.node("Gemm", [first, b.weight("w2", 8, 8, spread=0.001), bias], ["y"])
    return b, b.model({"y": (TensorProto.FLOAT, ["batch", 8])})


def gemm_of_beta():
    b = Builder(7)
    x = b.input("x", ["batch", 8])
    b.node("Gemm", [x, b.weight("w1", 8, 8), b.weight("bias", 8, spread=10)], ["y"], beta=0.25)
    return b, b.model({"y": (TensorProto.FLOAT, ["batch", 8])})


def gemm_of_alpha():
    b = Builder(7)
    x = b.input("x", ["batch", 8])
    b.node("Gemm", [x, b.weight("w1", 8, 8), b.weight("bias", 8, spread=10)], ["y"], alpha=4.0)
    return b, b.model({"y": (TensorProto.FLOAT, ["batch", 8])})


def bias_beyond_int32():
    b = Builder(12)
    x = b.input("x", ["batch", 8])
    b.node("Gemm", [x, b.weight("w1", 8, 8, spread=1e-12), b.weight("bias", 8, spread=10)], ["y"])
    return b, b.model({"y": (TensorProto.FLOAT, ["batch", 8])})


def clip_above_zero():
    b = Builder(13)
    x = b.input("x", ["batch", 8])
    h = b.node("MatMul", [x, b.weight("w1", 8, 8)])
    b.node("Clip", [h, b.constant("low", np.float32(3)), b.constant("high", np.float32(6))], ["y"])
    return b, b.model({"y": (TensorProto.FLOAT, ["batch", 8])})


def relu_that_a_subgraph_reads():
    b = Builder(14)
    x = b.input("x", ["batch", 8])
    r = b.node("Relu", [b.node("MatMul", [x, b.weight("w1", 8, 8)])])
    def branch(name):
        return helper.make_graph([helper.make_node("Identity", [r], [name])], name, [],
                                 [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 8])])
    b.node("If", [b.constant("yes", np.array(True))], ["y"], then_branch=branch("then"), else_branch=branch("else"))
    b.node("MatMul", [r, b.weight("w2", 8, 8)], ["z"])
    return b, b.model({"y": (TensorProto.FLOAT, ["batch", 8]), "z": (TensorProto.FLOAT, ["batch", 8])})


def where_of_two():
    b = Builder(8)
    x = b.input("x", ["batch", 8])
    choice = b.input("choice", ["batch", 8], TensorProto.BOOL)
    h = b.node("MatMul", [x, b.weight("w1", 8, 8)])
    chosen = b.node("Where", [choice, h, x])
    b.node("MatMul", [chosen, b.weight("w2", 8, 8)], ["y"])
    return b, b.model({"y": (TensorProto.FLOAT, ["batch", 8])})


def relu_beside_another():
    b = Builder(9)
    x = b.input("x", ["batch", 8])
    h = b.node("MatMul", [x, b.weight("w1", 8, 8)])
    r = b.node("Relu", [h])
    b.node("Add", [b.node("Add", [r, x]), h], ["y"])
    return b, b.model({"y": (TensorProto.FLOAT, ["batch", 8])})


def scale_by_name():
    """A weight of the name that the scale of an activation would get."""
    b = Builder(10)
    x = b.input("x", ["batch", 8])
    b.node("Mul", [x, b.constant("x_scale", np.float32(40))], ["y"])
    return b, b.model({"y": (TensorProto.FLOAT, ["batch", 8])})


def output_before_relu():
    b = Builder(11)
    x = b.input("x", ["batch", 8])
    b.node("MatMul", [x, b.weight("w1", 8, 8)], ["y"])
    b.node("Relu", ["y"], ["rectified"])
    return b, b.model({"y": (TensorProto.FLOAT, ["batch", 8]), "rectified": (TensorProto.FLOAT, ["batch", 8])})
