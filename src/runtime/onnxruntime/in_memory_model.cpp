#include "quantbench/runtime/onnxruntime/in_memory_model.h"

#include <cstdint>
#include <utility>

#include "quantbench/base/error.h"

namespace quantbench::runtime {

namespace {

/// Smaller tensors go into the protobuf: shape inference reads the values of some of them.
constexpr std::size_t kSmallest = 1024;
/// What ONNX Runtime's kernels may load at once from an aligned address is at most an element.
constexpr std::size_t kAlignment = 8;

}  // namespace

InMemoryModel::InMemoryModel(const graph::Model& model) {
  const Ort::MemoryInfo memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  onnx::ModelProto proto = model.proto();
  for (const std::string& name : model.initializer_names()) {
    const graph::Initializer& initializer = *model.find_initializer(name);
    std::span<const std::byte> bytes = initializer.data.bytes;
    onnx::TensorProto& tensor = *proto.mutable_graph()->add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(initializer.type);
    for (const std::int64_t size : initializer.shape) tensor.add_dims(size);
    if (bytes.size() < kSmallest) {
      tensor.set_raw_data(bytes.data(), bytes.size());
      continue;
    }
    tensor.set_data_location(onnx::TensorProto::EXTERNAL);
    onnx::StringStringEntryProto& location = *tensor.add_external_data();
    location.set_key("location");
    location.set_value("in memory");
    std::shared_ptr<const void> owner = initializer.data.owner;
    if (reinterpret_cast<std::uintptr_t>(bytes.data()) % kAlignment != 0) {
      auto copy = std::make_shared<std::vector<std::byte>>(bytes.begin(), bytes.end());
      bytes = *copy;
      owner = std::move(copy);
    }
    owners_.push_back(std::move(owner));
    names_.push_back(name);
    // ONNX numbers its element types as ONNX Runtime does. Weights are only read.
    values_.push_back(Ort::Value::CreateTensor(
        memory, const_cast<std::byte*>(bytes.data()), bytes.size(), initializer.shape.data(),
        initializer.shape.size(), static_cast<ONNXTensorElementDataType>(initializer.type)));
  }
  if (!proto.SerializeToString(&bytes_)) {
    throw Error("the model passes 2 GiB without its large weights, which protobuf cannot hold");
  }
}

void InMemoryModel::add_weights_to(Ort::SessionOptions& options) const {
  if (!names_.empty()) options.AddExternalInitializers(names_, values_);
}

}  // namespace quantbench::runtime
