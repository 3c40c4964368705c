#pragma once

#include <onnx/onnx_pb.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace quantbench::graph {

/// Bytes of a tensor, little-endian as ONNX raw_data, held without a copy where possible: a view
/// together with whatever keeps it alive (a mapped model file or checkpoint, or a buffer of its
/// own).
struct TensorData {
  std::span<const std::byte> bytes;
  std::shared_ptr<const void> owner;

  /// Takes the buffer over.
  template <typename T>
  static TensorData own(std::vector<T> values) {
    auto kept = std::make_shared<const std::vector<T>>(std::move(values));
    return {std::as_bytes(std::span<const T>(*kept)), kept};
  }
};

/// Elements of an initializer as T. ONNX files do not align their tensors, so this is a view where
/// the bytes happen to be aligned and a copy of its own where they are not.
template <typename T>
class Values {
 public:
  explicit Values(std::span<const std::byte> bytes);
  Values(Values&&) noexcept = default;
  Values& operator=(Values&&) noexcept = default;
  const T* data() const { return view_.data(); }
  std::size_t size() const { return view_.size(); }
  bool empty() const { return view_.empty(); }
  const T& operator[](std::size_t i) const { return view_[i]; }
  auto begin() const { return view_.begin(); }
  auto end() const { return view_.end(); }
  /// Valid as long as this object (hence not from a temporary) and the initializer.
  operator std::span<const T>() const& { return view_; }
  operator std::span<const T>() && = delete;

 private:
  std::vector<T> copy_;
  std::span<const T> view_;
};

/// A constant of the graph: the TensorProto of the ONNX specification, its payload apart (its
/// doc_string is not kept).
struct Initializer {
  std::string name;
  onnx::TensorProto::DataType type = onnx::TensorProto::UNDEFINED;
  std::vector<std::int64_t> shape;
  TensorData data;

  std::int64_t element_count() const;
  /// Payload as T; throws Error when the type does not match (float: FLOAT, int64: INT64, ...).
  /// T: float, double, [u]int8, [u]int16, [u]int32, [u]int64.
  template <typename T>
  Values<T> values() const;

  /// Throws Error if the number of values does not match the shape.
  template <typename T>
  static Initializer make(std::string name, std::vector<std::int64_t> shape, std::vector<T> values);
  template <typename T>
  static Initializer scalar(std::string name, T value) {
    return make<T>(std::move(name), {}, {value});
  }
};

struct SaveOptions {
  /// Tensors go to "<file>.data" beside the model (ONNX external data) when the model would pass
  /// this size in bytes; protobuf itself cannot hold more than 2 GiB. Tensors under 1 KiB stay in
  /// the model all the same.
  std::uint64_t external_data_above = (std::uint64_t{1} << 31) - (std::uint64_t{16} << 20);
};

/// An ONNX model (onnx.proto, ModelProto) for reading and rewriting, made for weights of gigabytes:
/// initializers live beside the protobuf as views on the mapped file and are streamed out on save,
/// so loading, rewriting one weight in ten and saving costs the memory of what changed.
///
/// `graph()` is the plain protobuf GraphProto without its initializers, except string tensors,
/// which have no bytes. Nodes may be edited freely. IR version, opset imports, metadata, sparse
/// initializers and unknown fields are preserved.
class Model {
 public:
  /// An empty graph, without IR version or opset imports.
  Model();
  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;
  ~Model();

  /// A model of its own, to be edited apart; the bytes of initializers are shared.
  Model clone() const;

  /// Reads a model file and its external data. Throws Error: file missing, truncated or not ONNX; a
  /// tensor whose size does not match its shape; external data outside its file or the model's
  /// directory. Do not change the files in place while the model exists.
  static Model load(const std::filesystem::path& path);

  /// Writes atomically (external data first, then the model). Throws Error.
  void save(const std::filesystem::path& path, const SaveOptions& options = {}) const;

  onnx::ModelProto& proto() { return proto_; }
  const onnx::ModelProto& proto() const { return proto_; }
  onnx::GraphProto& graph() { return *proto_.mutable_graph(); }
  const onnx::GraphProto& graph() const { return proto_.graph(); }

  /// Version of the default operator set ("" or "ai.onnx"); 1 when the model imports none, as the
  /// ONNX specification has it for its first IR versions.
  std::int64_t opset() const;
  /// Adds or raises an operator set import.
  void require_opset(std::string_view domain, std::int64_t version);

  /// The graph's inputs that callers have to give, in order: those without an initializer.
  std::vector<std::string> input_names() const;

  /// nullptr when there is none of that name.
  const Initializer* find_initializer(std::string_view name) const;
  /// In file order; order of addition after that.
  const std::vector<std::string>& initializer_names() const { return order_; }
  /// Replaces one of the same name.
  void set_initializer(Initializer initializer);
  /// Also its entry among the graph's inputs, where it has one.
  void remove_initializer(std::string_view name);
  /// The same for many, in one pass.
  void remove_initializers(const std::unordered_set<std::string>& names);

  /// The full protobuf, payloads included (for libraries that want one, such as the ONNX checker).
  /// Copies.
  onnx::ModelProto to_proto() const;

 private:
  std::uint64_t size_of_external_data() const;

  onnx::ModelProto proto_;
  std::map<std::string, Initializer, std::less<>> initializers_;
  std::vector<std::string> order_;
};

/// Bytes that `count` elements of an ONNX data type take, rounded up to whole bytes (4-bit types
/// hold two a byte, 2-bit types four); -1 for strings, undefined and unknown types.
std::int64_t byte_size(int data_type, std::int64_t count);

/// Product of the dimensions. Throws Error (a negative dimension, an overflow).
std::int64_t element_count(std::span<const std::int64_t> shape);

}  // namespace quantbench::graph
