#include "quantbench/graph/external_files.h"

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/graph/entry_count.h"
#include "quantbench/graph/wire.h"

namespace quantbench::graph {

namespace {

/// Names in a model that is read without the payloads of its initializers.
class ExternalNames {
 public:
  void add(const onnx::TensorProto& tensor) {
    if (tensor.data_location() != onnx::TensorProto::EXTERNAL) return;
    for (const auto& entry : tensor.external_data()) {
      if (entry.key() == "location") {
        names_.insert(external_path(entry.value()).lexically_normal().string());
      }
    }
  }

  void add(const google::protobuf::RepeatedPtrField<onnx::NodeProto>& nodes) {
    for (const onnx::NodeProto& node : nodes) {
      for (const onnx::AttributeProto& attribute : node.attribute()) {
        if (attribute.has_t()) add(attribute.t());
        for (const auto& tensor : attribute.tensors()) add(tensor);
        if (attribute.has_g()) add(attribute.g());
        for (const auto& graph : attribute.graphs()) add(graph);
      }
    }
  }

  void add(const onnx::GraphProto& graph) {
    for (const auto& tensor : graph.initializer()) add(tensor);
    add(graph.node());
  }

  const std::set<std::string>& all() const { return names_; }

 private:
  std::set<std::string> names_;
};

template <typename Message>
void parse(Message& message, const std::string& bytes) {
  if (!message.ParseFromString(bytes)) throw Error("the file is damaged or not an ONNX model");
}

/// The fields of a message, apart from one that may be large.
std::string fields_but(std::span<const std::byte> message, const char* what, std::uint32_t number,
                       const std::function<void(std::span<const std::byte>)>& large) {
  std::string small;
  WireReader reader(message, what);
  while (const auto field = reader.next()) {
    if (field->number == number && field->is_message) {
      large(field->payload);
    } else {
      small.append(reinterpret_cast<const char*>(field->whole.data()), field->whole.size());
    }
  }
  return small;
}

}  // namespace

void refuse_external_data(const std::string& location) {
  throw Error("external data '" + location + "' is not below the model's directory");
}

std::filesystem::path external_path(const std::string& location) {
  std::filesystem::path path(location);
  bool outside = location.empty() || location.find('\0') != std::string::npos || path.is_absolute();
  for (const auto& part : path) outside = outside || part == "..";
  if (outside) refuse_external_data(location);
  return path;
}

std::vector<std::string> external_files(const std::filesystem::path& model) {
  const auto file = MappedFile::open(model);
  return with_context(model.string(), [&] {
    require_few_entries(file->bytes());
    ExternalNames names;
    const auto read_tensor = [&](std::span<const std::byte> bytes) {
      onnx::TensorProto tensor;
      parse(tensor, fields_but(bytes, "TensorProto", kTensorRawData, [](auto) {}));
      names.add(tensor);
    };
    const auto read_graph = [&](std::span<const std::byte> bytes) {
      onnx::GraphProto graph;
      parse(graph, fields_but(bytes, "GraphProto", kGraphInitializer, read_tensor));
      names.add(graph);
    };
    onnx::ModelProto rest;
    parse(rest, fields_but(file->bytes(), "ModelProto", kModelGraph, read_graph));
    for (const auto& function : rest.functions()) names.add(function.node());
    return std::vector<std::string>(names.all().begin(), names.all().end());
  });
}

}  // namespace quantbench::graph
