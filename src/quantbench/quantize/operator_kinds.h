#pragma once

#include <span>
#include <string>
#include <vector>

namespace quantbench::quantize {

/// Operator kinds (ONNX op_type) that a quantizer, dynamic or static, knows, sorted; those that are
/// quantized on request only as well. operators_to_quantize may name these and no others.
std::vector<std::string> operator_kinds();

/// Throws Error for the first name that is not among them, with the nearest that is.
void require_operator_kinds(std::span<const std::string> names);

/// Whether nodes of a kind compute with the values of their tensors; the others (Reshape, Gather,
/// Constant, Shape, ...) move data or shapes and are neither slow nor inexact in float.
bool computes(const std::string& op_type);

}  // namespace quantbench::quantize
