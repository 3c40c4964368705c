#include "quantbench/model/onnx/builder.h"

#include <utility>

#include "quantbench/base/error.h"

namespace quantbench::model {

namespace {

constexpr int kFirstOpset = 11;
constexpr int kLastOpset = 17;

/// The IR version of the ONNX release with this operator set (ONNX, docs/Versioning.md).
int ir_version(int opset) {
  if (opset >= 15) return 8;
  return opset >= 12 ? 7 : 6;
}

void set_dimensions(onnx::ValueInfoProto& info, onnx::TensorProto::DataType type,
                    const OnnxBuilder::Dimensions& dimensions) {
  onnx::TypeProto::Tensor& tensor = *info.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(type);
  tensor.mutable_shape();
  for (const auto& dimension : dimensions) {
    auto& added = *tensor.mutable_shape()->add_dim();
    if (const auto* name = std::get_if<std::string>(&dimension)) {
      added.set_dim_param(*name);
    } else {
      added.set_dim_value(std::get<std::int64_t>(dimension));
    }
  }
}

void set_attribute(onnx::AttributeProto& proto, const Attribute& attribute) {
  proto.set_name(attribute.name);
  if (const auto* number = std::get_if<float>(&attribute.value)) {
    proto.set_type(onnx::AttributeProto::FLOAT);
    proto.set_f(*number);
  } else if (const auto* integer = std::get_if<std::int64_t>(&attribute.value)) {
    proto.set_type(onnx::AttributeProto::INT);
    proto.set_i(*integer);
  } else if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&attribute.value)) {
    proto.set_type(onnx::AttributeProto::INTS);
    for (const std::int64_t value : *integers) proto.add_ints(value);
  } else {
    proto.set_type(onnx::AttributeProto::STRING);
    proto.set_s(std::get<std::string>(attribute.value));
  }
}

template <typename T>
onnx::TensorProto tensor_of(onnx::TensorProto::DataType type, const T* values, std::size_t count) {
  onnx::TensorProto tensor;
  tensor.set_data_type(type);
  tensor.set_raw_data(values, count * sizeof(T));
  return tensor;
}

}  // namespace

OnnxBuilder::OnnxBuilder(int opset, const std::string& graph_name) : opset_(opset) {
  if (opset < kFirstOpset || opset > kLastOpset) {
    throw Error("opset " + std::to_string(opset) + " is not supported", {},
                "supported: " + std::to_string(kFirstOpset) + " to " + std::to_string(kLastOpset));
  }
  model_.proto().set_ir_version(ir_version(opset));
  model_.proto().set_producer_name("quantbench");
  model_.proto().set_producer_version(QUANTBENCH_VERSION);
  model_.require_opset("", opset);
  model_.graph().set_name(graph_name);
}

std::string OnnxBuilder::next_name(const std::string& op_type) {
  return op_type + "_" + std::to_string(next_index_++);
}

std::string OnnxBuilder::input(const std::string& name, onnx::TensorProto::DataType type,
                               const Dimensions& dimensions) {
  onnx::ValueInfoProto& info = *model_.graph().add_input();
  info.set_name(name);
  set_dimensions(info, type, dimensions);
  return name;
}

void OnnxBuilder::output(const std::string& name, const std::string& tensor,
                         const Dimensions& dimensions) {
  // The node that makes the tensor gets the output's name. Earlier readers of the tensor, if any,
  // are renamed too.
  for (onnx::NodeProto& node : *model_.graph().mutable_node()) {
    for (std::string& input : *node.mutable_input()) {
      if (input == tensor) input = name;
    }
    for (std::string& output : *node.mutable_output()) {
      if (output == tensor) output = name;
    }
  }
  onnx::ValueInfoProto& info = *model_.graph().add_output();
  info.set_name(name);
  set_dimensions(info, onnx::TensorProto::FLOAT, dimensions);
}

std::string OnnxBuilder::node(const std::string& op_type, const std::vector<std::string>& inputs,
                              const std::vector<Attribute>& attributes) {
  return node_with_outputs(op_type, 1, inputs, attributes).front();
}

