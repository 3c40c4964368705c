#include "quantbench/quantize/qdq_writer.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/parallel.h"
#include "quantbench/quantize/activation_maps.h"
#include "quantbench/quantize/bias.h"

namespace quantbench::quantize {

namespace {

constexpr const char* kQuantize = "QuantizeLinear";
constexpr const char* kDequantize = "DequantizeLinear";
constexpr const char* kContrib = "com.microsoft";
/// Operator set in which QuantizeLinear and DequantizeLinear got channels.
constexpr std::int64_t kAxisOpset = 13;

graph::Initializer zero_point_of(const std::string& name, QuantType type, std::int32_t value) {
  return type == QuantType::kInt8
             ? graph::Initializer::scalar(name, static_cast<std::int8_t>(value))
             : graph::Initializer::scalar(name, static_cast<std::uint8_t>(value));
}

/// The numbers at the ends of names, kept up to date as names are added.
class NextNumbers {
 public:
  explicit NextNumbers(const std::vector<std::string>& names) {
    for (const std::string& name : names) add(name);
  }
  void add(std::string_view name) {
    constexpr std::size_t kMostDigits = 9;
    const std::size_t shortest = name.size() - std::min(name.size(), kMostDigits);
    for (std::size_t size = name.size(); size > shortest && is_digit(name[size - 1]);) {
      const std::string_view digits = name.substr(--size);
      int number = 0;
      std::from_chars(digits.data(), digits.data() + digits.size(), number);
      int& next = next_[std::string(name.substr(0, size))];
      next = std::max(next, number + 1);
    }
  }
  /// One more than the largest number after `prefix` in a name; 0 if no name has one.
  int after(const std::string& prefix) const {
    const auto found = next_.find(prefix);
    return found == next_.end() ? 0 : found->second;
  }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  std::unordered_map<std::string, int> next_;
};

}  // namespace

QdqWriter::QdqWriter(graph::Model& model, graph::Wiring& wiring, const StaticOptions& options,
                     const std::map<std::string, Affine>& maps,
                     const std::set<std::string>& products, Report& report)
    : model_(model),
      wiring_(wiring),
      options_(options),
      maps_(maps),
      products_(products),
      report_(report),
      names_(model) {}

void QdqWriter::write(const QdqMarker& marker) {
  const std::vector<QdqMark> marks = marker.marks();
  map_constants(marks);
  const std::vector<QdqBias> biases = distinct(marker.biases());
  for (const QdqBias& bias : biases) widen_for_bias(bias);
  write_constants();
  std::vector<QdqMark> shared;
  for (const QdqMark& mark : marks) {
    if (!mark.shares.empty()) {
      shared.push_back(mark);
    } else if (constant_positions_.count(mark.tensor) == 0) {
      write_activation(mark.tensor, marker);
    }
  }
  write_shared(std::move(shared), marker);
  for (const QdqBias& bias : biases) {
    if (options_.quantize_bias || runtime_would_break(bias)) write_bias(bias);
  }
}

bool QdqWriter::runtime_would_break(const QdqBias& bias) const {
  const auto weight = quantized_.find(bias.weight);
  return weight != quantized_.end() && weight->second.scales.size() > 1 &&
         model_.opset() < kAxisOpset;
}

std::vector<QdqBias> QdqWriter::distinct(std::vector<QdqBias> biases) {
  std::unordered_set<std::string> seen;
  NextNumbers numbers(model_.initializer_names());
  for (QdqBias& bias : biases) {
    if (seen.insert(bias.bias).second) continue;
    graph::Initializer copy = *model_.find_initializer(bias.bias);
    copy.name = names_.make(bias.bias + std::to_string(numbers.after(bias.bias)));
    numbers.add(copy.name);
    wiring_.replace_reads_of(*bias.node, bias.bias, copy.name);
    bias.bias = copy.name;
    model_.set_initializer(std::move(copy));
  }
  return biases;
}

void QdqWriter::map_constants(const std::vector<QdqMark>& marks) {
  for (const QdqMark& mark : marks) {
    if (model_.find_initializer(mark.tensor) == nullptr || !mark.shares.empty()) continue;
    WeightScheme scheme;
    scheme.type = mark.is_weight ? options_.weight_type : options_.activation_type;
    scheme.axis = mark.axis;
    scheme.reduce_range = options_.reduce_range;
    scheme.symmetric =
        mark.axis.has_value() ||
        (mark.is_weight ? options_.weight_symmetric.value_or(scheme.type == QuantType::kInt8)
                        : options_.activation_symmetric);
    constant_positions_.emplace(mark.tensor, constants_.size());
    constants_.push_back({mark, scheme, {}});
  }
  parallel_for(constants_.size(), usable_cores(), [&](std::size_t i) {
    Constant& constant = constants_[i];
    constant.maps = weight_maps(*model_.find_initializer(constant.mark.tensor), constant.scheme);
  });
}

void QdqWriter::widen_for_bias(const QdqBias& bias) {
  const auto input = maps_.find(bias.input);
  const auto weight = constant_positions_.find(bias.weight);
  if (input == maps_.end() || weight == constant_positions_.end()) return;
  Constant& constant = constants_[weight->second];
  if (quantize::widen_for_bias(constant.maps, *model_.find_initializer(bias.bias),
                               input->second.scale, constant.scheme.axis.has_value(),
                               bias.factors)) {
    report_.warnings.push_back("scale of weight '" + bias.weight + "' widened so that bias '" +
                               bias.bias + "' fits into int32");
  }
}

void QdqWriter::write_constants() {
  std::vector<QuantizedWeight> results(constants_.size());
  parallel_for(constants_.size(), usable_cores(), [&](std::size_t i) {
    const Constant& constant = constants_[i];
    results[i] = quantize_weight(*model_.find_initializer(constant.mark.tensor), constant.scheme,
                                 constant.maps);
  });
  for (std::size_t i = 0; i < constants_.size(); ++i) {
    const std::string& tensor = constants_[i].mark.tensor;
    const auto axis = constants_[i].scheme.axis;
    QuantizedWeight& result = results[i];
    report_.weight_sqnr_db[tensor] = result.sqnr_db;
    Params params;
    for (const Affine& map : constants_[i].maps) params.scales.push_back(map.scale);
    params.scale = store(std::move(result.scale));
    params.zero_point = store(std::move(result.zero_point));
    const std::string output = names_.make(tensor + "_DequantizeLinear_Output");
    wiring_.replace_reads(tensor, output);
    std::string integers;
    if (options_.add_qdq_pair_to_weight) {
      integers = names_.make(tensor + "_QuantizeLinear_Output");
      add_node(kQuantize, {tensor, params.scale, params.zero_point}, integers,
               tensor + "_QuantizeLinear", axis);
    } else {
      integers = store(std::move(result.values));
    }
    add_node(kDequantize, {integers, params.scale, params.zero_point}, output,
             tensor + "_DequantizeLinear", axis);
    quantized_.emplace(tensor, std::move(params));
  }
}

void QdqWriter::write_activation(const std::string& tensor, const QdqMarker& marker) {
  const auto map = maps_.find(tensor);
  if (map == maps_.end()) {
    throw Error("calibration gave no range", "tensor '" + tensor + "'",
                "calibrate the tensors that tensors_to_calibrate lists for the same options");
  }
  Params params;
  params.scales = {map->second.scale};
  const QuantType type = activation_scheme(tensor, options_, products_).type;
  params.zero_point = store(zero_point_of(tensor + "_zero_point", type, map->second.zero_point));
  params.scale = store(graph::Initializer::scalar(tensor + "_scale", map->second.scale));
  write_pair(tensor, params, marker);
}

void QdqWriter::write_shared(std::vector<QdqMark> shared, const QdqMarker& marker) {
  // A tensor may share with a tensor that is marked later and shares too. Repeat until nothing
  // changes.
  bool moved = true;
  while (moved && !shared.empty()) {
    moved = false;
    std::vector<QdqMark> waiting;
    for (QdqMark& mark : shared) {
      const auto source = quantized_.find(mark.shares);
      if (source == quantized_.end()) {
        waiting.push_back(std::move(mark));
      } else {
        write_pair(mark.tensor, Params(source->second), marker);
        moved = true;
      }
    }
    shared = std::move(waiting);
  }
  for (const QdqMark& mark : shared) {
    report_.warnings.push_back("tensor '" + mark.tensor + "' stays in float: '" + mark.shares +
                               "', whose scale it shares, is not quantized");
  }
}

void QdqWriter::write_pair(const std::string& tensor, const Params& params,
                           const QdqMarker& marker) {
  const auto pair = [&](const std::string& from, const std::string& to, const std::string& suffix) {
    const std::string integers = names_.make(tensor + "_QuantizeLinear_Output" + suffix);
    add_node(kQuantize, {from, params.scale, params.zero_point}, integers,
             tensor + "_QuantizeLinear" + suffix, std::nullopt);
    add_node(kDequantize, {integers, params.scale, params.zero_point}, to,
             tensor + "_DequantizeLinear" + suffix, std::nullopt);
  };
  const auto& readers = marker.quantized_readers(tensor);
  if (options_.dedicated_qdq_pair && readers.size() > 1) {
    std::vector<onnx::NodeProto*> others;
    for (onnx::NodeProto* node : wiring_.readers(tensor)) {
      if (std::ranges::find(readers, node) == readers.end()) others.push_back(node);
    }
    // Without a pair these would see what an absorbed Relu has cut off.
    if (marker.is_absorbed(tensor) && !others.empty()) {
      const std::string output = names_.make(tensor + "_DequantizeLinear_Output");
      for (onnx::NodeProto* node : others) wiring_.replace_reads_of(*node, tensor, output);
      pair(tensor, output, "");
    }
    for (std::size_t i = 0; i < readers.size(); ++i) {
      const std::string suffix = "_" + std::to_string(i + 1);
      const std::string output = names_.make(tensor + "_DequantizeLinear_Output" + suffix);
      wiring_.replace_reads_of(*readers[i], tensor, output);
      pair(tensor, output, suffix);
    }
  } else {
    write_common_pair(tensor, pair);
  }
  quantized_.emplace(tensor, params);
}

template <typename Pair>
void QdqWriter::write_common_pair(const std::string& tensor, const Pair& pair) {
  // An input of the graph that is an output too keeps its name and its values.
  if (wiring_.is_graph_output(tensor) && wiring_.producer(tensor) != nullptr) {
    const std::string made = names_.make(tensor + "_QuantizeLinear_Input");
    wiring_.rename_made(tensor, made);
    pair(made, tensor, "");
  } else {
    const std::string output = names_.make(tensor + "_DequantizeLinear_Output");
    wiring_.replace_reads(tensor, output);
    pair(tensor, output, "");
  }
}

void QdqWriter::write_bias(const QdqBias& bias) {
  if (quantized_.count(bias.bias) != 0) return;  // marked as an ordinary tensor too
  const graph::Initializer& found = *model_.find_initializer(bias.bias);
  const auto stays = [&](const std::string& why) {
    report_.warnings.push_back("bias '" + bias.bias + "' stays in float: " + why);
  };
  const auto input = quantized_.find(bias.input);
  const auto weight = quantized_.find(bias.weight);
  if (input == quantized_.end() || weight == quantized_.end()) {
    return stays("the input or the weight it is added to is not quantized");
  }
  if (input->second.scales.size() != 1) return stays("its input is a constant by channel");
  const auto result =
      quantize_bias(found, input->second.scales.front(), weight->second.scales, bias.factors);
  if (!result) return stays("it has no scale that fits its elements");
  for (onnx::AttributeProto& attribute : *bias.node->mutable_attribute()) {
    if (attribute.name() == "beta") attribute.set_f(1);  // the integers include it
  }
  const std::string scale = store(result->scale);
  const std::string zero_point = store(result->zero_point);
  const std::string integers = store(result->values);
  const auto channel_axis = static_cast<std::int64_t>(found.shape.size()) - 1;
  add_node(kDequantize, {integers, scale, zero_point}, bias.bias, bias.bias + "_DequantizeLinear",
           weight->second.scales.size() > 1 ? std::optional(channel_axis) : std::nullopt);
  model_.remove_initializer(bias.bias);
}

std::string QdqWriter::store(graph::Initializer constant) {
  constant.name = names_.make(constant.name);
  std::string name = constant.name;
  model_.set_initializer(std::move(constant));
  return name;
}

void QdqWriter::add_node(const std::string& op_type, std::initializer_list<std::string> inputs,
                         const std::string& output, const std::string& name,
                         std::optional<std::int64_t> axis) {
  // Older operator sets have no axis. The com.microsoft operators have one in any set.
  const bool contrib = axis.has_value() && model_.opset() < kAxisOpset;
  onnx::NodeProto node =
      graph::make_node(op_type, inputs, {output}, names_.make(name), contrib ? kContrib : "");
  if (axis) graph::set_attribute(node, "axis", *axis);
  if (contrib) model_.require_opset(kContrib, 1);
  wiring_.add(std::move(node));
  ++report_.conversions_inserted;
}

}  // namespace quantbench::quantize
