"""Small models of the kinds that made quantizers fail (duplicate definitions, constants that others read, odd types, old operator
sets, bodies of If, Loop and Scan), each with three sets of inputs in ONNX's layout: DIRECTORY/NAME/model.onnx."""

from pathlib import Path

import ml_dtypes
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FLOAT, INT64, BOOL = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL
SETS = 3
MODELS = {}


def model(build):
    """Adds a model by the name of its function; what it returns becomes the inputs of each set."""
    MODELS[build.__name__.rstrip("_").replace("_", " ")] = build
    return build


class Graph:
    """Nodes, constants, inputs and outputs of a model, or of a body of one."""

    def __init__(self, seed=0, opset=13, ir=8):
        self.random = np.random.default_rng(seed)
        self.nodes, self.constants, self.inputs, self.outputs = [], [], [], []
        self.opsets, self.ir, self.functions, self.sparse = {"": opset}, ir, [], []
        self.value_info = []

    def weight(self, *shape, name=None, scale=0.3, dtype=np.float32):
        return self.constant((self.random.standard_normal(shape) * scale).astype(dtype), name)

    def constant(self, value, name=None):
        name = name or f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def add(self, kind, inputs, outputs=None, **attributes):
        outputs = [f"t{len(self.nodes)}"] if outputs is None else [outputs] if isinstance(outputs, str) else outputs
        self.nodes.append(helper.make_node(kind, inputs, outputs, f"{kind}_{len(self.nodes)}", **attributes))
        return outputs[0]

    def input(self, name, shape, kind=FLOAT):
        self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def output(self, name, shape=None, kind=FLOAT):
        self.outputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def proto(self, name="g"):
        graph = helper.make_graph(self.nodes, name, self.inputs, self.outputs, self.constants, value_info=self.value_info)
        graph.sparse_initializer.extend(self.sparse)
        return graph

    def model(self):
        return helper.make_model(self.proto(), opset_imports=[helper.make_opsetid(*one) for one in self.opsets.items()],
                                 ir_version=self.ir, functions=self.functions)


def rows(g, width=8, name="x"):
    """An input of any number of rows, and how to make one."""
    g.input(name, ["n", width])
    return lambda random: {name: random.standard_normal((4, width)).astype(np.float32)}


def image(g, channels=3, size=8):
    g.input("x", ["n", channels, size, size])
    return lambda random: {"x": random.standard_normal((2, channels, size, size)).astype(np.float32)}


def head(g, source, width=8):
    """A product behind what a model is about, as its output y."""
    g.output(g.add("MatMul", [source, g.weight(width, 4)], "y"))


def if_positive(g, source, then, other, output):
    """If the sum of `source` is positive; both bodies give one output."""
    total = g.add("ReduceSum", [source], keepdims=0)
    condition = g.add("Greater", [total, g.constant(np.float32(0))])
    return g.add("If", [condition], output, then_branch=then.proto("then"), else_branch=other.proto("else"))


# Constants and inputs in unusual places.

def as_inputs(g):
    """Of IR 3: each constant is listed as an input, too."""
    g.ir = 3
    for constant in g.constants:
        g.inputs.append(helper.make_tensor_value_info(constant.name, constant.data_type, constant.dims))


@model
def ir_3_conv_with_batch_norm(g):
    g.opsets[""] = 9
    feeds = image(g)
    c = g.add("Conv", ["x", g.weight(6, 3, 3, 3), g.weight(6)], pads=[1, 1, 1, 1])
    positive = g.constant(np.linspace(0.5, 1.5, 6).astype(np.float32))
    g.output(g.add("Relu", [g.add("BatchNormalization", [c, positive, g.weight(6), g.weight(6), positive])], "y"))
    as_inputs(g)
    return feeds


@model
def ir_3_gemm_whose_weight_is_an_output(g):
    g.opsets[""] = 11
    feeds = rows(g)
    w = g.weight(8, 4)
    g.output(g.add("Gemm", ["x", w, g.weight(4)], "y"))
    g.output(w, [8, 4])
    as_inputs(g)
    return feeds


@model
def ir_3_weight_of_a_body(g):
    g.opsets[""] = 11
    feeds = rows(g)
    w = g.weight(8, 8)
    then, other = Graph(), Graph()
    then.output(then.add("MatMul", ["x", w], "a"))
    other.output(other.add("Neg", ["x"], "b"))
    g.output(if_positive(g, g.add("MatMul", ["x", w]), then, other, "y"))
    as_inputs(g)
    return feeds


@model
def ir_4_overridable_weight(g):
    feeds = rows(g)
    w = g.weight(8, 4)
    g.inputs.append(helper.make_tensor_value_info(w, FLOAT, [8, 4]))
    g.output(g.add("MatMul", ["x", w], "y"))
    return feeds


@model
def weight_that_is_an_output(g):
    feeds = rows(g)
    w = g.weight(8, 4)
    g.output(g.add("MatMul", ["x", w], "y"))
    g.output(w, [8, 4])
    return feeds


@model
def transposed_weight_that_is_an_output(g):
    feeds = rows(g)
    t = g.add("Transpose", [g.weight(4, 8)], perm=[1, 0])
    g.output(g.add("MatMul", ["x", t], "y"))
    g.output(t, [8, 4])
    return feeds


@model
def constant_node_that_is_an_output(g):
    feeds = rows(g)
    w = g.add("Constant", [], value=numpy_helper.from_array(g.random.standard_normal((8, 4)).astype(np.float32)))
    g.output(g.add("MatMul", ["x", w], "y"))
    g.output(w, [8, 4])
    return feeds


@model
def input_that_is_an_output_twice_read(g):
    feeds = rows(g)
    head(g, g.add("Add", ["x", g.add("Relu", ["x"])]))
    g.output("x", ["n", 8])
    return feeds


@model
def tensor_between_operators_that_is_an_output(g):
    feeds = rows(g)
    h = g.add("MatMul", ["x", g.weight(8, 8)])
    r = g.add("Relu", [h])
    head(g, r)
    g.output(h, ["n", 8])
    g.output(r, ["n", 8])
    return feeds