std::vector<std::string> OnnxBuilder::node_with_outputs(const std::string& op_type,
                                                        std::size_t outputs,
                                                        const std::vector<std::string>& inputs,
                                                        const std::vector<Attribute>& attributes) {
  onnx::NodeProto& node = *model_.graph().add_node();
  node.set_name(next_name(op_type));
  node.set_op_type(op_type);
  for (const std::string& input : inputs) node.add_input(input);
  for (const Attribute& attribute : attributes) set_attribute(*node.add_attribute(), attribute);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < outputs; ++i) {
    names.push_back(node.name() + "_output_" + std::to_string(i));
    node.add_output(names.back());
  }
  return names;
}

std::string OnnxBuilder::constant_node(onnx::TensorProto tensor) {
  onnx::NodeProto& node = *model_.graph().add_node();
  node.set_name(next_name("Constant"));
  node.set_op_type("Constant");
  onnx::AttributeProto& value = *node.add_attribute();
  value.set_name("value");
  value.set_type(onnx::AttributeProto::TENSOR);
  *value.mutable_t() = std::move(tensor);
  node.add_output(node.name() + "_output_0");
  return node.output(0);
}

std::string OnnxBuilder::constant(float value) {
  return constant_node(tensor_of(onnx::TensorProto::FLOAT, &value, 1));
}

std::string OnnxBuilder::constant(std::int64_t value) {
  return constant_node(tensor_of(onnx::TensorProto::INT64, &value, 1));
}

std::string OnnxBuilder::constant(const std::vector<std::int64_t>& values) {
  onnx::TensorProto tensor = tensor_of(onnx::TensorProto::INT64, values.data(), values.size());
  tensor.add_dims(static_cast<std::int64_t>(values.size()));
  return constant_node(std::move(tensor));
}

bool OnnxBuilder::has_initializer(const std::string& name) const {
  return model_.find_initializer(name) != nullptr;
}

std::string OnnxBuilder::initializer(graph::Initializer initializer) {
  std::string name = initializer.name;
  if (!has_initializer(name)) model_.set_initializer(std::move(initializer));
  return name;
}

std::string OnnxBuilder::unsqueeze(const std::string& x, std::int64_t axis) {
  if (opset_ < 13) return node("Unsqueeze", {x}, {{"axes", std::vector{axis}}});
  const std::string axes = constant(std::vector{axis});
  return node("Unsqueeze", {x, axes});
}

std::string OnnxBuilder::squeeze(const std::string& x, std::int64_t axis) {
  if (opset_ < 13) return node("Squeeze", {x}, {{"axes", std::vector{axis}}});
  const std::string axes = constant(std::vector{axis});
  return node("Squeeze", {x, axes});
}

std::vector<std::string> OnnxBuilder::split(const std::string& x,
                                            const std::vector<std::int64_t>& sizes,
                                            std::int64_t axis) {
  if (opset_ < 13) {
    return node_with_outputs("Split", sizes.size(), {x}, {{"axis", axis}, {"split", sizes}});
  }
  const std::string split = constant(sizes);
  return node_with_outputs("Split", sizes.size(), {x, split}, {{"axis", axis}});
}

std::string OnnxBuilder::softmax(const std::string& x, int rank) {
  // Before opset 13, Softmax flattens its input to two dimensions, so only the last axis has
  // today's meaning. The exporter wrote this axis as a positive number.
  const std::int64_t axis = opset_ < 13 ? rank - 1 : -1;
  return node("Softmax", {x}, {{"axis", axis}});
}

std::string OnnxBuilder::transpose(const std::string& x,
                                   const std::vector<std::int64_t>& permutation) {
  return node("Transpose", {x}, {{"perm", permutation}});
}

std::string OnnxBuilder::dimension(const std::string& x, std::int64_t axis) {
  const std::string shape = node("Shape", {x});
  const std::string index = constant(axis);
  return node("Gather", {shape, index}, {{"axis", std::int64_t{0}}});
}

std::string OnnxBuilder::shape(const std::vector<Part>& parts) {
  std::vector<std::string> pieces;
  for (const Part& part : parts) {
    if (const auto* size = std::get_if<std::int64_t>(&part)) {
      pieces.push_back(constant(std::vector{*size}));
    } else {
      pieces.push_back(unsqueeze(std::get<std::string>(part), 0));
    }
  }
  return node("Concat", pieces, {{"axis", std::int64_t{0}}});
}

std::string OnnxBuilder::reshape(const std::string& x, const std::vector<Part>& parts) {
  return node("Reshape", {x, shape(parts)});
}

graph::Model OnnxBuilder::finish() && { return std::move(model_); }

}  // namespace quantbench::model
