#include "quantbench/quantize/qdq_marker.h"

#include <algorithm>
#include <utility>

#include "quantbench/quantize/weights.h"

namespace quantbench::quantize {

namespace {

constexpr const char* kNotFloat = "it has no float32 tensor";

}  // namespace

bool QdqMarker::is_constant(const std::string& tensor) const {
  return model_.find_initializer(tensor) != nullptr;
}

bool QdqMarker::is_float_constant(const std::string& tensor) const {
  const graph::Initializer* constant = model_.find_initializer(tensor);
  return constant != nullptr && constant->type == onnx::TensorProto::FLOAT;
}

bool QdqMarker::is_marked(const std::string& tensor) const {
  return positions_.count(tensor) != 0 || bias_names_.count(tensor) != 0;
}

bool QdqMarker::marks_outputs(const onnx::NodeProto& node) const {
  return options_.quantize_outputs &&
         std::ranges::find(options_.operators_with_float_output, node.op_type()) ==
             options_.operators_with_float_output.end();
}

std::string QdqMarker::float_outputs() const {
  return options_.quantize_outputs ? "its kind has float outputs" : "outputs stay in float";
}

std::optional<std::int64_t> QdqMarker::channel_axis(const std::string& tensor, std::int64_t usual,
                                                    const std::string& op_type) {
  const graph::Initializer* constant = model_.find_initializer(tensor);
  if (constant == nullptr || !options_.per_channel) return std::nullopt;
  const auto told = options_.per_channel_axis.find(op_type);
  const std::int64_t axis = told == options_.per_channel_axis.end() ? usual : told->second;
  const auto rank = static_cast<std::int64_t>(constant->shape.size());
  const std::int64_t from_start = axis < 0 ? axis + rank : axis;
  if (from_start < 0 || from_start >= rank) {
    warn("'" + tensor + "' has rank " + std::to_string(rank) + " and no channel axis " +
         std::to_string(axis) + "; quantized as a whole");
    return std::nullopt;
  }
  return from_start;
}

void QdqMarker::warn(std::string text) {
  if (std::ranges::find(warnings_, text) == warnings_.end()) warnings_.push_back(std::move(text));
}

bool QdqMarker::quantizable(const std::string& tensor) {
  if (tensor.empty() || in_float_.count(tensor) != 0) return false;
  const graph::Initializer* constant = model_.find_initializer(tensor);
  if (constant == nullptr) return types_.is_float(tensor);
  if (constant->type != onnx::TensorProto::FLOAT) return false;
  const auto [found, fresh] = finite_.emplace(tensor, true);
  if (fresh) {
    found->second = all_finite(*constant);
    if (!found->second) {
      warn("constant '" + tensor + "' has infinite or NaN values and stays in float");
    }
  }
  return found->second;
}

QdqMark& QdqMarker::mark(const std::string& tensor) {
  const auto [found, fresh] = positions_.emplace(tensor, marks_.size());
  if (fresh) marks_.push_back(QdqMark{.tensor = tensor, .axis = std::nullopt, .shares = {}});
  QdqMark& marked = *marks_[found->second];
  marked.is_product = false;
  return marked;
}

bool QdqMarker::has_range(const std::string& tensor) const {
  return maps_ == nullptr || is_constant(tensor) || maps_->count(tensor) != 0;
}

void QdqMarker::keep_in_float(const std::string& tensor, std::string why) {
  in_float_.emplace(tensor, std::move(why));
}

std::string QdqMarker::obstacle(const std::string& tensor, const std::string& otherwise) const {
  if (const auto why = in_float_.find(tensor); why != in_float_.end()) return why->second;
  if (is_float_constant(tensor)) return "constant '" + tensor + "' has infinite or NaN values";
  if (tensor.empty() || !types_.is_float(tensor) || has_range(tensor)) return otherwise;
  return "calibration gave no range for tensor '" + tensor + "'";
}

bool QdqMarker::activation(const std::string& tensor) {
  if (!quantizable(tensor)) return false;
  if (!has_range(tensor)) {
    if (!is_marked(tensor)) {
      warn("tensor '" + tensor + "' stays in float: calibration gave no range for it");
    }
    return is_marked(tensor);
  }
  mark(tensor);
  return true;
}

bool QdqMarker::product_activation(const std::string& tensor) {
  const auto position = positions_.find(tensor);
  const bool only_products = position == positions_.end() || marks_[position->second]->is_product;
  if (!activation(tensor)) return false;
  // A bias that is read as a tensor too is marked, but has no place here.
  if (const auto marked = positions_.find(tensor); marked != positions_.end()) {
    marks_[marked->second]->is_product = only_products;
  }
  return true;
}

bool QdqMarker::weight(const std::string& tensor, std::optional<std::int64_t> axis) {
  if (!quantizable(tensor)) return false;
  const bool fresh = positions_.count(tensor) == 0;
  // The first mark decides, except for channels, which a caller always asks for on purpose.
  QdqMark& marked = mark(tensor);
  if (!fresh && axis && marked.axis && *axis != *marked.axis) {
    // Tied weights. ONNX Runtime fuses each product as if the channels were its own.
    warn("'" + tensor + "' has channels along two axes; quantized as a whole");
    of_two_axes_.insert(tensor);
  }
  if (of_two_axes_.count(tensor) != 0) axis.reset();
  if (fresh || axis || of_two_axes_.count(tensor) != 0) {
    marked.is_weight = true;
    marked.axis = axis;
    marked.shares.clear();
  }
  return true;
}

bool QdqMarker::like_input(const std::string& output, const std::string& input) {
  if (!quantizable(output)) return false;
  QdqMark& marked = mark(output);
  marked.is_weight = false;
  marked.axis.reset();
  marked.shares = input;
  return true;
}

void QdqMarker::bias(onnx::NodeProto& node, const std::string& bias, const std::string& input,
                     const std::string& weight, GemmFactors factors) {
  if (!is_float_constant(bias) || !quantizable(bias)) return;
  biases_.push_back({&node, bias, input, weight, factors});
  bias_names_.insert(bias);
}

std::string QdqMarker::all_of(const onnx::NodeProto& node) {
  bool any = false;
  for (const std::string& input : node.input()) any |= activation(input);
  if (marks_outputs(node)) {
    for (const std::string& output : node.output()) any |= activation(output);
  }
  if (any) return "";
  return node.input_size() > 0 ? obstacle(node.input(0), kNotFloat) : kNotFloat;
}

std::string QdqMarker::pass_through(const onnx::NodeProto& node) {
  const std::string& input = node.input(0);
  if (options_.force_quantize_no_input_check) {
    if (!activation(input)) return obstacle(input, kNotFloat);
  } else if (!is_marked(input)) {
    return "it only moves values, and its input is not quantized";
  }
  if (!marks_outputs(node)) return float_outputs();
  return like_input(node.output(0), input) ? "" : kNotFloat;
}

bool QdqMarker::absorb(onnx::NodeProto& node, float low, float high) {
  const std::string input = node.input(0);
  const std::string output = node.output(0);
  if (maps_ != nullptr) {
    const auto map = maps_->find(output);
    const Limits limits = limits_of(options_.activation_type, false, false);
    if (map == maps_->end() || !stays_within(map->second, limits, low, high)) return false;
  }
  if (wiring_.producer(input) == nullptr || wiring_.readers(input).size() != 1 ||
      wiring_.is_graph_output(input) || wiring_.captured(output)) {
    return false;
  }
  // With a pair for each reader, an output of the graph has none.
  if (options_.dedicated_qdq_pair && wiring_.is_graph_output(output)) return false;
  absorbed_.insert(output);
  wiring_.remove(node);
  wiring_.rename_made(input, output);
  if (const auto position = positions_.find(input); position != positions_.end()) {
    marks_[position->second].reset();
    positions_.erase(position);
  }
  return true;
}

std::vector<QdqMark> QdqMarker::marks() const {
  std::vector<QdqMark> kept;
  for (const auto& marked : marks_) {
    if (marked) kept.push_back(*marked);
  }
  return kept;
}

const std::vector<onnx::NodeProto*>& QdqMarker::quantized_readers(const std::string& tensor) const {
  static const std::vector<onnx::NodeProto*> none;
  const auto found = quantized_readers_.find(tensor);
  return found == quantized_readers_.end() ? none : found->second;
}

void QdqMarker::note_quantized(onnx::NodeProto& node) {
  for (const std::string& input : node.input()) {
    if (!input.empty()) quantized_readers_[input].push_back(&node);
  }
}

}  // namespace quantbench::quantize
