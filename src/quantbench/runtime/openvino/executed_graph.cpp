#include "quantbench/runtime/openvino/executed_graph.h"

#include <algorithm>
#include <array>
#include <memory>
#include <openvino/core/model.hpp>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace quantbench::runtime::openvino_plugin {

namespace {

// Keys of a node's rt_info in a runtime model (openvino/runtime/exec_model_info.hpp).
constexpr const char* kKind = "layerType";
constexpr const char* kPrecision = "runtimePrecision";
constexpr const char* kOutputPrecisions = "outputPrecisions";

std::string fact(const ov::Node& node, const char* key) {
  const auto& facts = node.get_rt_info();
  const auto found = facts.find(key);
  return found == facts.end() ? std::string() : found->second.as<std::string>();
}

/// OpenVINO's name of a type as graph::precision_name writes it. Signed or not, eight bits are
/// int8.
std::string precision_name(const std::string& type) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 15> kNames = {{
      {"f32", "float32"},
      {"f64", "float64"},
      {"f16", "float16"},
      {"bf16", "bfloat16"},
      {"i8", "int8"},
      {"u8", "int8"},
      {"i4", "int4"},
      {"u4", "int4"},
      {"i16", "int16"},
      {"u16", "int16"},
      {"i32", "int32"},
      {"u32", "int32"},
      {"i64", "int64"},
      {"u64", "int64"},
      {"boolean", "bool"},
  }};
  for (const auto& [name, precision] : kNames) {
    if (type == name) return std::string(precision);
  }
  return "unknown";
}

/// The precision of a node's output; unknown if it does not tell.
std::string output_precision(const ov::Node& node, std::size_t output) {
  const std::string all = fact(node, kOutputPrecisions);  // "f32" or "f32,i64"
  std::size_t begin = 0;
  for (std::size_t i = 0; i < output && begin != std::string::npos; ++i) {
    begin = all.find(',', begin);
    if (begin != std::string::npos) ++begin;
  }
  return begin == std::string::npos
             ? precision_name({})
             : precision_name(all.substr(begin, all.find(',', begin) - begin));
}

bool is_among(std::string_view kind, std::initializer_list<std::string_view> kinds) {
  return std::ranges::find(kinds, kind) != kinds.end();
}

bool is_product(std::string_view kind) {
  constexpr std::array<std::string_view, 8> kParts = {
      "MatMul", "FullyConnected", "onvolution", "LSTM", "GRU", "RNN", "Attention", "MHA"};
  return std::ranges::any_of(kParts,
                             [&](auto part) { return kind.find(part) != std::string_view::npos; });
}

bool is_conversion(std::string_view kind) {
  return is_among(kind, {"Convert", "Reorder", "FakeQuantize", "Quantize"});
}

/// Constants, and what is computed of constants alone: once, when the model is compiled.
using Constants = std::set<const ov::Node*>;

bool is_constant(const ov::Node& node, const Constants& known) {
  if (is_among(fact(node, kKind), {"Const", "Constant"})) return true;
  const auto inputs = node.input_values();
  return !inputs.empty() && std::ranges::all_of(inputs, [&](const auto& input) {
    return known.contains(input.get_node());
  });
}

graph::NodeArithmetic arithmetic_of(const ov::Node& node, const Constants& constants) {
  graph::NodeArithmetic told;
  told.name = node.get_friendly_name();
  told.op_type = fact(node, kKind);
  told.precision = precision_name(fact(node, kPrecision));
  told.is_product = is_product(told.op_type);
  if (is_conversion(told.op_type) && node.get_input_size() > 0) {
    const auto source = node.input_value(0);
    const std::string from = output_precision(*source.get_node(), source.get_index());
    const std::string to = output_precision(node, 0);
    told.precision = from == to ? from : from + " to " + to;
  }
  if (!told.is_product) return told;
  for (const auto& input : node.input_values()) {
    const ov::Node& source = *input.get_node();
    const auto& shape = input.get_partial_shape();
    if (!constants.contains(&source) || shape.is_dynamic() || shape.size() < 2) continue;
    const auto elements = static_cast<std::int64_t>(ov::shape_size(shape.to_shape()));
    if (elements <= told.weight_elements) continue;
    told.weight_elements = elements;
    told.weight = output_precision(source, input.get_index());
  }
  return told;
}

}  // namespace

Execution executed_graph(const ov::CompiledModel& compiled) {
  Execution out;
  Constants constants;
  const std::shared_ptr<const ov::Model> graph = compiled.get_runtime_model();
  for (const std::shared_ptr<ov::Node>& node : graph->get_ordered_ops()) {
    if (is_constant(*node, constants)) {
      constants.insert(node.get());
      continue;
    }
    // What the graph is given and what it gives.
    if (is_among(fact(*node, kKind), {"", "Input", "Parameter", "Output", "Result"})) continue;
    out.operators.push_back(arithmetic_of(*node, constants));
  }
  return out;
}

}  // namespace quantbench::runtime::openvino_plugin
