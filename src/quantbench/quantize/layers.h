#pragma once

#include <optional>
#include <string_view>
#include <unordered_map>

#include "quantbench/graph/index.h"

namespace quantbench::quantize {

/// The number in the first part of a dotted or slashed name that counts layers, as transformers
/// names them: "bert.encoder.layer.3.output.dense.bias" -> 3, "/h.0/attn/MatMul" -> 0. The parts
/// that count: layer, layers, h, block, blocks.
std::optional<int> layer_in_name(std::string_view name);

/// Which layer of the network each node belongs to; nodes outside all layers (embeddings, head) are
/// missing. Told by the node's own name where it has a layer in it, else by the names of its
/// weights (a MatMul without a telling weight goes with the Add of its bias), else by the latest
/// layer among its producers.
std::unordered_map<const onnx::NodeProto*, int> layers_of_nodes(const graph::Index& index);

}  // namespace quantbench::quantize
