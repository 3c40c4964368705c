#include "quantbench/quantize/dynamic_rewriter.h"

#include <set>
#include <utility>

#include "quantbench/graph/subgraph.h"

namespace quantbench::quantize {

DynamicRewriter::DynamicRewriter(graph::Model& model, const DynamicOptions& options)
    : model_(&model), options_(options), types_(model), names_(model) {}

bool DynamicRewriter::is_weight(const std::string& tensor) const {
  return model_->find_initializer(tensor) != nullptr && obstacle_to_weight(tensor).empty();
}

std::string DynamicRewriter::obstacle_to_weight(const std::string& tensor) const {
  const graph::Initializer* initializer = model_->find_initializer(tensor);
  if (initializer == nullptr) return {};
  if (initializer->type != onnx::TensorProto::FLOAT) {
    return "constant '" + tensor + "' is not float32";
  }
  const auto [found, fresh] = finite_.emplace(tensor, true);
  if (fresh) found->second = all_finite(*initializer);
  return found->second ? "" : "constant '" + tensor + "' has infinite or NaN values";
}

WeightScheme DynamicRewriter::weight_scheme(const std::string& weight) const {
  WeightScheme scheme{.type = QuantType::kInt8,
                      .symmetric = true,
                      .reduce_range = options_.reduce_range,
                      .axis = std::nullopt};
  const graph::Initializer* initializer = model_->find_initializer(weight);
  // A vector's only dimension would give every element a scale of its own. MatMulInteger has
  // columns with scales of their own in matrices only.
  constexpr std::size_t kMatrix = 2;
  if (options_.per_channel && initializer != nullptr && initializer->shape.size() == kMatrix) {
    scheme.axis = -1;
  }
  return scheme;
}

WeightScheme DynamicRewriter::activation_scheme() {
  return {
      .type = QuantType::kUInt8, .symmetric = false, .reduce_range = false, .axis = std::nullopt};
}

void DynamicRewriter::set_weight(const std::string& name, QuantizedWeight weight) {
  weights_.insert_or_assign(name, std::move(weight));
}

const QuantizedValue* DynamicRewriter::find_quantized(const std::string& tensor) const {
  const auto found = quantized_.find(tensor);
  return found == quantized_.end() ? nullptr : &found->second;
}

QuantizedValue DynamicRewriter::quantized(const std::string& tensor) {
  if (tensor.empty()) return {};
  if (const QuantizedValue* value = find_quantized(tensor)) return *value;
  if (const auto found = weights_.find(tensor); found != weights_.end()) {
    QuantizedWeight& weight = found->second;
    for (graph::Initializer* part : {&weight.values, &weight.scale, &weight.zero_point}) {
      part->name = names_.make(part->name);
    }
    const QuantizedValue value{weight.values.name, weight.scale.name, weight.zero_point.name,
                               !weight.scale.shape.empty()};
    return quantized_[tensor] = value;
  }
  const auto [place, is_new] = activations_.try_emplace(tensor);
  QuantizedValue& value = place->second;
  if (is_new) {
    value = {names_.make(tensor + "_quantized"), names_.make(tensor + "_scale"),
             names_.make(tensor + "_zero_point")};
    add(graph::make_node("DynamicQuantizeLinear", {tensor},
                         {value.values, value.scale, value.zero_point},
                         names_.make(tensor + "_QuantizeLinear")));
    ++conversions_;
  }
  return value;
}

void DynamicRewriter::replace(const std::string& tensor, QuantizedValue value) {
  quantized_[tensor] = std::move(value);
}

void DynamicRewriter::add(onnx::NodeProto node) {
  made_.insert(node.output().begin(), node.output().end());
  *nodes_.Add() = std::move(node);
}

std::string DynamicRewriter::node_name(const onnx::NodeProto& node, const std::string& suffix) {
  return node.name().empty() ? "" : names_.make(node.name() + suffix);
}

void DynamicRewriter::add_scaled(onnx::NodeProto integer_node, const onnx::NodeProto& node,
                                 const QuantizedValue& a, const QuantizedValue& b,
                                 const std::string& output) {
  const std::string product = names_.make(node.output(0) + "_output_quantized");
  const std::string as_float = names_.make(product + "_cast_output");
  const std::string quant = node.name().empty() ? "" : node.name() + "_quant";
  const std::string scales =
      names_.make(quant.empty() ? a.scale + "_" + b.scale + "_mul" : quant + "_scales_mul");
  const std::string both_scales = names_.make(scales + ":0");

  integer_node.set_name(node_name(node, "_quant"));
  integer_node.add_output(product);
  add(std::move(integer_node));
  onnx::NodeProto cast =
      graph::make_node("Cast", {product}, {as_float}, names_.make(product + "_cast"));
  graph::set_attribute(cast, "to", onnx::TensorProto::FLOAT);
  add(std::move(cast));
  ++conversions_;
  add(graph::make_node("Mul", {a.scale, b.scale}, {both_scales}, scales));
  add(graph::make_node("Mul", {as_float, both_scales}, {output},
                       node_name(node, "_quant_output_scale_mul")));
}

void DynamicRewriter::dequantize(const std::string& tensor) {
  const QuantizedValue* value = find_quantized(tensor);
  if (value == nullptr || made_.count(tensor) != 0) return;
  // DequantizeLinear has an axis since operator set 13. Before that, the float constant is kept.
  constexpr std::int64_t kPerChannelDequantize = 13;
  if (value->per_channel && model_->opset() < kPerChannelDequantize) return;
  onnx::NodeProto node =
      graph::make_node("DequantizeLinear", {value->values, value->scale, value->zero_point},
                       {tensor}, names_.make(tensor + "_DequantizeLinear"));
  if (value->per_channel) graph::set_attribute(node, "axis", -1);
  add(std::move(node));
  ++conversions_;
}

void DynamicRewriter::move_quantized(const onnx::NodeProto& node) {
  const QuantizedValue moved = quantized(node.input(0));
  onnx::NodeProto copy = node;
  copy.set_input(0, moved.values);
  copy.set_output(0, name(node.output(0) + "_quantized"));
  replace(node.output(0), {copy.output(0), moved.scale, moved.zero_point});
  add(std::move(copy));
}

void DynamicRewriter::keep(onnx::NodeProto node) {
  for (const std::string& input : node.input()) dequantize(input);
  for (const std::string& captured : graph::captured_names(node)) {
    if (model_->find_initializer(captured) == nullptr) dequantize(captured);
  }
  add(std::move(node));
}

void DynamicRewriter::finish() {
  onnx::GraphProto& graph = model_->graph();
  for (const auto& output : graph.output()) dequantize(output.name());

  std::set<std::string> unused;
  for (auto& [name, weight] : weights_) {
    if (find_quantized(name) == nullptr) continue;
    model_->set_initializer(std::move(weight.values));
    model_->set_initializer(std::move(weight.scale));
    model_->set_initializer(std::move(weight.zero_point));
    unused.insert(name);
  }
  // If a constant is also needed in float, a DequantizeLinear makes a tensor of its name, also for
  // earlier nodes.
  std::unordered_set<std::string> read;
  for (const auto& node : nodes_) {
    read.insert(node.input().begin(), node.input().end());
    for (const std::string& captured : graph::captured_names(node)) read.insert(captured);
  }
  for (const auto& output : graph.output()) read.insert(output.name());
  for (const std::string& name : unused) {
    if (read.count(name) != 0 && made_.count(name) == 0) continue;
    model_->remove_initializer(name);
  }
  auto& declared = *graph.mutable_value_info();
  for (int i = declared.size() - 1; i >= 0; --i) {
    const std::string& name = declared[i].name();
    if (find_quantized(name) != nullptr && made_.count(name) == 0) declared.DeleteSubrange(i, 1);
  }
  graph.mutable_node()->Swap(&nodes_);
  graph::sort_topologically(graph);
  for (const auto& node : graph.node()) {
    if (node.domain() == "com.microsoft") model_->require_opset("com.microsoft", 1);
  }
}

}  // namespace quantbench::quantize
