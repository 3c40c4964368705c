#include "quantbench/graph/arithmetic.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "quantbench/graph/edit.h"
#include "quantbench/graph/element_types.h"
#include "quantbench/graph/type_names.h"

namespace quantbench::graph {

namespace {

bool is_floating(int type) {
  return type == onnx::TensorProto::FLOAT || type == onnx::TensorProto::DOUBLE ||
         type == onnx::TensorProto::FLOAT16 || type == onnx::TensorProto::BFLOAT16;
}

bool is_narrow(int type) {
  const int bits = bits_of(type);
  return bits > 0 && bits <= 8 && type != onnx::TensorProto::BOOL;
}

bool is_product(std::string_view op_type) {
  constexpr std::array<std::string_view, 4> kWhole = {"Einsum", "GRU", "RNN", "QMoE"};
  constexpr std::array<std::string_view, 6> kParts = {"MatMul", "Gemm", "Conv",
                                                      "LSTM",   "MoE",  "Attention"};
  return std::ranges::find(kWhole, op_type) != kWhole.end() ||
         std::ranges::any_of(kParts, [&](std::string_view part) {
           return op_type.find(part) != std::string_view::npos;
         });
}

bool is_conversion(std::string_view op_type) {
  constexpr std::array<std::string_view, 4> kKinds = {"Cast", "QuantizeLinear", "DequantizeLinear",
                                                      "DynamicQuantizeLinear"};
  return std::ranges::find(kKinds, op_type) != kKinds.end();
}

/// Products of integers, whatever the types of their tensors: some take float and quantize it.
bool multiplies_int8(const onnx::NodeProto& node) {
  constexpr std::array<std::string_view, 5> kBeginnings = {"QLinear", "QGemm", "QAttention",
                                                           "QOrdered", "DynamicQuantize"};
  constexpr std::int64_t kInt8Level = 4;
  const std::string_view kind = node.op_type();
  return kind.find("Integer") != std::string_view::npos ||
         std::ranges::any_of(kBeginnings, [&](auto begin) { return kind.starts_with(begin); }) ||
         (kind == "MatMulNBits" && int_attribute(node, "accuracy_level", 0) == kInt8Level);
}

/// A constant that a tensor is computed from.
struct Source {
  int type = onnx::TensorProto::UNDEFINED;
  std::int64_t elements = 0;
  std::size_t rank = 0;
};

/// What is known of the tensors that a graph may read.
class Scope {
 public:
  explicit Scope(const Model& model) : types_(model) {
    for (const std::string& name : model.initializer_names()) {
      const Initializer& constant = *model.find_initializer(name);
      constants_[name] = {constant.type, constant.element_count(), constant.shape.size()};
    }
    for (const auto& tensor : model.graph().initializer()) add(tensor.name(), tensor);
  }
  /// Of a body that `caller` runs.
  Scope(const onnx::GraphProto& body, const onnx::NodeProto& caller, const Scope& around)
      : around_(&around), types_(body, caller, around.types_) {
    for (const auto& tensor : body.initializer()) add(tensor.name(), tensor);
  }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  int type_of(const std::string& tensor) const { return types_.of(tensor); }

  /// nullptr if it is not constant.
  const Source* constant(const std::string& tensor) const {
    if (const auto found = constants_.find(tensor); found != constants_.end())
      return &found->second;
    return around_ != nullptr ? around_->constant(tensor) : nullptr;
  }

  bool is_dequantized(const std::string& tensor) const {
    return dequantized_.contains(tensor) || (around_ != nullptr && around_->is_dequantized(tensor));
  }

  /// Follows a node, so that its outputs are known.
  void pass(const onnx::NodeProto& node) {
    if (node.output_size() == 0) return;
    if (node.op_type() == "Constant") {
      for (const auto& attribute : node.attribute()) {
        if (attribute.has_t()) add(node.output(0), attribute.t());
      }
      return;
    }
    const std::optional<Source> source = source_of(node);
    if (source) {
      for (const std::string& output : node.output()) constants_[output] = *source;
    } else if (node.op_type() == "DequantizeLinear") {
      dequantized_.insert(node.output(0));
    }
  }

  /// The weight of a product; nullopt if it does not have one.
  std::optional<Source> weight_of(const onnx::NodeProto& node) const {
    std::optional<Source> weight;
    for (const std::string& input : node.input()) {
      const Source* source = constant(input);
      if (source == nullptr || source->rank < 2) continue;
      if (!weight || source->elements > weight->elements) weight = *source;
    }
    return weight;
  }

