// Model::load: the outer messages (ModelProto, GraphProto, TensorProto) are walked in place and
// their small fields handed to protobuf; payloads of initializers stay where they are in the file.

#include <charconv>
#include <limits>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/graph/entry_count.h"
#include "quantbench/graph/external_files.h"
#include "quantbench/graph/function_calls.h"
#include "quantbench/graph/model.h"
#include "quantbench/graph/tensor_proto.h"
#include "quantbench/graph/wire.h"

namespace quantbench::graph {

namespace {

void append(std::string& out, std::span<const std::byte> bytes) {
  out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

template <typename Message>
void parse(Message& message, const std::string& bytes, const char* what) {
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw Error(std::string(what) + " holds more than 2 GiB outside its initializers");
  }
  if (!message.ParseFromString(bytes)) {
    throw Error(std::string("malformed ") + what, {}, "the file is damaged or not an ONNX model");
  }
}

/// The files beside a model that hold its external data, each mapped once.
class ExternalData {
 public:
  explicit ExternalData(const std::filesystem::path& model) : model_(model) {}

  TensorData read(const onnx::TensorProto& tensor, std::uint64_t expected) {
    std::string location;
    std::uint64_t offset = 0;
    std::uint64_t length = expected;
    for (const auto& entry : tensor.external_data()) {
      if (entry.key() == "location") location = entry.value();
      if (entry.key() == "offset") offset = number(entry);
      if (entry.key() == "length") length = number(entry);
    }
    const auto file = open(location);
    const auto bytes = file->bytes();
    if (length != expected) {
      throw Error("external data of " + std::to_string(length) + " bytes, the shape needs " +
                  std::to_string(expected));
    }
    if (offset > bytes.size() || length > bytes.size() - offset) {
      throw Error("external data at " + std::to_string(offset) + " of " + std::to_string(length) +
                      " bytes is outside '" + location + "' of " + std::to_string(bytes.size()) +
                      " bytes",
                  {}, "the data file is truncated or belongs to another model");
    }
    return {bytes.subspan(offset, length), file};
  }

 private:
  static std::uint64_t number(const onnx::StringStringEntryProto& entry) {
    const std::string& text = entry.value();
    std::uint64_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size()) {
      throw Error("external data has " + entry.key() + " '" + text + "', expected a number");
    }
    return value;
  }

  /// A model may name any path, but only files in its own directory are allowed. Symbolic links are
  /// followed if they end in the model's directory, or in the directory of the file that the model
  /// itself links to (a download cache links both to one place).
  std::shared_ptr<const MappedFile> open(const std::string& location) {
    if (const auto found = files_.find(location); found != files_.end()) return found->second;
    const auto named = model_.parent_path() / external_path(location);
    std::error_code failure;
    const auto resolved = std::filesystem::canonical(named, failure);
    if (failure) throw Error("external data '" + location + "': " + failure.message());
    const auto directory = std::filesystem::canonical(
        model_.has_parent_path() ? model_.parent_path() : std::filesystem::path("."), failure);
    const auto real_directory = std::filesystem::canonical(model_, failure).parent_path();
    if (!is_below(resolved, directory) && !is_below(resolved, real_directory)) {
      refuse_external_data(location);
    }
    return files_[location] = MappedFile::open(resolved);
  }

  static bool is_below(const std::filesystem::path& path, const std::filesystem::path& directory) {
    if (directory.empty()) return false;
    auto part = path.begin();
    for (const auto& expected : directory) {
      if (part == path.end() || *part != expected) return false;
      ++part;
    }
    return part != path.end();
  }

  std::filesystem::path model_;
  std::map<std::string, std::shared_ptr<const MappedFile>> files_;
};

template <typename To, typename Values>
TensorData converted(const Values& values) {
  return TensorData::own(std::vector<To>(values.begin(), values.end()));
}

/// Payload of the typed fields, which hold what raw_data does not (onnx.proto, TensorProto).
TensorData typed_data(const onnx::TensorProto& tensor) {
  switch (tensor.data_type()) {
    case onnx::TensorProto::FLOAT:
    case onnx::TensorProto::COMPLEX64:
      return converted<float>(tensor.float_data());
    case onnx::TensorProto::DOUBLE:
    case onnx::TensorProto::COMPLEX128:
      return converted<double>(tensor.double_data());
    case onnx::TensorProto::INT64:
      return converted<std::int64_t>(tensor.int64_data());
    case onnx::TensorProto::UINT64:
      return converted<std::uint64_t>(tensor.uint64_data());
    case onnx::TensorProto::UINT32:
      return converted<std::uint32_t>(tensor.uint64_data());
    case onnx::TensorProto::INT32:
      return converted<std::int32_t>(tensor.int32_data());
    case onnx::TensorProto::INT16:
    case onnx::TensorProto::UINT16:
    case onnx::TensorProto::FLOAT16:
    case onnx::TensorProto::BFLOAT16:
      return converted<std::uint16_t>(tensor.int32_data());
    default:  // all others take a byte, or two elements a byte
      return converted<std::uint8_t>(tensor.int32_data());
  }
}

std::uint64_t size_of(const Initializer& tensor) {
  return static_cast<std::uint64_t>(byte_size(tensor.type, tensor.element_count()));
}

/// Name, type and shape.
Initializer outline_of(const onnx::TensorProto& tensor) {
  Initializer out;
  out.name = tensor.name();
  out.type = static_cast<onnx::TensorProto::DataType>(tensor.data_type());
  out.shape.assign(tensor.dims().begin(), tensor.dims().end());
  if (byte_size(tensor.data_type(), out.element_count()) < 0) {
    throw Error("unknown data type " + std::to_string(tensor.data_type()));
  }
  return out;
}

void require_size(const Initializer& tensor) {
  if (tensor.data.bytes.size() != size_of(tensor)) {
    throw Error("holds " + std::to_string(tensor.data.bytes.size()) + " bytes, its shape needs " +
                std::to_string(size_of(tensor)));
  }
}

/// nullopt for a string tensor, which is left to protobuf.
std::optional<Initializer> read_initializer(std::span<const std::byte> bytes,
                                            const std::shared_ptr<const MappedFile>& file,
                                            ExternalData& external) {
  std::string small;
  std::optional<std::span<const std::byte>> raw;
  WireReader reader(bytes, "TensorProto");
  while (const auto field = reader.next()) {
    if (field->number == kTensorRawData && field->is_message) {
      raw = field->payload;
    } else {
      append(small, field->whole);
    }
  }
  onnx::TensorProto tensor;
  parse(tensor, small, "TensorProto");
  if (tensor.data_type() == onnx::TensorProto::STRING) return std::nullopt;
  return with_context("initializer '" + tensor.name() + "'", [&] {
    if (tensor.name().empty()) throw Error("has no name");
    if (tensor.has_segment()) throw Error("is stored in segments, which is not supported");
    Initializer out = outline_of(tensor);
    if (tensor.data_location() == onnx::TensorProto::EXTERNAL) {
      out.data = external.read(tensor, size_of(out));
    } else if (raw) {
      out.data = {*raw, file};
    } else {
      out.data = typed_data(tensor);
    }
    require_size(out);
    return std::optional(std::move(out));
  });
}

/// Moves external data of tensors inside nodes and subgraphs into the model, which may be saved
/// elsewhere. (Initializers of the graph itself stay views of their file.)
class InnerTensors {
 public:
  explicit InnerTensors(ExternalData& external) : external_(external) {}

