// Model::save encodes messages around the initializers and streams their payloads from where they
// are.

#include <limits>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/output_target.h"
#include "quantbench/graph/model.h"
#include "quantbench/graph/tensor_proto.h"
#include "quantbench/graph/wire.h"

namespace quantbench::graph {

namespace {

/// Alignment and minimum size of external data, as the ONNX specification and its tools advise.
constexpr std::uint64_t kExternalAlignment = 4096;
constexpr std::uint64_t kSmallestExternal = 1024;

std::uint64_t aligned(std::uint64_t offset) {
  return (offset + kExternalAlignment - 1) / kExternalAlignment * kExternalAlignment;
}

/// protobuf keeps sizes in an int.
constexpr std::uint64_t kLargestMessage = std::numeric_limits<int>::max();

std::string serialize(const google::protobuf::MessageLite& message, const char* what) {
  std::string out;
  if (message.ByteSizeLong() > kLargestMessage || !message.SerializeToString(&out)) {
    throw Error(std::string(what) + " holds more than 2 GiB outside its initializers");
  }
  return out;
}

/// Takes the fields whose numbers are smaller than the graph's out of `model`.
onnx::ModelProto take_fields_before_graph(onnx::ModelProto& model) {
  onnx::ModelProto before = model;
  before.clear_opset_import();
  before.clear_graph();
  before.clear_metadata_props();
  before.clear_training_info();
  before.clear_functions();
  before.DiscardUnknownFields();
  model.clear_ir_version();
  model.clear_producer_name();
  model.clear_producer_version();
  model.clear_domain();
  model.clear_model_version();
  model.clear_doc_string();
  return before;
}

/// A TensorProto in two pieces: raw_data (empty if external) and all other fields.
struct EncodedTensor {
  std::string head;
  std::span<const std::byte> raw;

  std::uint64_t size() const { return head.size() + raw.size(); }
};

EncodedTensor encode(const Initializer& initializer, const std::string& location,
                     std::uint64_t offset) {
  onnx::TensorProto tensor;
  describe(initializer, tensor);
  const auto bytes = initializer.data.bytes;
  if (!location.empty()) {
    tensor.set_data_location(onnx::TensorProto::EXTERNAL);
    const auto add = [&](const char* key, std::string value) {
      auto& entry = *tensor.add_external_data();
      entry.set_key(key);
      entry.set_value(std::move(value));
    };
    add("location", location);
    add("offset", std::to_string(offset));
    add("length", std::to_string(bytes.size()));
    return {serialize(tensor, "TensorProto"), {}};
  }
  EncodedTensor out{serialize(tensor, "TensorProto"), bytes};
  append_head(out.head, kTensorRawData, bytes.size());
  return out;
}

}  // namespace

std::uint64_t Model::size_of_external_data() const {
  std::uint64_t end = 0;
  for (const std::string& name : order_) {
    const std::uint64_t size = initializers_.find(name)->second.data.bytes.size();
    if (size >= kSmallestExternal) end = aligned(end) + size;
  }
  return end;
}

void Model::save(const std::filesystem::path& path, const SaveOptions& options) const {
  // In the order of the field numbers, as protobuf writes them: OpenVINO 2026.4 takes a file for no
  // ONNX model if two operator sets are among its first three fields.
  onnx::ModelProto outer = proto_;
  outer.clear_graph();
  const std::string before_graph = serialize(take_fields_before_graph(outer), "ModelProto");
  const std::string after_graph = serialize(outer, "ModelProto");
  const std::string small_graph = serialize(proto_.graph(), "GraphProto");

  std::uint64_t total = before_graph.size() + after_graph.size() + small_graph.size();
  for (const auto& [name, initializer] : initializers_) {
    total += initializer.data.bytes.size() + name.size() + 64;
  }
  const bool external = total > options.external_data_above && size_of_external_data() > 0;
  const std::filesystem::path data_path = path.string() + ".data";

  // External data first: a model must never name missing data.
  std::vector<EncodedTensor> tensors;
  if (external) {
    require_regular_output(path);
    if (output_file(path) != path) {
      throw Error("a model over 2 GB is written as two files, so its output cannot be a link",
                  path.string(), "name the file itself");
    }
    AtomicFile data(data_path);
    data.reserve(size_of_external_data());
    const std::string padding(kExternalAlignment, '\0');
    std::uint64_t offset = 0;
    for (const std::string& name : order_) {
      const Initializer& initializer = initializers_.find(name)->second;
      const auto bytes = initializer.data.bytes;
      if (bytes.size() < kSmallestExternal) {
        tensors.push_back(encode(initializer, {}, 0));
        continue;
      }
      data.write(std::string_view(padding).substr(0, aligned(offset) - offset));
      offset = aligned(offset);
      data.write(bytes);
      tensors.push_back(encode(initializer, data_path.filename().string(), offset));
      offset += bytes.size();
    }
    data.commit();
  } else {
    for (const std::string& name : order_) {
      tensors.push_back(encode(initializers_.find(name)->second, {}, 0));
    }
  }

  std::uint64_t graph_size = small_graph.size();
  for (const EncodedTensor& tensor : tensors) {
    graph_size += varint_size(kGraphInitializer << 3) + varint_size(tensor.size()) + tensor.size();
  }
  if (before_graph.size() + after_graph.size() + graph_size + 16 > kLargestMessage) {
    throw Error("the model exceeds 2 GiB, the limit of protobuf", path.string(),
                "save with external data");
  }
  AtomicFile file(path);
  std::string head;
  append_head(head, kModelGraph, graph_size);
  file.reserve(before_graph.size() + head.size() + graph_size + after_graph.size());
  file.write(before_graph);
  file.write(head);
  file.write(small_graph);
  for (const EncodedTensor& tensor : tensors) {
    head.clear();
    append_head(head, kGraphInitializer, tensor.size());
    file.write(head);
    file.write(tensor.head);
    file.write(tensor.raw);
  }
  file.write(after_graph);
  file.commit();
}

}  // namespace quantbench::graph