@model
def weight_read_twice_as_table_and_as_matrix(g):
    g.input("x", ["n", 8])
    g.input("ids", ["n"], INT64)
    w = g.weight(20, 8)
    rows_of = g.add("Gather", [w, "ids"])
    g.output(g.add("MatMul", [g.add("Add", ["x", rows_of]), g.add("Transpose", [w], perm=[1, 0])], "y"))
    return lambda random: {"x": random.standard_normal((4, 8)).astype(np.float32), "ids": random.integers(0, 20, 4)}


@model
def weight_that_a_quantized_and_a_float_operator_read(g):
    feeds = rows(g)
    w = g.weight(8, 8)
    g.output(g.add("Add", [g.add("MatMul", ["x", w]), g.add("ReduceSum", [w], keepdims=0)], "y"))
    return feeds


@model
def matrix_that_a_product_and_a_sum_read(g):
    g.input("x", [8, 8])
    w = g.weight(8, 8)
    g.output(g.add("Add", [g.add("MatMul", ["x", w]), w], "y"))
    return lambda random: {"x": random.standard_normal((8, 8)).astype(np.float32)}


@model
def square_matrix_read_both_ways(g):
    feeds = rows(g)
    w = g.constant((g.random.standard_normal((8, 8)) * np.logspace(-2, 0, 8)).astype(np.float32))
    h = g.add("Gemm", ["x", w], transB=1)
    g.output(g.add("MatMul", [g.add("Gemm", [h, w]), w], "y"))
    return feeds


@model
def kernel_that_a_conv_and_a_concat_read(g):
    feeds = image(g)
    w = g.weight(2, 3, 3, 3)
    g.output(g.add("Conv", ["x", w], "y"))
    g.output(g.add("Concat", [g.add("GlobalAveragePool", [g.add("Relu", [w])]), g.add("GlobalAveragePool", ["x"])], "z", axis=0))
    return feeds


@model
def table_that_is_a_weight_of_channels(g):
    g.input("ids", ["n"], INT64)
    w = g.weight(8, 8)
    rows_of = g.add("Gather", [w, "ids"])
    g.output(g.add("MatMul", [g.add("Add", [rows_of, rows_of]), w], "y"))
    return lambda random: {"ids": random.integers(0, 8, 4)}


@model
def same_bias_for_two_products(g):
    feeds = rows(g)
    b = g.weight(8)
    first = g.add("Gemm", ["x", g.weight(8, 8, scale=3), b])
    g.output(g.add("Gemm", [first, g.weight(8, 8), b], "y"))
    return feeds


@model
def bias_that_is_an_input(g):
    g.input("x", ["n", 8])
    g.input("b", [4])
    g.output(g.add("Gemm", ["x", g.weight(8, 4), "b"], "y"))
    return lambda random: {"x": random.standard_normal((4, 8)).astype(np.float32), "b": random.standard_normal(4).astype(np.float32)}


@model
def nodes_backwards(g):
    feeds = image(g)
    c = g.add("Conv", ["x", g.weight(4, 3, 3, 3)], pads=[1, 1, 1, 1])
    p = g.add("AveragePool", [g.add("Relu", [c])], kernel_shape=[2, 2])
    g.output(g.add("Add", [p, p], "y"))
    g.nodes.reverse()
    return feeds


@model
def nodes_backwards_around_a_body(g):
    feeds = rows(g)
    then, other = Graph(1), Graph(2)
    then.output(then.add("MatMul", ["h", then.weight(8, 8, name="inner")], "a"))
    other.output(other.add("Relu", ["h"], "b"))
    h = g.add("MatMul", ["x", g.weight(8, 8)], "h")
    head(g, if_positive(g, "x", then, other, "z"))
    g.nodes.reverse()
    return feeds


@model
def names_with_blanks_and_quotes(g):
    feeds = rows(g)
    w = g.weight(8, 8, name="a weight, 'quoted'")
    h = g.add("MatMul", ["x", w], "h/0:1 \"x\"")
    head(g, g.add("Relu", [h], "é"))
    return feeds


@model
def nodes_without_names(g):
    feeds = rows(g)
    head(g, g.add("Relu", [g.add("MatMul", ["x", g.weight(8, 8)])]))
    for node in g.nodes:
        node.ClearField("name")
    return feeds


@model
def nodes_of_one_name(g):
    feeds = rows(g)
    head(g, g.add("Add", [g.add("MatMul", ["x", g.weight(8, 8)]), g.weight(8)]))
    for node in g.nodes:
        node.name = "same"
    return feeds


@model
def taken_names_of_scales(g):
    feeds = rows(g)
    h = g.add("MatMul", ["x", g.weight(8, 8, name="w")], "x_scale")
    g.output(g.add("Add", [h, g.constant(np.ones(8, np.float32), "w_quantized")], "x_zero_point"))
    return feeds


# Products.

def gemm(**attributes):
    def build(g):
        columns = 8
        feeds = rows(g, columns)
        shape = (4, 8) if attributes.get("transB") else (8, 4)
        g.output(g.add("Gemm", ["x", g.weight(*shape), g.weight(4)], "y", **attributes))
        return feeds
    return build


for name, attributes in {"beta 0": {"beta": 0.0}, "beta a half": {"beta": 0.5}, "alpha a half": {"alpha": 0.5},
                         "alpha 3, beta 0": {"alpha": 3.0, "beta": 0.0}, "alpha 0": {"alpha": 0.0}, "negative alpha": {"alpha": -1.5},
                         "beta 2, transposed": {"beta": 2.0, "transB": 1}, "beta negative": {"beta": -1.0}}.items():
    MODELS[f"gemm of {name}"] = gemm(**attributes)


@model
def gemm_with_alpha_and_no_bias(g):
    feeds = rows(g)
    g.output(g.add("Gemm", ["x", g.weight(8, 4)], "y", alpha=2.5))
    return feeds


