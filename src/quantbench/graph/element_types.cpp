#include "quantbench/graph/element_types.h"

#include <array>
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
    Fixed{"EmbedLayerNormalization", onnx::TensorProto::FLOAT},
    Fixed{"NonMaxSuppression", onnx::TensorProto::INT64},
    Fixed{"Multinomial", onnx::TensorProto::INT32},
    Fixed{"SequenceLength", onnx::TensorProto::INT64},
    Fixed{"OptionalHasElement", onnx::TensorProto::BOOL},
    Fixed{"StringNormalizer", onnx::TensorProto::STRING},
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

/// Input that has the type of the output; the first of most operators.
int typical_input(const onnx::NodeProto& node) {
  if (node.op_type() == "Where" || node.op_type() == "CastLike") return 1;
  if (node.op_type() == "OneHot") return 2;
  return 0;
}

/// Outputs of If, Loop and Scan -> types that their bodies declare.
template <typename Declare>
void declare_outputs_of_bodies(const onnx::NodeProto& node, const Declare& declare) {
  for (const auto& attribute : node.attribute()) {
    if (!attribute.has_g()) continue;
    // The first output of a Loop's body says whether it goes on.
    const int skipped = node.op_type() == "Loop" ? 1 : 0;
    for (int i = 0; i < node.output_size() && i + skipped < attribute.g().output_size(); ++i) {
      declare(node.output(i), attribute.g().output(i + skipped).type().tensor_type().elem_type());
    }
  }
}

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

}  // namespace

ElementTypes::ElementTypes(const Model& model) {
  const auto declare = [this](const auto& values) {
    for (const auto& value : values) {
      const int type = value.type().tensor_type().elem_type();
      if (type != onnx::TensorProto::UNDEFINED) types_.emplace(value.name(), type);
    }
  };
  const onnx::GraphProto& graph = model.graph();
  declare(graph.input());
  declare(graph.output());
  declare(graph.value_info());
  for (const std::string& name : model.initializer_names()) {
    types_[name] = model.find_initializer(name)->type;
  }
  for (const auto& node : graph.node()) {
    int type = onnx::TensorProto::UNDEFINED;
    if (node.op_type() == "Cast") {
      type = static_cast<int>(int_attribute(node, "to", onnx::TensorProto::UNDEFINED));
    } else if (node.op_type() == "Constant" || node.op_type() == "ConstantOfShape") {
      type = constant_type(node);
    } else if (node.op_type() == "If" || node.op_type() == "Loop" || node.op_type() == "Scan") {
      declare_outputs_of_bodies(node, [this](const std::string& output, int declared) {
        if (declared != onnx::TensorProto::UNDEFINED) types_.emplace(output, declared);
      });
    } else if (const int input = typical_input(node); node.input_size() > input) {
      type = of(node.input(input));
    }
    for (const Fixed& fixed : kFixed) {
      if (fixed.op_type == node.op_type()) type = fixed.type;
    }
    // The types of an operator's second and later outputs vary (masks, indices).
    if (type != onnx::TensorProto::UNDEFINED && node.output_size() > 0) {
      types_.emplace(node.output(0), type);
      if (node.op_type() == "Split") {
        for (const std::string& output : node.output()) types_.emplace(output, type);
      }
    }
  }
}

int ElementTypes::of(const std::string& tensor) const {
  const auto found = types_.find(tensor);
  return found == types_.end() ? onnx::TensorProto::UNDEFINED : found->second;
}

}  // namespace quantbench::graph