 private:
  void add(const std::string& name, const onnx::TensorProto& tensor) {
    const std::vector<std::int64_t> shape(tensor.dims().begin(), tensor.dims().end());
    constants_[name] = {tensor.data_type(), element_count(shape), shape.size()};
  }

  /// The largest constant that a node reads, if it reads constants only.
  std::optional<Source> source_of(const onnx::NodeProto& node) const {
    std::optional<Source> largest;
    for (const std::string& input : node.input()) {
      if (input.empty()) continue;
      const Source* source = constant(input);
      if (source == nullptr) return std::nullopt;
      if (!largest || source->elements > largest->elements) largest = *source;
    }
    const bool runs_bodies = std::ranges::any_of(
        node.attribute(), [](const auto& attribute) { return attribute.has_g(); });
    return runs_bodies ? std::nullopt : largest;
  }

  const Scope* around_ = nullptr;
  ElementTypes types_;
  std::unordered_map<std::string, Source> constants_;
  std::unordered_set<std::string> dequantized_;
};

int first_type(const onnx::NodeProto& node, const Scope& scope) {
  return node.input_size() > 0 ? scope.type_of(node.input(0)) : int{onnx::TensorProto::UNDEFINED};
}

/// Of what is neither a product nor a conversion. A comparison computes in the type of its inputs,
/// and most others in the type of their output.
int usual_type(const onnx::NodeProto& node, const Scope& scope) {
  const int in = first_type(node, scope);
  const int out =
      node.output_size() > 0 ? scope.type_of(node.output(0)) : int{onnx::TensorProto::UNDEFINED};
  if (node.op_type() == "Shape" || node.op_type() == "Size" || is_floating(out) || is_narrow(out)) {
    return out;
  }
  for (const std::string& input : node.input()) {
    if (const int type = scope.type_of(input); is_floating(type)) return type;
  }
  return out != onnx::TensorProto::UNDEFINED ? out : in;
}

std::string precision_of(const onnx::NodeProto& node, const Scope& scope) {
  const int in = first_type(node, scope);
  if (is_product(node.op_type())) {
    return multiplies_int8(node)                ? precision_name(onnx::TensorProto::INT8)
           : in != onnx::TensorProto::UNDEFINED ? precision_name(in)
                                                : precision_name(usual_type(node, scope));
  }
  if (is_conversion(node.op_type()) && node.output_size() > 0) {
    const std::string from = precision_name(in);
    const std::string to = precision_name(scope.type_of(node.output(0)));
    return from == to ? from : from + " to " + to;
  }
  return precision_name(usual_type(node, scope));
}

/// Weights of MatMulNBits are packed in bytes, without their element type.
void unpack_weight(const onnx::NodeProto& node, NodeArithmetic& told) {
  constexpr std::int64_t kUsualBits = 4;
  if (node.op_type() != "MatMulNBits" || told.weight.empty()) return;
  told.weight = "int" + std::to_string(int_attribute(node, "bits", kUsualBits));
  told.weight_elements = int_attribute(node, "K", 0) * int_attribute(node, "N", 0);
}

void walk(const onnx::GraphProto& graph, Scope& scope, std::vector<NodeArithmetic>& out) {
  for (const onnx::NodeProto& node : graph.node()) {
    scope.pass(node);
    NodeArithmetic& told = out.emplace_back();
    told.name = node.name();
    told.op_type = qualified_name(node);
    told.precision = precision_of(node, scope);
    told.is_product = is_product(node.op_type());
    if (told.is_product) {
      if (const std::optional<Source> weight = scope.weight_of(node)) {
        told.weight = precision_name(weight->type);
        told.weight_elements = weight->elements;
        unpack_weight(node, told);
      }
      told.dequantized_input = node.input_size() > 0 && scope.is_dequantized(node.input(0));
    }
    for (const auto& attribute : node.attribute()) {
      const auto enter = [&](const onnx::GraphProto& body) {
        Scope inside(body, node, scope);
        walk(body, inside, out);
      };
      if (attribute.has_g()) enter(attribute.g());
      for (const auto& body : attribute.graphs()) enter(body);
    }
  }
}

}  // namespace

std::string qualified_name(const onnx::NodeProto& node) {
  const bool is_onnx = node.domain().empty() || node.domain() == "ai.onnx";
  return is_onnx ? node.op_type() : node.domain() + "." + node.op_type();
}

std::vector<NodeArithmetic> arithmetic_of(const Model& model) {
  Scope scope(model);
  std::vector<NodeArithmetic> out;
  walk(model.graph(), scope, out);
  return out;
}

}  // namespace quantbench::graph