@model
def gemm_with_beta_and_a_bias_of_rows(g):
    g.input("x", [4, 8])
    g.output(g.add("Gemm", ["x", g.weight(8, 4), g.weight(4, 1)], "y", beta=3.0))
    return lambda random: {"x": random.standard_normal((4, 8)).astype(np.float32)}


@model
def gemm_with_beta_and_a_whole_bias(g):
    g.input("x", [4, 8])
    g.output(g.add("Gemm", ["x", g.weight(8, 4), g.weight(4, 4)], "y", beta=3.0))
    return lambda random: {"x": random.standard_normal((4, 8)).astype(np.float32)}


@model
def gemm_with_beta_and_a_scalar_bias(g):
    feeds = rows(g)
    g.output(g.add("Gemm", ["x", g.weight(8, 4), g.constant(np.float32(0.7))], "y", beta=2.0))
    return feeds


@model
def gemm_with_a_transposed_input(g):
    g.input("x", [8, "n"])
    g.output(g.add("Gemm", ["x", g.weight(8, 4), g.weight(4)], "y", transA=1, beta=2.0))
    return lambda random: {"x": random.standard_normal((8, 5)).astype(np.float32)}


@model
def gemm_whose_first_input_is_the_weight(g):
    g.input("x", [8, "n"])
    g.output(g.add("Gemm", [g.weight(4, 8), "x"], "y"))
    return lambda random: {"x": random.standard_normal((8, 5)).astype(np.float32)}


@model
def matmul_whose_first_input_is_the_weight(g):
    g.input("x", [8, "n"])
    g.output(g.add("MatMul", [g.weight(4, 8), "x"], "y"))
    return lambda random: {"x": random.standard_normal((8, 5)).astype(np.float32)}


@model
def matmul_with_a_vector(g):
    feeds = rows(g)
    g.output(g.add("MatMul", ["x", g.weight(8)], "y"))
    return feeds


@model
def matmul_with_four_dimensions(g):
    g.input("x", ["n", 3, 5, 8])
    g.output(g.add("MatMul", ["x", g.weight(1, 3, 8, 4)], "y"))
    return lambda random: {"x": random.standard_normal((2, 3, 5, 8)).astype(np.float32)}


@model
def matmul_of_two_weights(g):
    feeds = rows(g)
    g.output(g.add("MatMul", ["x", g.add("MatMul", [g.weight(8, 8), g.weight(8, 4)])], "y"))
    return feeds


@model
def conv_of_one_dimension(g):
    g.input("x", ["n", 4, 16])
    g.output(g.add("Conv", ["x", g.weight(6, 4, 3), g.weight(6)], "y", strides=[2]))
    return lambda random: {"x": random.standard_normal((2, 4, 16)).astype(np.float32)}


@model
def conv_of_three_dimensions(g):
    g.input("x", ["n", 2, 6, 6, 6])
    g.output(g.add("Conv", ["x", g.weight(3, 2, 3, 3, 3), g.weight(3)], "y"))
    return lambda random: {"x": random.standard_normal((1, 2, 6, 6, 6)).astype(np.float32)}


@model
def conv_whose_weight_is_computed(g):
    feeds = image(g)
    w = g.add("Mul", [g.weight(4, 3, 3, 3), g.add("ReduceMean", ["x"], keepdims=0)])
    g.output(g.add("Conv", ["x", w], "y"))
    return feeds


@model
def transposed_conv_of_groups(g):
    g.input("x", ["n", 4, 5, 5])
    g.output(g.add("ConvTranspose", ["x", g.weight(4, 3, 3, 3), g.weight(6)], "y", group=2, strides=[2, 2]))
    return lambda random: {"x": random.standard_normal((1, 4, 5, 5)).astype(np.float32)}


@model
def depthwise_conv(g):
    feeds = image(g, 6)
    g.output(g.add("Conv", ["x", g.weight(6, 1, 3, 3)], "y", group=6))
    return feeds


@model
def zero_weights(g):
    feeds = rows(g)
    g.output(g.add("Gemm", ["x", g.constant(np.zeros((8, 4), np.float32)), g.weight(4)], "y"))
    return feeds


@model
def weights_below_the_normal_numbers(g):
    feeds = rows(g)
    g.output(g.add("Gemm", ["x", g.constant((g.random.standard_normal((8, 4)) * 1e-40).astype(np.float32)), g.weight(4)], "y"))
    return feeds


@model
def tiny_weights_and_a_large_bias(g):
    feeds = rows(g)
    g.output(g.add("Gemm", ["x", g.weight(8, 4, scale=1e-12), g.weight(4, scale=1e3)], "y"))
    return feeds


@model
def one_channel_of_zeros(g):
    feeds = image(g)
    w = g.random.standard_normal((4, 3, 3, 3)).astype(np.float32)
    w[1] = 0
    g.output(g.add("Conv", ["x", g.constant(w), g.weight(4)], "y"))
    return feeds


@model
def lstm_with_a_product_behind(g):
    g.input("x", [5, "n", 6])
    y = g.add("LSTM", ["x", g.weight(1, 16, 6), g.weight(1, 16, 4), g.weight(1, 32)], ["l", "", "cell"], hidden_size=4)
    g.output(g.add("MatMul", [g.add("Squeeze", [y, g.constant(np.array([1], np.int64))]), g.weight(4, 3)], "y"))
    g.output("cell")
    return lambda random: {"x": random.standard_normal((5, 2, 6)).astype(np.float32)}


# Outputs without a name.

@model
def gru_with_only_its_last_state(g):
    g.input("x", [5, "n", 6])
    g.add("GRU", ["x", g.weight(1, 12, 6), g.weight(1, 12, 4)], ["", "h"], hidden_size=4)
    g.output(g.add("MatMul", ["h", g.weight(4, 3)], "y"))
    return lambda random: {"x": random.standard_normal((5, 2, 6)).astype(np.float32)}


