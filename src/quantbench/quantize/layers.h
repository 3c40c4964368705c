#pragma once

#include <optional>
#include <string_view>
#include <unordered_map>

#include "quantbench/graph/index.h"

namespace quantbench::quantize {

/// The layer number in a dotted or slashed name of transformers:
/// "bert.encoder.layer.3.output.dense.bias" -> 3, "/h.0/attn/MatMul" -> 0. It follows the first
/// part that is layer, layers, h, block or blocks.
std::optional<int> layer_in_name(std::string_view name);

/// The layer of each node. Nodes outside all layers (embeddings, head) are missing. The layer comes
/// from the node's own name, else from the names of its weights (a MatMul whose weight has no such
/// name uses its bias's Add), else it is the latest layer among its producers.
std::unordered_map<const onnx::NodeProto*, int> layers_of_nodes(const graph::Index& index);

}  // namespace quantbench::quantize
