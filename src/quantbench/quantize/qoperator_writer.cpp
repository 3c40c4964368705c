#include "quantbench/quantize/qoperator_writer.h"

#include <algorithm>
#include <utility>

#include "quantbench/graph/subgraph.h"

namespace quantbench::quantize {

QOperatorWriter::QOperatorWriter(graph::Model& model, const graph::ElementTypes& types,
                                 const StaticOptions& options,
                                 const std::map<std::string, Affine>& maps, Report& report)
    : model_(model), types_(types), options_(options), maps_(maps), report_(report), names_(model) {
  for (const auto& input : model.graph().input()) in_float_.insert(input.name());
  for (const auto& output : model.graph().output()) ++readers_[output.name()];
  for (const onnx::NodeProto& node : model.graph().node()) {
    for (const std::string& input : node.input()) ++readers_[input];
    for (const std::string& name : graph::captured_names(node)) ++readers_[name];
  }
}

bool QOperatorWriter::is_constant(const std::string& tensor) const {
  return constant(tensor) != nullptr;
}

const graph::Initializer* QOperatorWriter::constant(const std::string& tensor) const {
  return model_.find_initializer(tensor);
}

bool QOperatorWriter::has_one_reader(const std::string& tensor) const {
  const auto found = readers_.find(tensor);
  return found != readers_.end() && found->second == 1;
}

std::string QOperatorWriter::obstacle(const std::vector<std::string>& inputs,
                                      const std::optional<std::string>& output) const {
  for (const std::string& tensor : inputs) {
    if (tensor.empty()) return "an input is missing";
    if (integers_.count(tensor) != 0) continue;
    std::string why =
        is_constant(tensor) ? obstacle_to_constant(tensor) : obstacle_to_range(tensor);
    if (!why.empty()) return why;
  }
  if (!output) return "";
  // A malformed graph makes a tensor twice, or makes one with the name of a constant.
  if (integers_.count(*output) != 0 || is_constant(*output)) {
    return "tensor '" + *output + "' already exists";
  }
  return obstacle_to_range(*output);
}

std::string QOperatorWriter::obstacle_to_constant(const std::string& tensor) const {
  const graph::Initializer& found = *constant(tensor);
  if (found.type != onnx::TensorProto::FLOAT) return "constant '" + tensor + "' is not float32";
  return all_finite(found) ? "" : "constant '" + tensor + "' has infinite or NaN values";
}

void QOperatorWriter::keep_in_float(const std::string& tensor, std::string why) {
  kept_in_float_.emplace(tensor, std::move(why));
}

std::string QOperatorWriter::obstacle_to_range(const std::string& tensor) const {
  if (const auto why = kept_in_float_.find(tensor); why != kept_in_float_.end()) return why->second;
  if (!types_.is_float(tensor)) return "tensor '" + tensor + "' is not float32";
  return maps_.count(tensor) != 0 ? "" : "calibration gave no range for tensor '" + tensor + "'";
}

std::string QOperatorWriter::obstacle_to_product(const onnx::NodeProto& node) const {
  if (!is_float(node.input(0))) return "its input is not float32";
  if (std::string why = obstacle({node.input(0), node.input(1)}, node.output(0)); !why.empty()) {
    return why;
  }
  const bool biased = node.input_size() > 2 && !node.input(2).empty();
  if (!biased) return "";
  return is_constant(node.input(2)) ? obstacle_to_constant(node.input(2))
                                    : "its bias is not a constant";
}

std::optional<std::pair<Affine, Limits>> QOperatorWriter::map_of(
    const IntegerTensor& tensor) const {
  const graph::Initializer* scale = constant(tensor.scale);
  const graph::Initializer* zero_point = constant(tensor.zero_point);
  if (scale == nullptr || zero_point == nullptr || scale->element_count() != 1) return std::nullopt;
  const bool is_signed = zero_point->type == onnx::TensorProto::INT8;
  const Affine map{scale->values<float>()[0], is_signed ? zero_point->values<std::int8_t>()[0]
                                                        : zero_point->values<std::uint8_t>()[0]};
  return std::pair(map, limits_of(is_signed ? QuantType::kInt8 : QuantType::kUInt8, false, false));
}

bool QOperatorWriter::stays_within(const IntegerTensor& tensor, float low, float high) const {
  const auto map = map_of(tensor);
  return map && quantize::stays_within(map->first, map->second, low, high);
}

bool QOperatorWriter::holds(const IntegerTensor& tensor, float number) const {
  const auto map = map_of(tensor);
  if (!map) return false;
  const auto& [affine, limits] = *map;
  constexpr double kRounding = 0.51;  // steps
  const double steps = static_cast<double>(number) / affine.scale + affine.zero_point;
  return steps >= limits.low - kRounding && steps <= limits.high + kRounding;
}

const IntegerTensor* QOperatorWriter::find(const std::string& tensor) const {
  const auto found = integers_.find(tensor);
  return found == integers_.end() ? nullptr : &found->second;
}

IntegerTensor QOperatorWriter::activation(const std::string& tensor) {
  if (tensor.empty()) return {};
  if (const IntegerTensor* known = find(tensor)) return known->axis ? whole(tensor) : *known;
  if (is_constant(tensor)) return store_weight(tensor, options_.activation_type, false, {});
  IntegerTensor integers = output(tensor);
  emit(graph::make_node("QuantizeLinear", {tensor, integers.scale, integers.zero_point},
                        {integers.values}, names_.make(tensor + "_QuantizeLinear")));
  ++report_.conversions_inserted;
  set(tensor, integers);
  return integers;
}

IntegerTensor QOperatorWriter::weight(const std::string& tensor, bool reduce_range,
                                      std::optional<std::int64_t> axis,
                                      std::optional<QuantType> type) {
  if (const IntegerTensor* known = find(tensor)) {
    // Tied weights: the columns of one product are the rows of another.
    const auto rank =
        is_constant(tensor) ? static_cast<std::int64_t>(constant(tensor)->shape.size()) : 0;
    const auto from_start = [&](std::int64_t at) { return at < 0 ? at + rank : at; };
    const bool alike = !known->axis || (axis && from_start(*axis) == from_start(*known->axis));
    return alike ? *known : whole(tensor);
  }
  if (!is_constant(tensor)) return activation(tensor);
  return store_weight(tensor, type.value_or(options_.weight_type), reduce_range, axis);
}

IntegerTensor QOperatorWriter::whole(const std::string& tensor) {
  if (const auto known = whole_.find(tensor); known != whole_.end()) return known->second;
  return whole_[tensor] = quantized_constant(tensor, options_.activation_type, false, {}).integers;
}

QOperatorWriter::StoredWeight QOperatorWriter::quantized_constant(
    const std::string& tensor, QuantType type, bool reduce_range,
    std::optional<std::int64_t> axis) {
  const graph::Initializer& found = *constant(tensor);
  WeightScheme scheme;
  scheme.type = type;
  scheme.reduce_range = reduce_range;
  // A vector has no second axis, so it has one scale.
  const auto rank = static_cast<std::int64_t>(found.shape.size());
  if (axis && *axis < rank && *axis >= -rank) scheme.axis = axis;
  // As in ONNX Runtime, a constant with the type of the weights is quantized like a weight.
  scheme.symmetric = type == options_.weight_type || scheme.axis
                         ? options_.weight_symmetric.value_or(type == QuantType::kInt8)
                         : options_.activation_symmetric;
  StoredWeight stored{scheme, weight_maps(found, scheme), {}};
  QuantizedWeight quantized = quantize_weight(found, scheme, stored.maps);
  report_.weight_sqnr_db[tensor] = quantized.sqnr_db;
  stored.integers = {add_constant(std::move(quantized.values)),
                     add_constant(std::move(quantized.scale)),
                     add_constant(std::move(quantized.zero_point)), scheme.axis};
  return stored;
}

IntegerTensor QOperatorWriter::store_weight(const std::string& tensor, QuantType type,
                                            bool reduce_range, std::optional<std::int64_t> axis) {
  StoredWeight stored = quantized_constant(tensor, type, reduce_range, axis);
  const IntegerTensor integers = stored.integers;
  weights_.emplace(tensor, std::move(stored));
  set(tensor, integers);
  return integers;
}

void QOperatorWriter::widen_weight(const std::string& weight, const graph::Initializer& bias,
                                   float input_scale, GemmFactors factors) {
  const auto found = weights_.find(weight);
  if (found == weights_.end()) return;
  StoredWeight& stored = found->second;
  if (!widen_for_bias(stored.maps, bias, input_scale, stored.scheme.axis.has_value(), factors)) {
    return;
  }
  QuantizedWeight widened = quantize_weight(*constant(weight), stored.scheme, stored.maps);
  report_.weight_sqnr_db[weight] = widened.sqnr_db;
  widened.values.name = stored.integers.values;
  widened.scale.name = stored.integers.scale;
  model_.set_initializer(std::move(widened.values));
  model_.set_initializer(std::move(widened.scale));
  report_.warnings.push_back("scale of weight '" + weight + "' widened so that bias '" + bias.name +
                             "' fits into int32");
}

std::optional<std::string> QOperatorWriter::bias(const std::string& tensor,
                                                 const std::string& input,
                                                 const std::string& weight, GemmFactors factors) {
  const graph::Initializer& found = *constant(tensor);
  const std::vector<float> input_scales = scales(find(input)->scale);
  if (input_scales.size() != 1) return std::nullopt;  // a constant by channel
  widen_weight(weight, found, input_scales.front(), factors);
  const auto result =
      quantize_bias(found, input_scales.front(), scales(find(weight)->scale), factors);
  if (!result) return std::nullopt;
  add_constant(result->scale);
  add_constant(result->zero_point);
  return add_constant(result->values);
}

IntegerTensor QOperatorWriter::output(const std::string& tensor, std::optional<Affine> fixed) {
  const Affine map = fixed ? *fixed : maps_.at(tensor);
  const std::string zero_point = tensor + "_zero_point";
  return {
      names_.make(tensor + "_quantized"),
      add_constant(graph::Initializer::scalar(tensor + "_scale", map.scale)),
      add_constant(
          options_.activation_type == QuantType::kInt8
              ? graph::Initializer::scalar(zero_point, static_cast<std::int8_t>(map.zero_point))
              : graph::Initializer::scalar(zero_point, static_cast<std::uint8_t>(map.zero_point)))};
}

std::string QOperatorWriter::quantize_like(const std::string& tensor, const IntegerTensor& like) {
  const std::string integers = names_.make(tensor + "_quantized");
  emit(graph::make_node("QuantizeLinear", {tensor, like.scale, like.zero_point}, {integers},
                        names_.make(tensor + "_QuantizeLinear")));
  ++report_.conversions_inserted;
  return integers;
}

std::string QOperatorWriter::derived(const std::string& tensor, const std::string& suffix) {
  return names_.make(tensor + suffix);
}

void QOperatorWriter::set(const std::string& tensor, IntegerTensor integers) {
  integers_.insert_or_assign(tensor, std::move(integers));
}

void QOperatorWriter::emit(onnx::NodeProto node) {
  for (const std::string& output : node.output()) in_float_.insert(output);
  if (!node.domain().empty()) model_.require_opset(node.domain(), 1);
  nodes_.push_back(std::move(node));
}

void QOperatorWriter::keep(const onnx::NodeProto& node) {
  for (const std::string& input : node.input()) dequantize(input);
  for (const std::string& name : graph::captured_names(node)) {
    if (!is_constant(name)) dequantize(name);  // a body reads constants as they were
  }
  for (const std::string& output : node.output()) in_float_.insert(output);
  nodes_.push_back(node);
}

void QOperatorWriter::dequantize(const std::string& tensor) {
  const auto found = integers_.find(tensor);
  if (found == integers_.end() || in_float_.count(tensor) != 0) return;
  const IntegerTensor& integers = found->second;
  // Older operator sets have no axis. The com.microsoft operator has one in any set.
  constexpr std::int64_t kAxisOpset = 13;
  const bool contrib = integers.axis.has_value() && model_.opset() < kAxisOpset;
  onnx::NodeProto node = graph::make_node(
      "DequantizeLinear", {integers.values, integers.scale, integers.zero_point}, {tensor},
      names_.make(tensor + "_DequantizeLinear"), contrib ? "com.microsoft" : "");
  if (integers.axis) graph::set_attribute(node, "axis", *integers.axis);
  ++report_.conversions_inserted;
  emit(std::move(node));
}

void QOperatorWriter::finish() {
  for (const auto& output : model_.graph().output()) dequantize(output.name());
  auto& nodes = *model_.graph().mutable_node();
  nodes.Clear();
  for (onnx::NodeProto& node : nodes_) *nodes.Add() = std::move(node);
}

onnx::NodeProto QOperatorWriter::integer_node(const onnx::NodeProto& node,
                                              const std::string& op_type,
                                              const std::vector<std::string>& inputs,
                                              const std::vector<std::string>& outputs,
                                              const std::string& domain) {
  onnx::NodeProto made;
  made.set_op_type(op_type);
  if (!node.name().empty()) made.set_name(node.name() + "_quant");
  if (!domain.empty()) made.set_domain(domain);
  for (const std::string& input : inputs) made.add_input(input);
  for (const std::string& output : outputs) made.add_output(output);
  *made.mutable_attribute() = node.attribute();
  return made;
}

void QOperatorWriter::emit_linear(const onnx::NodeProto& node,
                                  const std::vector<std::string>& inputs,
                                  std::optional<Affine> fixed_output) {
  std::vector<std::string> names;
  for (const std::string& input : inputs) {
    const IntegerTensor x = activation(input);
    names.insert(names.end(), {x.values, x.scale, x.zero_point});
  }
  IntegerTensor y = output(node.output(0), fixed_output);
  names.insert(names.end(), {y.scale, y.zero_point});
  emit(integer_node(node, "QLinear" + node.op_type(), names, {y.values}));
  set(node.output(0), std::move(y));
}

std::string QOperatorWriter::add_constant(graph::Initializer constant) {
  constant.name = names_.make(constant.name);
  std::string name = constant.name;
  model_.set_initializer(std::move(constant));
  return name;
}

std::vector<float> QOperatorWriter::scales(const std::string& name) const {
  const graph::Values<float> values = constant(name)->values<float>();
  return {values.begin(), values.end()};
}

}  // namespace quantbench::quantize