@model
def split_whose_first_part_is_unused(g):
    feeds = rows(g)
    g.add("Split", ["x"], ["", "second"], axis=1)
    head(g, "second", 4)
    return feeds


@model
def split_of_sizes_with_two_unused_parts(g):
    feeds = rows(g)
    g.add("Split", ["x", g.constant(np.array([2, 4, 2], np.int64))], ["", "middle", ""], axis=1)
    head(g, "middle", 4)
    return feeds


@model
def split_in_a_body_with_an_unused_part(g):
    feeds = rows(g)
    then, other = Graph(1), Graph(2)
    then.add("Split", ["x"], ["", "a"], axis=1)
    then.output("a")
    other.add("Split", ["x"], ["b", ""], axis=1)
    other.output("b")
    head(g, if_positive(g, "x", then, other, "z"), 4)
    return feeds


@model
def topk_whose_indices_are_unused(g):
    feeds = rows(g)
    g.add("TopK", ["x", g.constant(np.array([4], np.int64))], ["top", "places"])
    head(g, "top", 4)
    return feeds


@model
def max_pool_with_indices(g):
    feeds = image(g)
    g.add("MaxPool", [g.add("Conv", ["x", g.weight(3, 3, 3, 3)])], ["p", "i"], kernel_shape=[2, 2])
    g.output(g.add("Conv", ["p", g.weight(2, 3, 3, 3)], "y"))
    g.output("i", kind=INT64)
    return feeds


@model
def dropout_with_mask(g):
    feeds = rows(g)
    g.add("Dropout", [g.add("MatMul", ["x", g.weight(8, 8)])], ["d", "mask"])
    head(g, "d")
    g.output("mask", kind=BOOL)
    return feeds


# Activations that are taken out.

def clip(low, high, opset=13):
    def build(g):
        g.opsets[""] = opset
        feeds = rows(g)
        h = g.add("MatMul", ["x", g.weight(8, 8)])
        if opset < 11:
            c = g.add("Clip", [h], **{key: value for key, value in (("min", low), ("max", high)) if value is not None})
        else:
            c = g.add("Clip", [h] + ["" if one is None else g.constant(np.float32(one)) for one in (low, high)])
        head(g, c)
        return feeds
    return build


for low, high in ((0.5, 6), (0.0, 6.0), (None, 0.3), (-0.2, None), (-1.0, -0.1), (-0.1, 0.2), (None, None), (0.0, None)):
    MODELS[f"clip from {low} to {high}"] = clip(low, high)
    MODELS[f"clip from {low} to {high} as attributes"] = clip(low, high, 10)


@model
def clip_whose_bounds_are_inputs(g):
    g.input("x", ["n", 8])
    g.input("low", [])
    head(g, g.add("Clip", [g.add("MatMul", ["x", g.weight(8, 8)]), "low"]))
    return lambda random: {"x": random.standard_normal((4, 8)).astype(np.float32), "low": np.float32(-0.2)}


@model
def relu_that_two_operators_read(g):
    feeds = rows(g)
    h = g.add("MatMul", ["x", g.weight(8, 8)])
    r = g.add("Relu", [h])
    head(g, g.add("Add", [g.add("Softmax", [r]), g.add("Sub", [h, r])]))
    return feeds


@model
def relu_that_a_loop_reads(g):
    feeds = rows(g)
    r = g.add("Relu", [g.add("MatMul", ["x", g.weight(8, 8)])], "r")
    body = Graph(1)
    body.input("i", [], INT64), body.input("go", [], BOOL), body.input("sum", ["n", 8])
    body.output(body.add("Identity", ["go"], "on"), [], BOOL)
    body.output(body.add("Add", ["sum", "r"], "next"), ["n", 8])
    total = g.add("Loop", [g.constant(np.int64(3)), g.constant(np.array(True)), "x"], body=body.proto("body"))
    head(g, g.add("Add", [total, g.add("MatMul", [r, g.weight(8, 8)])]))
    return feeds


@model
def clip_that_a_body_of_a_body_reads(g):
    feeds = rows(g)
    c = g.add("Clip", [g.add("MatMul", ["x", g.weight(8, 8)]), g.constant(np.float32(0)), g.constant(np.float32(1))], "c")
    inner_then, inner_other, then, other = Graph(1), Graph(2), Graph(3), Graph(4)
    inner_then.output(inner_then.add("Neg", ["c"], "p"))
    inner_other.output(inner_other.add("Identity", ["c"], "q"))
    then.add("ReduceSum", ["x"], "s", keepdims=0)
    then.add("Less", ["s", then.constant(np.float32(1), "one")], "small")
    then.add("If", ["small"], "a", then_branch=inner_then.proto(), else_branch=inner_other.proto())
    then.output("a")
    other.output(other.add("Mul", ["c", other.constant(np.float32(2), "two")], "b"))
    z = if_positive(g, "x", then, other, "z")
    head(g, g.add("Add", [z, g.add("MatMul", [c, g.weight(8, 8)])]))
    return feeds


@model
def relu_that_is_an_output(g):
    feeds = rows(g)
    r = g.add("Relu", [g.add("MatMul", ["x", g.weight(8, 8)])])
    head(g, r)
    g.output(r)
    return feeds


# Pools and what has attributes that integer operators lack.

def pool(kind, opset=19, **attributes):
    def build(g):
        g.opsets[""], g.ir = opset, 9
        feeds = image(g)
        p = g.add(kind, [g.add("Conv", ["x", g.weight(3, 3, 3, 3), g.weight(3)], pads=[1] * 4)], **attributes)
        g.output(g.add("Conv", [p, g.weight(2, 3, 1, 1)], "y"))
        return feeds
    return build


