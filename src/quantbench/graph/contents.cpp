#include "quantbench/graph/contents.h"

#include <algorithm>
#include <utility>

#include "quantbench/graph/arithmetic.h"
#include "quantbench/graph/type_names.h"

namespace quantbench::graph {

namespace {

std::string type_text(const onnx::TypeProto& type) {
  switch (type.value_case()) {
    case onnx::TypeProto::kTensorType:
      return element_type_name(type.tensor_type().elem_type());
    case onnx::TypeProto::kSparseTensorType:
      return "sparse " + element_type_name(type.sparse_tensor_type().elem_type());
    case onnx::TypeProto::kSequenceType:
      return "sequence of " + type_text(type.sequence_type().elem_type());
    case onnx::TypeProto::kOptionalType:
      return "optional " + type_text(type.optional_type().elem_type());
    case onnx::TypeProto::kMapType:
      return "map of " + type_text(type.map_type().value_type());
    default:
      return element_type_name(onnx::TensorProto::UNDEFINED);
  }
}

DeclaredTensor declared_tensor(const onnx::ValueInfoProto& info) {
  DeclaredTensor out{info.name(), type_text(info.type())};
  if (!info.type().tensor_type().has_shape()) return out;
  out.shape = Json::array();
  for (const auto& dimension : info.type().tensor_type().shape().dim()) {
    if (dimension.has_dim_value()) {
      out.shape.push_back(dimension.dim_value());
    } else if (!dimension.dim_param().empty()) {
      out.shape.push_back(dimension.dim_param());
    } else {
      out.shape.push_back(nullptr);
    }
  }
  return out;
}

/// Counts nodes and constants.
class ContentsCounter {
 public:
  explicit ContentsCounter(Contents& contents) : contents_(contents) {}

  void add_constant(int type, std::int64_t elements, std::int64_t bytes) {
    TensorSizes& sizes = contents_.constants[element_type_name(type)];
    ++sizes.tensors;
    sizes.elements += elements;
    sizes.bytes += std::max<std::int64_t>(bytes, 0);
  }

  void add_constants(const onnx::GraphProto& graph) {
    for (const auto& tensor : graph.initializer()) add(tensor);
    for (const auto& sparse : graph.sparse_initializer()) add(sparse);
  }

  void add_nodes(const google::protobuf::RepeatedPtrField<onnx::NodeProto>& nodes) {
    for (const onnx::NodeProto& node : nodes) {
      ++contents_.nodes;
      ++contents_.operators[qualified_name(node)];
      if (node.op_type() == "Constant") add_value(node);
      for (const auto& attribute : node.attribute()) {
        if (attribute.has_g()) add_subgraph(attribute.g());
        for (const auto& body : attribute.graphs()) add_subgraph(body);
      }
    }
  }

 private:
  void add(const onnx::TensorProto& tensor) {
    const std::vector<std::int64_t> shape(tensor.dims().begin(), tensor.dims().end());
    const std::int64_t elements = element_count(shape);
    std::int64_t bytes = byte_size(tensor.data_type(), elements);
    if (tensor.data_type() == onnx::TensorProto::STRING) {
      bytes = 0;
      for (const std::string& text : tensor.string_data()) {
        bytes += static_cast<std::int64_t>(text.size());
      }
    }
    add_constant(tensor.data_type(), elements, bytes);
  }

  void add(const onnx::SparseTensorProto& sparse) {
    add(sparse.values());
    add(sparse.indices());
  }

  void add_value(const onnx::NodeProto& constant) {
    const auto add_list = [&](int type, std::int64_t count) {
      if (count > 0) add_constant(type, count, byte_size(type, count));
    };
    for (const onnx::AttributeProto& attribute : constant.attribute()) {
      if (attribute.has_t()) add(attribute.t());
      if (attribute.has_sparse_tensor()) add(attribute.sparse_tensor());
      add_list(onnx::TensorProto::FLOAT, attribute.floats_size() + (attribute.has_f() ? 1 : 0));
      add_list(onnx::TensorProto::INT64, attribute.ints_size() + (attribute.has_i() ? 1 : 0));
    }
  }

  void add_subgraph(const onnx::GraphProto& graph) {
    ++contents_.subgraphs;
    add_constants(graph);
    add_nodes(graph.node());
  }

  Contents& contents_;
};

}  // namespace

Contents contents_of(const Model& model) {
  const onnx::ModelProto& proto = model.proto();
  Contents out;
  out.ir_version = proto.ir_version();
  for (const auto& import : proto.opset_import()) {
    out.opsets[import.domain().empty() ? "ai.onnx" : import.domain()] = import.version();
  }
  out.producer = proto.producer_name();
  out.producer_version = proto.producer_version();
  out.domain = proto.domain();
  out.model_version = proto.model_version();
  out.graph_name = model.graph().name();
  for (const auto& entry : proto.metadata_props()) out.metadata[entry.key()] = entry.value();
  const std::vector<std::string> given = model.input_names();
  for (const auto& info : model.graph().input()) {
    if (std::ranges::find(given, info.name()) != given.end())
      out.inputs.push_back(declared_tensor(info));
  }
  for (const auto& info : model.graph().output()) out.outputs.push_back(declared_tensor(info));
  ContentsCounter counter(out);
  for (const std::string& name : model.initializer_names()) {
    const Initializer& constant = *model.find_initializer(name);
    counter.add_constant(constant.type, constant.element_count(),
                         static_cast<std::int64_t>(constant.data.bytes.size()));
  }
  counter.add_constants(model.graph());
  counter.add_nodes(model.graph().node());
  for (const onnx::FunctionProto& function : proto.functions()) {
    out.functions.push_back({function.domain() + "." + function.name(), function.node_size()});
  }
  return out;
}

}  // namespace quantbench::graph
