#include "quantbench/runtime/onnxruntime/in_memory_model.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>

#include "quantbench/base/error.h"
#include "quantbench/base/memory.h"
#include "quantbench/base/parallel.h"
#include "quantbench/graph/tensor_proto.h"
#include "quantbench/graph/unused.h"

namespace quantbench::runtime {

namespace {

/// Smaller tensors go into the protobuf, because shape inference reads some of their values.
constexpr std::size_t kSmallest = 1024;
/// Alignment needed in the mapped file: ONNX Runtime's aligned loads are at most one element wide.
constexpr std::size_t kAlignment = 8;
/// Alignment of copies: a cache line.
constexpr std::size_t kCopyAlignment = 64;
/// Bytes that a thread copies at a time.
constexpr std::size_t kPiece = std::size_t{2} << 20;

}  // namespace

InMemoryModel::InMemoryModel(const graph::Model& model) {
  onnx::ModelProto proto = model.proto();
  // ONNX Runtime drops what nothing reads, and then does not find its data's place.
  const std::unordered_set<std::string> unused = graph::unused_initializers(model);
  auto& inputs = *proto.mutable_graph()->mutable_input();
  for (int i = inputs.size() - 1; i >= 0; --i) {
    if (unused.contains(inputs[i].name())) inputs.DeleteSubrange(i, 1);
  }
  for (const std::string& name : model.initializer_names()) {
    if (unused.contains(name)) continue;
    const graph::Initializer& initializer = *model.find_initializer(name);
    const std::span<const std::byte> bytes = initializer.data.bytes;
    onnx::TensorProto& tensor = *proto.mutable_graph()->add_initializer();
    graph::describe(initializer, tensor);
    if (bytes.size() < kSmallest) {
      tensor.set_raw_data(bytes.data(), bytes.size());
      continue;
    }
    tensor.set_data_location(onnx::TensorProto::EXTERNAL);
    onnx::StringStringEntryProto& location = *tensor.add_external_data();
    location.set_key("location");
    location.set_value("in memory");
    names_.push_back(name);
  }
  if (!proto.SerializeToString(&bytes_)) {
    throw Error("the model without its large weights exceeds 2 GiB, the limit of protobuf");
  }
  borrow_weights(model);
}

void InMemoryModel::borrow_weights(const graph::Model& model) {
  struct Copy {
    const std::byte* from;
    std::size_t offset;
    std::size_t size;
  };
  std::vector<Copy> copies;
  std::size_t copied = 0;
  const auto copy_later = [&](std::span<const std::byte> bytes) {
    const std::size_t offset = copied;
    for (std::size_t begin = 0; begin < bytes.size(); begin += kPiece) {
      copies.push_back(
          {bytes.data() + begin, offset + begin, std::min(kPiece, bytes.size() - begin)});
    }
    copied = (offset + bytes.size() + kCopyAlignment - 1) / kCopyAlignment * kCopyAlignment;
    return offset;
  };
  std::vector<std::optional<std::size_t>> offsets;
  for (const std::string& name : names_) {
    const graph::TensorData& data = model.find_initializer(name)->data;
    const bool is_aligned = reinterpret_cast<std::uintptr_t>(data.bytes.data()) % kAlignment == 0;
    offsets.push_back(is_aligned ? std::nullopt : std::optional(copy_later(data.bytes)));
    if (is_aligned) owners_.push_back(data.owner);
  }
  const std::shared_ptr<std::byte> buffer = large_buffer(copied);
  owners_.push_back(buffer);
  parallel_for(copies.size(), usable_cores(), [&](std::size_t i) {
    std::memcpy(buffer.get() + copies[i].offset, copies[i].from, copies[i].size);
  });

  const Ort::MemoryInfo memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const graph::Initializer& initializer = *model.find_initializer(names_[i]);
    const std::span<const std::byte> bytes = initializer.data.bytes;
    const std::byte* data = offsets[i] ? buffer.get() + *offsets[i] : bytes.data();
    // ONNX and ONNX Runtime number element types alike. Weights are only read.
    try {
      values_.push_back(Ort::Value::CreateTensor(
          memory, const_cast<std::byte*>(data), bytes.size(), initializer.shape.data(),
          initializer.shape.size(), static_cast<ONNXTensorElementDataType>(initializer.type)));
    } catch (const Ort::Exception& error) {
      throw Error(std::string("ONNX Runtime does not take the constant: ") + error.what(),
                  "'" + names_[i] + "'");
    }
  }
}

void InMemoryModel::add_weights_to(Ort::SessionOptions& options) const {
  if (!names_.empty()) options.AddExternalInitializers(names_, values_);
}

}  // namespace quantbench::runtime
