"""A DistilBERT classifier of random weights as an ONNX graph, decomposed as the exporter of 2022 wrote it (LayerNorm
and GELU in their parts, Linear as MatMul and Add). The defaults are DistilBERT-base: 66 million parameters.

    random_transformer.py model.onnx
"""

import argparse

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class Graph:
    def __init__(self, opset, seed, named=True):
        self.opset, self.named = opset, named
        self.random = np.random.default_rng(seed)
        self.nodes, self.initializers, self.constants = [], [], {}

    def weight(self, name, *shape, spread=0.04, center=0.0):
        values = self.random.standard_normal(shape, dtype=np.float32) * np.float32(spread) + np.float32(center)
        self.initializers.append(numpy_helper.from_array(values, name))
        return name

    def constant(self, value):
        array = np.asarray(value)
        array = array.astype(np.float32) if array.dtype == np.float64 else array
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self.constants:
            self.constants[key] = f"constant_{len(self.constants)}"
            self.initializers.append(numpy_helper.from_array(array, self.constants[key]))
        return self.constants[key]

    def add(self, op_type, *inputs, output=None, outputs=1, **attributes):
        index = len(self.nodes)
        made = [output or f"{op_type.lower()}_{index}_{i}" for i in range(outputs)]
        name = f"{op_type}_{index}" if self.named else None
        self.nodes.append(helper.make_node(op_type, list(inputs), made, name, **attributes))
        return made[0]

    def linear(self, x, name, rows, columns):
        # Real weights have channels of differing spread.
        spread = float(self.random.uniform(0.02, 0.08))
        y = self.add("MatMul", x, self.weight(f"{name}.weight", rows, columns, spread=spread))
        return self.add("Add", y, self.weight(f"{name}.bias", columns, spread=0.1))

    def layer_norm(self, x, name, width):
        mean = self.add("ReduceMean", x, axes=[-1], keepdims=1)
        centred = self.add("Sub", x, mean)
        variance = self.add("ReduceMean", self.add("Pow", centred, self.constant(2.0)), axes=[-1], keepdims=1)
        deviation = self.add("Sqrt", self.add("Add", variance, self.constant(1e-12)))
        scaled = self.add("Mul", self.add("Div", centred, deviation),
                          self.weight(f"{name}.weight", width, spread=0.1, center=1.0))
        return self.add("Add", scaled, self.weight(f"{name}.bias", width, spread=0.1))

    def gelu(self, x):
        half = self.add("Mul", x, self.add("Add", self.add("Erf", self.add("Div", x, self.constant(2.0**0.5))),
                                           self.constant(1.0)))
        return self.add("Mul", half, self.constant(0.5))

    def heads(self, x, heads, size, permutation):
        shape = self.constant(np.array([0, -1, heads, size], np.int64))
        return self.add("Transpose", self.add("Reshape", x, shape), perm=permutation)

    def model(self, inputs, outputs):
        graph = helper.make_graph(self.nodes, "random", inputs, outputs, self.initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=7)
        onnx.checker.check_model(model)
        return model


def distilbert(vocabulary=30522, positions=512, width=768, layers=6, heads=12, inner=3072, labels=2, opset=11, seed=0,
               gemm=True, named=True):
    graph = Graph(opset, seed, named)
    name = "distilbert.embeddings"
    words = graph.add("Gather", graph.weight(f"{name}.word_embeddings.weight", vocabulary, width), "input_ids")
    length = graph.add("Gather", graph.add("Shape", "input_ids"), graph.constant(np.array(1, np.int64)), axis=0)
    ids = graph.add("Slice", graph.constant(np.arange(positions, dtype=np.int64)), graph.constant(np.array([0])),
                    graph.add("Reshape", length, graph.constant(np.array([1]))), graph.constant(np.array([0])))
    places = graph.add("Gather", graph.weight(f"{name}.position_embeddings.weight", positions, width), ids)
    x = graph.layer_norm(graph.add("Add", words, places), f"{name}.LayerNorm", width)
    mask = graph.add("Cast", "attention_mask", to=TensorProto.FLOAT)
    mask = graph.add("Mul", graph.add("Sub", graph.constant(1.0), mask), graph.constant(-10000.0))
    mask = graph.add("Reshape", mask, graph.constant(np.array([0, 1, 1, -1])))
    size = width // heads
    for i in range(layers):
        name = f"distilbert.transformer.layer.{i}"
        q = graph.linear(x, f"{name}.attention.q_lin", width, width)
        k = graph.linear(x, f"{name}.attention.k_lin", width, width)
        v = graph.linear(x, f"{name}.attention.v_lin", width, width)
        q = graph.add("Div", graph.heads(q, heads, size, [0, 2, 1, 3]), graph.constant(float(size) ** 0.5))
        scores = graph.add("MatMul", q, graph.heads(k, heads, size, [0, 2, 3, 1]))
        weights = graph.add("Softmax", graph.add("Add", scores, mask), axis=3)
        context = graph.add("MatMul", weights, graph.heads(v, heads, size, [0, 2, 1, 3]))
        context = graph.add("Transpose", context, perm=[0, 2, 1, 3])
        context = graph.add("Reshape", context, graph.constant(np.array([0, -1, width])))
        context = graph.linear(context, f"{name}.attention.out_lin", width, width)
        x = graph.layer_norm(graph.add("Add", context, x), f"{name}.sa_layer_norm", width)
        hidden = graph.gelu(graph.linear(x, f"{name}.ffn.lin1", width, inner))
        hidden = graph.linear(hidden, f"{name}.ffn.lin2", inner, width)
        x = graph.layer_norm(graph.add("Add", hidden, x), f"{name}.output_layer_norm", width)
    first = graph.add("Gather", x, graph.constant(np.array(0, np.int64)), axis=1)
    pooled = graph.add("Relu", graph.linear(first, "pre_classifier", width, width))
    if gemm:
        graph.add("Gemm", pooled, graph.weight("classifier.weight", labels, width),
                  graph.weight("classifier.bias", labels), output="logits", transB=1)
    else:
        graph.add("Add", graph.add("MatMul", pooled, graph.weight("classifier.weight", width, labels)),
                  graph.weight("classifier.bias", labels), output="logits")
    dynamic = ["batch", "sequence"]
    return graph.model(
        [helper.make_tensor_value_info(n, TensorProto.INT64, dynamic) for n in ("input_ids", "attention_mask")],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", labels])])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output")
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    onnx.save_model(distilbert(layers=arguments.layers, seed=arguments.seed), arguments.output)
