#include "quantbench/quantize/layers.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace quantbench::quantize {

namespace {

constexpr int kOutside = -1;
constexpr std::string_view kSeparators = "./";

bool counts_layers(std::string_view part) {
  constexpr std::array<std::string_view, 5> kWords = {"layer", "layers", "h", "block", "blocks"};
  return std::ranges::find(kWords, part) != kWords.end();
}

/// The layer in the names of the node's weights; kOutside if the names have no layer.
std::optional<int> layer_of_weights(const graph::Index& index, const onnx::NodeProto& node) {
  std::optional<int> told;
  for (const std::string& input : node.input()) {
    if (input.empty() || index.producer(input) != nullptr || index.is_graph_input(input)) continue;
    if (const auto layer = layer_in_name(input)) return layer;
    // "classifier.bias" is such a name, "onnx::MatMul_812" is not.
    if (input.find('.') != std::string::npos) told = kOutside;
  }
  return told;
}

std::optional<int> layer_told(const graph::Index& index, const onnx::NodeProto& node) {
  if (const auto layer = layer_in_name(node.name())) return layer;
  if (const auto layer = layer_of_weights(index, node)) return layer;
  if (node.op_type() != "MatMul" || node.output_size() == 0) return std::nullopt;
  const auto& readers = index.consumers(node.output(0));
  if (readers.size() != 1 || readers.front()->op_type() != "Add") return std::nullopt;
  return layer_of_weights(index, *readers.front());
}

}  // namespace

std::optional<int> layer_in_name(std::string_view name) {
  bool counting = false;
  while (!name.empty()) {
    const std::size_t end = std::min(name.find_first_of(kSeparators), name.size());
    const std::string_view part = name.substr(0, end);
    int layer = 0;
    const auto [rest, fault] = std::from_chars(part.data(), part.data() + part.size(), layer);
    const bool number = fault == std::errc() && rest == part.data() + part.size() && layer >= 0;
    if (counting && number) return layer;
    counting = counts_layers(part);
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return std::nullopt;
}

std::unordered_map<const onnx::NodeProto*, int> layers_of_nodes(const graph::Index& index) {
  std::unordered_map<const onnx::NodeProto*, int> layers;
  for (const onnx::NodeProto& node : index.graph().node()) {
    int layer = kOutside;
    if (const auto told = layer_told(index, node)) {
      layer = *told;
    } else {
      // ONNX lists nodes in topological order, so the producers are known.
      for (const std::string& input : node.input()) {
        const auto above = layers.find(index.producer(input));
        if (above != layers.end()) layer = std::max(layer, above->second);
      }
    }
    if (layer != kOutside) layers.emplace(&node, layer);
  }
  return layers;
}

}  // namespace quantbench::quantize
