#include "quantbench/runtime/openvino/tensors.h"

#include <onnx/onnx_pb.h>

#include <array>
#include <type_traits>
#include <vector>

#include "quantbench/base/error.h"

namespace quantbench::runtime::openvino_plugin {

namespace {

/// The same type for quantbench, OpenVINO and ONNX.
struct SameType {
  ElementType ours;
  ov::element::Type_t openvino;
  int onnx;
};

constexpr std::array<SameType, 10> kTypes = {{
    {ElementType::kFloat32, ov::element::Type_t::f32, onnx::TensorProto::FLOAT},
    {ElementType::kFloat64, ov::element::Type_t::f64, onnx::TensorProto::DOUBLE},
    {ElementType::kFloat16, ov::element::Type_t::f16, onnx::TensorProto::FLOAT16},
    {ElementType::kBFloat16, ov::element::Type_t::bf16, onnx::TensorProto::BFLOAT16},
    {ElementType::kInt64, ov::element::Type_t::i64, onnx::TensorProto::INT64},
    {ElementType::kInt32, ov::element::Type_t::i32, onnx::TensorProto::INT32},
    {ElementType::kInt16, ov::element::Type_t::i16, onnx::TensorProto::INT16},
    {ElementType::kInt8, ov::element::Type_t::i8, onnx::TensorProto::INT8},
    {ElementType::kUInt8, ov::element::Type_t::u8, onnx::TensorProto::UINT8},
    {ElementType::kBool, ov::element::Type_t::boolean, onnx::TensorProto::BOOL},
}};

ov::element::Type of_onnx(int data_type) {
  for (const SameType& type : kTypes) {
    if (type.onnx == data_type) return type.openvino;
  }
  throw Error("OpenVINO does not take an input of ONNX's type " + std::to_string(data_type));
}

ov::Tensor over(const void* data, std::size_t bytes, const ov::element::Type& type,
                const std::vector<std::int64_t>& sizes) {
  const auto count = static_cast<std::size_t>(graph::element_count(sizes));
  if (bytes != count * type.size()) {
    throw Error("a tensor holds " + std::to_string(bytes) + " bytes, but its shape needs " +
                std::to_string(count * type.size()));
  }
  return {type, ov::Shape(sizes.begin(), sizes.end()), const_cast<void*>(data)};
}

}  // namespace

ElementType to_element_type(const ov::element::Type& type) {
  for (const SameType& known : kTypes) {
    if (type == known.openvino) return known.ours;
  }
  return ElementType::kOther;
}

ov::Tensor borrow(const Tensor& tensor) {
  if (const auto* floats = std::get_if<std::vector<float>>(&tensor.values)) {
    return over(floats->data(), bytes_of(tensor), ov::element::f32, tensor.shape);
  }
  if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&tensor.values)) {
    return over(integers->data(), bytes_of(tensor), ov::element::i64, tensor.shape);
  }
  const OtherValues& other = *std::get<std::shared_ptr<const OtherValues>>(tensor.values);
  return over(other.bytes.data(), other.bytes.size(), of_onnx(other.data_type), tensor.shape);
}

void show(std::size_t output, const ov::Tensor& tensor, const OutputVisitor& visitor) {
  const ov::Shape& sizes = tensor.get_shape();
  const std::vector<std::int64_t> shape(sizes.begin(), sizes.end());
  TensorView view{.type = to_element_type(tensor.get_element_type()),
                  .shape = shape,
                  .element_count = tensor.get_size()};
  if (view.type != ElementType::kOther) view.data = tensor.data();
  visitor(output, view);
}

}  // namespace quantbench::runtime::openvino_plugin
