#pragma once

#include <openvino/runtime/tensor.hpp>

#include "quantbench/runtime/session.h"

namespace quantbench::runtime::openvino_plugin {

/// kOther for types that quantbench does not read.
ElementType to_element_type(const ov::element::Type& type);

/// An OpenVINO tensor over the tensor's own memory, which OpenVINO only reads. Throws Error: the
/// number of values does not match the shape, or OpenVINO has no such type.
ov::Tensor borrow(const Tensor& tensor);

/// Shows a tensor of OpenVINO. The view is valid during the call only.
void show(std::size_t output, const ov::Tensor& tensor, const OutputVisitor& visitor);

}  // namespace quantbench::runtime::openvino_plugin
