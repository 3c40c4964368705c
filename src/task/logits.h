#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "quantbench/runtime/session.h"

namespace quantbench::task {

/// The first output of a forward pass, which holds the logits: float, [1, ..., classes]. Throws
/// Error when its shape is another or a value is not a number (a quantization gone wrong).
std::span<const float> logits(const std::vector<runtime::Tensor>& outputs, std::size_t classes,
                              std::size_t rank);

/// Index of the largest value, the first of equal ones (numpy.argmax).
std::size_t argmax(std::span<const float> values);

}  // namespace quantbench::task
