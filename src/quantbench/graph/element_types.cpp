#include "quantbench/graph/element_types.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "quantbench/graph/edit.h"

namespace quantbench::graph {

namespace {

struct Fixed {
  std::string_view op_type;
  int type;
};

/// Operators whose outputs always have the same type.
constexpr std::array kFixed = {
    Fixed{"Shape", onnx::TensorProto::INT64},
    Fixed{"Size", onnx::TensorProto::INT64},
    Fixed{"NonZero", onnx::TensorProto::INT64},
    Fixed{"ArgMax", onnx::TensorProto::INT64},
    Fixed{"ArgMin", onnx::TensorProto::INT64},
    Fixed{"Equal", onnx::TensorProto::BOOL},
    Fixed{"Less", onnx::TensorProto::BOOL},
    Fixed{"LessOrEqual", onnx::TensorProto::BOOL},
    Fixed{"Greater", onnx::TensorProto::BOOL},
    Fixed{"GreaterOrEqual", onnx::TensorProto::BOOL},
    Fixed{"Not", onnx::TensorProto::BOOL},
    Fixed{"And", onnx::TensorProto::BOOL},
    Fixed{"Or", onnx::TensorProto::BOOL},
    Fixed{"Xor", onnx::TensorProto::BOOL},
    Fixed{"IsNaN", onnx::TensorProto::BOOL},
    Fixed{"IsInf", onnx::TensorProto::BOOL},
    Fixed{"DequantizeLinear", onnx::TensorProto::FLOAT},
    Fixed{"MatMulInteger", onnx::TensorProto::INT32},
    Fixed{"ConvInteger", onnx::TensorProto::INT32},
    Fixed{"MatMulIntegerToFloat", onnx::TensorProto::FLOAT},
    Fixed{"DynamicQuantizeLinear", onnx::TensorProto::UINT8},
    Fixed{"EmbedLayerNormalization", onnx::TensorProto::FLOAT},
    Fixed{"QEmbedLayerNormalization", onnx::TensorProto::FLOAT},
    Fixed{"QAttention", onnx::TensorProto::FLOAT},
    Fixed{"NonMaxSuppression", onnx::TensorProto::INT64},
    Fixed{"SequenceLength", onnx::TensorProto::INT64},
    Fixed{"OptionalHasElement", onnx::TensorProto::BOOL},
    Fixed{"StringNormalizer", onnx::TensorProto::STRING},
    Fixed{"TfIdfVectorizer", onnx::TensorProto::FLOAT},
    Fixed{"FeatureVectorizer", onnx::TensorProto::FLOAT},
    Fixed{"Normalizer", onnx::TensorProto::FLOAT},
    Fixed{"Scaler", onnx::TensorProto::FLOAT},
    Fixed{"LinearRegressor", onnx::TensorProto::FLOAT},
    Fixed{"SVMRegressor", onnx::TensorProto::FLOAT},
    Fixed{"TreeEnsembleRegressor", onnx::TensorProto::FLOAT},
    // Outputs that are not tensors, or whose type does not follow from an input.
    Fixed{"SplitToSequence", onnx::TensorProto::UNDEFINED},
    Fixed{"SequenceConstruct", onnx::TensorProto::UNDEFINED},
    Fixed{"SequenceEmpty", onnx::TensorProto::UNDEFINED},
    Fixed{"Optional", onnx::TensorProto::UNDEFINED},
    Fixed{"ZipMap", onnx::TensorProto::UNDEFINED},
    Fixed{"LabelEncoder", onnx::TensorProto::UNDEFINED},
    Fixed{"LinearClassifier", onnx::TensorProto::UNDEFINED},
    Fixed{"TreeEnsembleClassifier", onnx::TensorProto::UNDEFINED},
    Fixed{"SVMClassifier", onnx::TensorProto::UNDEFINED},
};

/// Operators whose outputs all have the type of the first input. Other operators only promise it
/// for their first output (the second of Dropout is a mask, of TopK indices).
constexpr std::array<std::string_view, 9> kAlike = {
    "Split", "LSTM", "GRU", "RNN", "SkipLayerNormalization", "SkipSimplifiedLayerNormalization",
    // Caches of keys and values.
    "Attention", "MultiHeadAttention", "GroupQueryAttention"};

/// Operators with an attribute that names the type of the output.
struct Named {
  std::string_view op_type;
  const char* attribute;
  int otherwise;  // UNDEFINED: as the first input
};

constexpr std::array kNamed = {
    Named{"Cast", "to", onnx::TensorProto::UNDEFINED},
    Named{"Bernoulli", "dtype", onnx::TensorProto::UNDEFINED},
    Named{"EyeLike", "dtype", onnx::TensorProto::UNDEFINED},
    Named{"RandomNormalLike", "dtype", onnx::TensorProto::UNDEFINED},
    Named{"RandomUniformLike", "dtype", onnx::TensorProto::UNDEFINED},
    Named{"RandomNormal", "dtype", onnx::TensorProto::FLOAT},
    Named{"RandomUniform", "dtype", onnx::TensorProto::FLOAT},
    Named{"Multinomial", "dtype", onnx::TensorProto::INT32},
    Named{"BlackmanWindow", "output_datatype", onnx::TensorProto::FLOAT},
    Named{"HammingWindow", "output_datatype", onnx::TensorProto::FLOAT},
    Named{"HannWindow", "output_datatype", onnx::TensorProto::FLOAT},
    Named{"MelWeightMatrix", "output_datatype", onnx::TensorProto::FLOAT},
};

/// Input that has the type of the output; the first of most operators.
int typical_input(const onnx::NodeProto& node) {
  if (node.op_type() == "Where" || node.op_type() == "CastLike") return 1;
  if (node.op_type() == "OneHot") return 2;
  return 0;
}

/// Operators whose output has the type of its zero point, which is optional.
struct ZeroPoint {
  std::string_view op_type;
  int input;
  int otherwise;
};

constexpr std::array kZeroPoints = {
    ZeroPoint{"QuantizeLinear", 2, onnx::TensorProto::UINT8},
    ZeroPoint{"QGemm", 8, onnx::TensorProto::FLOAT},
};

int constant_type(const onnx::NodeProto& node) {
  for (const auto& attribute : node.attribute()) {
    if (attribute.name() == "value") return attribute.t().data_type();
    if (attribute.name() == "value_float" || attribute.name() == "value_floats") {
      return onnx::TensorProto::FLOAT;
    }
    if (attribute.name() == "value_int" || attribute.name() == "value_ints") {
      return onnx::TensorProto::INT64;
    }
  }
  return node.op_type() == "ConstantOfShape" ? onnx::TensorProto::FLOAT
                                             : onnx::TensorProto::UNDEFINED;
}

/// Of the first output. UNDEFINED if unknown.
int type_of_output(const onnx::NodeProto& node, const ElementTypes& types) {
  const std::string& kind = node.op_type();
  if (const auto* fixed = std::ranges::find(kFixed, kind, &Fixed::op_type); fixed != kFixed.end()) {
    return fixed->type;
  }
  if (kind == "Constant" || kind == "ConstantOfShape") return constant_type(node);
  if (const auto* point = std::ranges::find(kZeroPoints, kind, &ZeroPoint::op_type);
      point != kZeroPoints.end()) {
    const bool has_point = node.input_size() > point->input && !node.input(point->input).empty();
    return has_point ? types.of(node.input(point->input)) : point->otherwise;
  }
  if (const auto* named = std::ranges::find(kNamed, kind, &Named::op_type); named != kNamed.end()) {
    const auto type = static_cast<int>(int_attribute(node, named->attribute, named->otherwise));
    if (type != onnx::TensorProto::UNDEFINED) return type;
  }
  const int input = typical_input(node);
  return node.input_size() > input ? types.of(node.input(input)) : onnx::TensorProto::UNDEFINED;
}

}  // namespace

ElementTypes::ElementTypes(const Model& model) {
  for (const std::string& name : model.initializer_names()) {
    types_[name] = model.find_initializer(name)->type;
  }
  tell_declared(model.graph());
  walk(model.graph());
}

ElementTypes::ElementTypes(const onnx::GraphProto& body, const onnx::NodeProto& caller,
                           const ElementTypes& around)
    : around_(&around) {
  for (const auto& constant : body.initializer()) tell(constant.name(), constant.data_type());
  tell_declared(body);
  // A Loop or Scan has the inputs of its body; an If has only its condition.
  for (int i = 0; i < std::min(body.input_size(), caller.input_size()); ++i) {
    tell(body.input(i).name(), around.of(caller.input(i)));
  }
  walk(body);
}

void ElementTypes::tell(const std::string& tensor, int type) {
  if (type != onnx::TensorProto::UNDEFINED && !tensor.empty()) types_.emplace(tensor, type);
}

void ElementTypes::tell_declared(const onnx::GraphProto& graph) {
  for (const auto* values : {&graph.input(), &graph.output(), &graph.value_info()}) {
    for (const auto& value : *values) tell(value.name(), value.type().tensor_type().elem_type());
  }
}

void ElementTypes::walk(const onnx::GraphProto& graph) {
  for (const auto& node : graph.node()) {
    if (node.op_type() == "If" || node.op_type() == "Loop" || node.op_type() == "Scan") {
      walk_bodies(node);
      continue;
    }
    const int type = type_of_output(node, *this);
    const int typed =
        std::ranges::find(kAlike, node.op_type()) == kAlike.end() ? 1 : node.output_size();
    for (int i = 0; i < std::min(typed, node.output_size()); ++i) tell(node.output(i), type);
  }
}

void ElementTypes::walk_bodies(const onnx::NodeProto& node) {
  // The first output of a Loop's body says whether it goes on.
  const int skipped = node.op_type() == "Loop" ? 1 : 0;
  for (const auto& attribute : node.attribute()) {
    if (!attribute.has_g()) continue;
    const onnx::GraphProto& body = attribute.g();
    std::optional<ElementTypes> inside;  // only where the body does not declare a type
    for (int i = 0; i < node.output_size() && i + skipped < body.output_size(); ++i) {
      const auto& output = body.output(i + skipped);
      int type = output.type().tensor_type().elem_type();
      if (type == onnx::TensorProto::UNDEFINED && !output.type().has_sequence_type()) {
        if (!inside) inside = ElementTypes(body, node, *this);
        type = inside->of(output.name());
      }
      tell(node.output(i), type);
    }
  }
}

int ElementTypes::of(const std::string& tensor) const {
  const auto found = types_.find(tensor);
  if (found != types_.end()) return found->second;
  return around_ == nullptr ? static_cast<int>(onnx::TensorProto::UNDEFINED) : around_->of(tensor);
}

}  // namespace quantbench::graph