MODELS |= {
    "average pool with dilations": pool("AveragePool", kernel_shape=[2, 2], dilations=[2, 2]),
    "average pool that counts padding": pool("AveragePool", kernel_shape=[3, 3], pads=[1] * 4, count_include_pad=1),
    "average pool that rounds up": pool("AveragePool", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1),
    "average pool of equal padding": pool("AveragePool", kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER"),
    "max pool with dilations": pool("MaxPool", kernel_shape=[2, 2], dilations=[2, 2]),
    "max pool by columns": pool("MaxPool", kernel_shape=[2, 2], storage_order=1),
    "power pool": pool("LpPool", kernel_shape=[2, 2], p=2),
    "global max pool": pool("GlobalMaxPool"),
    "softmax of the second axis": pool("Softmax", axis=1),
    "softmax of operator set 11": pool("Softmax", 11, axis=1),
    "leaky relu": pool("LeakyRelu", alpha=0.3),
    "instance normalization of two": pool("LpNormalization", axis=1),
}


def between(kind, *inputs, opset=18, outputs=None, **attributes):
    """A node between two convolutions, with constant inputs beside its first."""
    def build(g):
        g.opsets[""] = opset
        feeds = image(g)
        c = g.add("Conv", ["x", g.weight(4, 3, 3, 3), g.weight(4)], pads=[1] * 4)
        more = ["" if value is None else g.constant(np.array(value[0], value[1])) for value in inputs]
        made = g.add(kind, [c, *more], outputs and [f"o{i}" for i in range(outputs)], **attributes)
        flat = g.add("Reshape", [made, g.constant(np.array([2, -1], np.int64))])
        g.output(g.add("Mul", [g.add("Sigmoid", [flat]), g.constant(np.float32(3))], "y"))
        return feeds
    return build


whole, real = np.int64, np.float32
MODELS |= {
    "max pool that rounds up": between("MaxPool", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1),
    "max pool of equal padding below": between("MaxPool", kernel_shape=[3, 3], auto_pad="SAME_LOWER"),
    "resize by cubes": between("Resize", None, ([1, 1, 1.5, 2], real), mode="cubic"),
    "resize to the nearest": between("Resize", None, ([1, 1, 2, 0.5], real), mode="nearest", nearest_mode="ceil",
                                     coordinate_transformation_mode="asymmetric"),
    "resize without aliases": between("Resize", None, ([1, 1, 0.5, 0.5], real), mode="linear", antialias=1),
    "resize of some axes": between("Resize", None, ([2, 2], real), mode="linear", axes=[2, 3]),
    "pad by reflection": between("Pad", ([0, 0, 1, 1, 0, 0, 2, 2], whole), mode="reflect"),
    "pad by edges": between("Pad", ([0, 0, 1, 1, 0, 0, 2, 2], whole), mode="edge"),
    "pad that crops": between("Pad", ([0, 0, -1, -1, 0, 0, -1, 0], whole)),
    "pad of some axes": between("Pad", ([1, 1], whole), ([0.25], real), ([3], whole)),
    "pad with minus infinity": between("Pad", ([0, 0, 1, 1, 0, 0, 1, 1], whole), (-np.inf, real)),
    "leaky relu that turns": between("LeakyRelu", alpha=-0.5),
    "leaky relu that grows": between("LeakyRelu", alpha=3.0),
    "softmax of a negative axis": between("Softmax", axis=-3),
    "transpose backwards": between("Transpose"),
    "transpose to channels last": between("Transpose", perm=[0, 2, 3, 1]),
    "flatten of a negative axis": between("Flatten", axis=-1),
    "reshape that allows zero": between("Reshape", ([2, 4, -1], whole), allowzero=1),
    "expand": between("Expand", ([3, 2, 4, 8, 8], whole)),
    "tile": between("Tile", ([1, 2, 1, 1], whole)),
    "depth to space": between("DepthToSpace", blocksize=2, mode="CRD"),
    "space to depth": between("SpaceToDepth", blocksize=2),
    "slice backwards": between("Slice", ([-1], whole), ([-9], whole), ([2], whole), ([-2], whole)),
    "split of uneven sizes": between("Split", ([1, 3], whole), outputs=2, axis=1),
    "split into a number": between("Split", outputs=3, axis=2, num_outputs=3),
    "topk of the smallest": between("TopK", ([2], whole), outputs=2, largest=0, axis=1),
    "gather of negative indices": between("Gather", ([-1, 0], whole), axis=1),
    "gather of elements": between("GatherElements", (np.zeros((2, 4, 8, 8)), whole), axis=1),
    "gather of places": between("GatherND", ([[0, 1], [1, 3]], whole)),
    "unsqueeze of negative axes": between("Unsqueeze", ([-1, 0], whole)),
    "cumulative sum backwards": between("CumSum", (1, np.int32), reverse=1, exclusive=1),
    "hard sigmoid": between("HardSigmoid", alpha=0.3, beta=0.1),
    "prelu": between("PRelu", (np.full((4, 1, 1), 0.2), real)),
    "sum of all": between("ReduceSum", ([2, 3], whole)),
    "mean of all": between("ReduceMean", ([2, 3], whole)),
    "quotient": between("Div", (3.0, real)),
    "power": between("Pow", (2.0, real)),
    "minimum": between("Min", (0.1, real)),
    "product with zero": between("Mul", (0.0, real)),
    "product with a negative number": between("Mul", (-2.5, real)),
    "layer normalization": between("LayerNormalization", (np.linspace(0.5, 2, 8), real), (np.linspace(-1, 1, 8), real)),
    "instance normalization": between("InstanceNormalization", (np.linspace(0.5, 2, 4), real), (np.linspace(-1, 1, 4), real)),
    "local response normalization": between("LRN", size=3),
    "convolution of equal padding": between("Conv", (np.linspace(-1, 1, 2 * 4 * 9).reshape(2, 4, 3, 3), real), auto_pad="SAME_LOWER"),
    "convolution with dilations": between("Conv", (np.linspace(-1, 1, 2 * 4 * 9).reshape(2, 4, 3, 3), real), dilations=[2, 2]),
    "transposed convolution with output padding": between(
        "ConvTranspose", (np.linspace(-1, 1, 4 * 2 * 9).reshape(4, 2, 3, 3), real), strides=[2, 2], output_padding=[1, 1]),
}


@model
def resize_by_sizes(g):
    feeds = image(g)
    c = g.add("Conv", ["x", g.weight(3, 3, 3, 3)])
    r = g.add("Resize", [c, "", "", g.constant(np.array([2, 3, 9, 7], np.int64))], mode="linear")
    g.output(g.add("Conv", [r, g.weight(2, 3, 3, 3)], "y"))
    return feeds


@model
def pad_with_a_number_beyond_the_range(g):
    feeds = image(g)
    c = g.add("Conv", ["x", g.weight(3, 3, 3, 3)])
    p = g.add("Pad", [c, g.constant(np.array([0, 0, 1, 1, 0, 0, 1, 1], np.int64)), g.constant(np.float32(50))])
    g.output(g.add("Conv", [p, g.weight(2, 3, 3, 3)], "y"))
    return feeds


@model
def concat_of_very_different_ranges(g):
    feeds = rows(g)
    small = g.add("MatMul", ["x", g.weight(8, 4, scale=1e-3)])
    large = g.add("MatMul", ["x", g.weight(8, 4, scale=30)])
    g.output(g.add("Concat", [small, large], "y", axis=1))
    return feeds


@model
def where_with_a_mask_of_minus_infinity(g):
    g.input("x", ["n", 8])
    g.input("keep", ["n", 8], BOOL)
    s = g.add("Where", ["keep", g.add("MatMul", ["x", g.weight(8, 8)]), g.constant(np.float32(-np.inf))])
    head(g, g.add("Softmax", [s]))
    return lambda random: {"x": random.standard_normal((4, 8)).astype(np.float32), "keep": np.tile([True, False], (4, 4))}


# Types of inputs.

def typed(kind, make, opset=13):
    def build(g):
        g.opsets[""] = opset
        g.input("x", ["n", 8], kind)
        head(g, g.add("MatMul", [g.add("Cast", ["x"], to=FLOAT), g.weight(8, 8)]))
        return lambda random: {"x": make(random)}
    return build


for dtype in (np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64):
    MODELS[f"input of {np.dtype(dtype).name}"] = typed(
        helper.np_dtype_to_tensor_dtype(np.dtype(dtype)), lambda random, dtype=dtype: random.integers(0, 100, (4, 8)).astype(dtype))
for dtype in (np.float16, np.float64, ml_dtypes.bfloat16):
    MODELS[f"input of {np.dtype(dtype).name}"] = typed(
        helper.np_dtype_to_tensor_dtype(np.dtype(dtype)), lambda random, dtype=dtype: random.standard_normal((4, 8)).astype(dtype))
MODELS["input of bool"] = typed(BOOL, lambda random: random.integers(0, 2, (4, 8)).astype(bool))


@model
def ids_of_int32_in_a_table(g):
    g.input("ids", ["n", 5], TensorProto.INT32)
    head(g, g.add("Gather", [g.weight(30, 8), "ids"]))
    return lambda random: {"ids": random.integers(0, 30, (2, 5)).astype(np.int32)}


@model
def words_as_input(g):
    g.opsets["ai.onnx.ml"] = 2
    g.input("w", ["n"], TensorProto.STRING)
    ids = g.add("LabelEncoder", ["w"], keys_strings=["a", "b"], values_int64s=[1, 2], default_int64=0)
    g.nodes[-1].domain = "ai.onnx.ml"
    head(g, g.add("Gather", [g.weight(3, 8), ids]))
    return lambda random: {"w": np.array(["a", "b", "z"], object)}


@model
def scalar_input_beside_others(g):
    g.input("x", ["n", 8])
    g.input("factor", [])
    head(g, g.add("Mul", [g.add("MatMul", ["x", g.weight(8, 8)]), "factor"]))
    return lambda random: {"x": random.standard_normal((4, 8)).astype(np.float32), "factor": np.float32(1.5)}


@model
def unused_input(g):
    feeds = rows(g)
    g.input("idle", ["n"], INT64)
    head(g, g.add("Relu", ["x"]))
    return lambda random: feeds(random) | {"idle": np.zeros(2, np.int64)}


# Unused and odd constants.

@model
def large_unused_constants(g):
    feeds = rows(g)
    g.weight(40, 40, name="floats")
    g.constant(np.arange(1000), "integers")
    g.constant(np.ones((40, 40), np.float16), "halves")
    g.add("Constant", [], "node", value=numpy_helper.from_array(np.ones((40, 40), np.float32)))
    head(g, g.add("MatMul", ["x", g.weight(8, 8)]))
    return feeds


@model
def large_unused_constant_of_a_body(g):
    feeds = rows(g)
    then, other = Graph(1), Graph(2)
    then.weight(40, 40, name="idle")
    then.output(then.add("MatMul", ["x", then.weight(8, 8, name="inner")], "a"))
    other.output(other.add("Relu", ["x"], "b"))
    head(g, if_positive(g, "x", then, other, "z"))
    return feeds


def odd_weight(value, kind):
    def build(g):
        w = g.random.standard_normal((8, 8)).astype(np.float32)
        w[2, 3] = value
        if kind == "Gather":
            g.input("ids", ["n"], INT64)
            head(g, g.add("Gather", [g.constant(w), "ids"]))
            return lambda random: {"ids": random.integers(3, 8, 4)}
        feeds = rows(g)
        if kind == "MatMul":
            w[2, 3] = 0
            g.output(g.add("MatMul", ["x", g.constant(np.full((8, 4), value, np.float32))], "odd"))
        if kind == "Add":
            head(g, g.add("Softmax", [g.add("Add", ["x", g.constant(np.array([0, 0, 0, 0, 0, 0, 0, value], np.float32))])]))
        else:
            head(g, g.add("MatMul", ["x", g.constant(w)]))
        return feeds
    return build


for value, word in ((np.inf, "infinite"), (-np.inf, "minus infinite"), (np.nan, "NaN"), (3e38, "huge")):
    for kind in ("Gather", "MatMul", "Add"):
        MODELS[f"{word} constant of {kind}"] = odd_weight(value, kind)


@model
def weight_of_no_elements(g):
    feeds = rows(g)
    e = g.add("MatMul", ["x", g.constant(np.zeros((8, 0), np.float32))])
    head(g, g.add("Concat", [e, g.add("MatMul", ["x", g.weight(8, 8)])], axis=1))
    return feeds


@model
def past_that_is_empty(g):
    g.input("x", [1, 3, 8])
    g.input("past", [1, "p", 8])
    keys = g.add("Concat", ["past", g.add("MatMul", ["x", g.weight(8, 8)])], axis=1)
    g.output(g.add("MatMul", ["x", g.add("Transpose", [keys], perm=[0, 2, 1])], "y"))
    g.output(g.add("Relu", ["past"], "kept"))
    return lambda random: {"x": random.standard_normal((1, 3, 8)).astype(np.float32), "past": np.zeros((1, 0, 8), np.float32)}


@model
def activation_of_one_value(g):
    feeds = rows(g)
    flat = g.add("Mul", ["x", g.constant(np.zeros(8, np.float32))])
    head(g, g.add("Add", [flat, g.constant(np.full(8, 7, np.float32))]))
    return feeds


# Weights in nodes.

@model
def constant_nodes_of_every_form(g):
    feeds = rows(g)
    w = g.add("Constant", [], value=numpy_helper.from_array((g.random.standard_normal((8, 8)) / 3).astype(np.float32)))
    b = g.add("Constant", [], value_floats=[0.1 * i for i in range(8)])
    s = g.add("Constant", [], value_float=0.5)
    head(g, g.add("Mul", [g.add("Add", [g.add("MatMul", ["x", w]), b]), s]))
    return feeds


@model
def weight_behind_identity_and_reshape(g):
    feeds = rows(g)
    w = g.add("Reshape", [g.add("Identity", [g.weight(64)]), g.constant(np.array([8, -1], np.int64))])
    head(g, g.add("MatMul", ["x", w]))
    return feeds


@model
def weight_behind_casts(g):
    feeds = rows(g)
    w = g.add("Cast", [g.weight(8, 8, dtype=np.float16)], to=FLOAT)
    d = g.add("Cast", [g.weight(8, 8, dtype=np.float64)], to=FLOAT)
    head(g, g.add("MatMul", [g.add("MatMul", ["x", w]), d]))
    return feeds


@model
def weight_of_constant_of_shape(g):
    feeds = rows(g)
    w = g.add("ConstantOfShape", [g.constant(np.array([8, 8], np.int64))],
              value=numpy_helper.from_array(np.array([0.25], np.float32)))
    head(g, g.add("MatMul", ["x", w]))
    return feeds


@model
def sparse_weight(g):
    feeds = rows(g)
    values = numpy_helper.from_array(np.array([0.5, -0.25, 1], np.float32), "sparse")
    indices = numpy_helper.from_array(np.array([[0, 1], [3, 2], [7, 7]], np.int64), "sparse_indices")
    g.sparse.append(helper.make_sparse_tensor(values, indices, [8, 8]))
    head(g, g.add("Add", [g.add("MatMul", ["x", "sparse"]), "x"]))
    return feeds


@model
def constant_node_of_a_sparse_weight(g):
    feeds = rows(g)
    values = numpy_helper.from_array(np.array([0.5, -0.25, 1], np.float32), "v")
    indices = numpy_helper.from_array(np.array([1, 26, 63], np.int64), "i")
    w = g.add("Constant", [], sparse_value=helper.make_sparse_tensor(values, indices, [8, 8]))
    head(g, g.add("Add", [g.add("MatMul", ["x", w]), "x"]))
    return feeds


@model
def constants_in_a_body(g):
    feeds = rows(g)
    then, other = Graph(1), Graph(2)
    w = then.add("Constant", [], "w", value=numpy_helper.from_array(then.random.standard_normal((8, 8)).astype(np.float32)))
    then.output(then.add("MatMul", ["x", w], "a"))
    other.output(other.add("Relu", ["x"], "b"))
    head(g, if_positive(g, g.add("MatMul", ["x", g.weight(8, 8)]), then, other, "z"))
    return feeds


# Old operator sets.

def old(opset, build_more):
    def build(g):
        g.opsets[""], g.ir = opset, 3
        feeds = image(g)
        c = g.add("Conv", ["x", g.weight(4, 3, 3, 3), g.weight(4)], pads=[1, 1, 1, 1])
        g.output(build_more(g, c))
        as_inputs(g)
        return feeds
    return build


def reshaped(g, c):
    return g.add("Gemm", [g.add("Flatten", [c]), g.weight(256, 5), g.weight(5)], "y", **({"broadcast": 1} if g.opsets[""] < 7 else {}))


MODELS |= {f"operator set {version} of conv and gemm": old(version, reshaped) for version in (6, 7, 8, 9, 10)}
MODELS |= {
    "operator set 6 of a broadcast add": old(6, lambda g, c: g.add("Add", [c, g.weight(4)], "y", axis=1, broadcast=1)),
    "operator set 9 of an upsample": old(9, lambda g, c: g.add("Upsample", [c, g.constant(np.array([1, 1, 2, 2], np.float32))], "y")),
    "operator set 8 of an upsample": old(8, lambda g, c: g.add("Upsample", [c], "y", scales=[1.0, 1.0, 2.0, 2.0])),
    "operator set 10 of a slice": old(10, lambda g, c: g.add(
        "Slice", [c] + [g.constant(np.array(value, np.int64)) for value in ([1], [3], [1])], "y")),
    "operator set 9 of a slice": old(9, lambda g, c: g.add("Slice", [c], "y", starts=[1], ends=[3], axes=[1])),
    "operator set 7 of a batch norm": old(7, lambda g, c: g.add(
        "BatchNormalization", [c] + [g.constant(np.linspace(0.5, 1.5, 4).astype(np.float32)) for _ in range(4)], "y")),
    "operator set 8 of a pad": old(8, lambda g, c: g.add("Pad", [c], "y", pads=[0, 0, 1, 1, 0, 0, 1, 1], value=0.5)),
    "operator set 10 of a resize": old(10, lambda g, c: g.add("Resize", [c, g.constant(np.array([1, 1, 2, 2], np.float32))], "y")),
    "operator set 9 of topk": old(9, lambda g, c: g.add("TopK", [c], ["y", "i"], k=3)),
    "operator set 7 of dropout": old(7, lambda g, c: g.add("Dropout", [c], "y", ratio=0.3)),
}


# Bodies.

@model
def scan_without_shapes(g):
    g.input("x", [5, 8])
    body = Graph(1)
    for name in ("state", "row"):
        body.inputs.append(onnx.ValueInfoProto(name=name))
    body.add("Add", ["state", "row"], "sum")
    body.add("MatMul", ["sum", "shared"], "next")
    body.add("Identity", ["next"], "out")
    for name in ("next", "out"):
        body.outputs.append(onnx.ValueInfoProto(name=name))
    g.weight(8, 8, name="shared", scale=0.2)
    g.add("Scan", [g.constant(np.zeros(8, np.float32)), "x"], ["last", "all"], body=body.proto("body"), num_scan_inputs=1)
    head(g, g.add("MatMul", ["all", "shared"]))
    return lambda random: {"x": random.standard_normal((5, 8)).astype(np.float32)}


@model
def loop_that_collects(g):
    feeds = rows(g)
    body = Graph(1)
    body.input("i", [], INT64), body.input("go", [], BOOL)
    body.inputs.append(onnx.ValueInfoProto(name="sum"))
    body.add("Identity", ["go"], "on")
    body.add("MatMul", ["sum", body.weight(8, 8, name="inner", scale=0.2)], "next")
    body.add("Relu", ["next"], "each")
    body.output("on", [], BOOL)
    for name in ("next", "each"):
        body.outputs.append(onnx.ValueInfoProto(name=name))
    g.add("Loop", [g.constant(np.int64(3)), "", "x"], ["last", "all"], body=body.proto("body"))
    head(g, g.add("Add", ["all", "last"]))
    return feeds


@model
def weight_that_a_body_reads_too(g):
    feeds = rows(g)
    w = g.weight(8, 8)
    then, other = Graph(1), Graph(2)
    then.output(then.add("MatMul", ["x", w], "a"))
    other.output(other.add("ReduceSum", [w], "b", keepdims=0))
    z = if_positive(g, "x", then, other, "z")
    head(g, g.add("Add", [z, g.add("MatMul", ["x", w])]))
    return feeds


@model
def weights_of_bodies_only(g):
    feeds = rows(g)
    w, t = g.weight(8, 8), g.add("Transpose", [g.weight(8, 8)], "wt", perm=[1, 0])
    then, other = Graph(1), Graph(2)
    then.output(then.add("MatMul", ["x", w], "a"))
    other.output(other.add("MatMul", ["x", t], "b"))
    head(g, if_positive(g, "x", then, other, "z"))
    return feeds


@model
def local_function_with_a_weight(g):
    g.opsets["mine"] = 1
    g.functions.append(helper.make_function("mine", "Layer", ["a", "b"], ["c"], [
        helper.make_node("MatMul", ["a", "b"], ["m"]), helper.make_node("Relu", ["m"], ["c"])], [helper.make_opsetid("", 13)]))
    feeds = rows(g)
    z = g.add("Layer", ["x", g.weight(8, 8)])
    g.nodes[-1].domain = "mine"
    head(g, z)
    return feeds


@model
def local_function_of_a_constant(g):
    g.opsets["mine"] = 1
    weight = numpy_helper.from_array(g.random.standard_normal((8, 8)).astype(np.float32))
    g.functions.append(helper.make_function("mine", "Layer", ["a"], ["c"], [
        helper.make_node("Constant", [], ["b"], value=weight), helper.make_node("MatMul", ["a", "b"], ["c"])],
        [helper.make_opsetid("", 13)]))
    feeds = rows(g)
    z = g.add("Layer", [g.add("MatMul", ["x", g.weight(8, 8)])])
    g.nodes[-1].domain = "mine"
    head(g, z)
    return feeds


@model
def sequence_between(g):
    feeds = rows(g)
    h = g.add("MatMul", ["x", g.weight(8, 8)])
    s = g.add("SequenceConstruct", [h, "x"])
    head(g, g.add("SequenceAt", [s, g.constant(np.int64(1))]))
    g.output(g.add("ConcatFromSequence", [s], "joined", axis=1))
    return feeds


@model
def sequence_as_output(g):
    feeds = rows(g)
    g.add("SplitToSequence", [g.add("MatMul", ["x", g.weight(8, 8)])], "parts", axis=1)
    g.outputs.append(helper.make_tensor_sequence_value_info("parts", FLOAT, None))
    return feeds


@model
def default_domain_by_its_long_name(g):
    g.opsets = {"ai.onnx": 13}
    feeds = rows(g)
    head(g, g.add("Relu", [g.add("MatMul", ["x", g.weight(8, 8)])]))
    for node in g.nodes:
        node.domain = "ai.onnx"
    return feeds


def write_all(directory):
    """Each model with its sets of inputs. Returns their directories."""
    places = []
    for seed, (name, build) in enumerate(MODELS.items()):
        g = Graph(seed)
        feeds = build(g)
        place = Path(directory) / name
        place.mkdir(parents=True, exist_ok=True)
        onnx.save(g.model(), place / "model.onnx")
        random = np.random.default_rng(seed)
        for number in range(SETS):
            target = place / f"test_data_set_{number}"
            target.mkdir(exist_ok=True)
            for index, (key, value) in enumerate(feeds(random).items()):
                (target / f"input_{index}.pb").write_bytes(numpy_helper.from_array(np.asarray(value), key).SerializeToString())
        places.append(place)
    return places