  void read_nodes(google::protobuf::RepeatedPtrField<onnx::NodeProto>& nodes) {
    for (onnx::NodeProto& node : nodes) {
      for (onnx::AttributeProto& attribute : *node.mutable_attribute()) {
        if (attribute.has_t()) read(*attribute.mutable_t());
        for (auto& tensor : *attribute.mutable_tensors()) read(tensor);
        if (attribute.has_g()) read_graph(*attribute.mutable_g());
        for (auto& graph : *attribute.mutable_graphs()) read_graph(graph);
      }
    }
  }

 private:
  void read_graph(onnx::GraphProto& graph) {
    for (auto& tensor : *graph.mutable_initializer()) read(tensor);
    read_nodes(*graph.mutable_node());
  }

  void read(onnx::TensorProto& tensor) {
    if (tensor.data_location() != onnx::TensorProto::EXTERNAL) return;
    with_context("tensor '" + tensor.name() + "'", [&] {
      const std::uint64_t size = size_of(outline_of(tensor));
      total_ += size;
      if (total_ > static_cast<std::uint64_t>(std::numeric_limits<int>::max())) {
        throw Error("nodes and subgraphs hold more than 2 GiB of tensors");
      }
      const TensorData data = external_.read(tensor, size);
      tensor.set_raw_data(data.bytes.data(), data.bytes.size());
      tensor.clear_external_data();
      tensor.clear_data_location();
    });
  }

  ExternalData& external_;
  std::uint64_t total_ = 0;
};

}  // namespace

void describe(const Initializer& initializer, onnx::TensorProto& tensor) {
  tensor.set_name(initializer.name);
  tensor.set_data_type(initializer.type);
  for (const std::int64_t dimension : initializer.shape) tensor.add_dims(dimension);
}

Initializer initializer_of(const onnx::TensorProto& tensor) {
  return with_context("tensor '" + tensor.name() + "'", [&] {
    if (tensor.data_location() == onnx::TensorProto::EXTERNAL || tensor.has_segment()) {
      throw Error("its payload is not in the model");
    }
    Initializer out = outline_of(tensor);
    const auto raw = std::as_bytes(std::span(tensor.raw_data()));
    out.data = tensor.has_raw_data()
                   ? TensorData::own(std::vector<std::byte>(raw.begin(), raw.end()))
                   : typed_data(tensor);
    require_size(out);
    return out;
  });
}

Model Model::load(const std::filesystem::path& path) {
  const auto file = MappedFile::open(path);
  return with_context(path.string(), [&] {
    require_few_entries(file->bytes());
    Model model;
    ExternalData external(path);
    std::string small_model;
    std::string small_graph;
    bool has_graph = false;
    WireReader reader(file->bytes(), "ModelProto");
    while (const auto field = reader.next()) {
      if (field->number != kModelGraph || !field->is_message) {
        append(small_model, field->whole);
        continue;
      }
      has_graph = true;
      WireReader graph_reader(field->payload, "GraphProto");
      while (const auto part = graph_reader.next()) {
        std::optional<Initializer> initializer;
        if (part->number == kGraphInitializer && part->is_message) {
          initializer = read_initializer(part->payload, file, external);
        }
        if (!initializer) {
          append(small_graph, part->whole);
        } else if (model.find_initializer(initializer->name) != nullptr) {
          throw Error("initializer '" + initializer->name + "' appears twice");
        } else {
          model.set_initializer(*std::move(initializer));
        }
      }
    }
    if (!has_graph) throw Error("is not an ONNX model: it has no graph");
    parse(model.proto_, small_model, "ModelProto");
    parse(*model.proto_.mutable_graph(), small_graph, "GraphProto");
    require_few_inlined_nodes(model.proto_);
    InnerTensors inner(external);
    inner.read_nodes(*model.graph().mutable_node());
    for (auto& function : *model.proto_.mutable_functions()) {
      inner.read_nodes(*function.mutable_node());
    }
    return model;
  });
}

}  // namespace quantbench::graph
