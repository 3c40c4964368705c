#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "quantbench/runtime/session.h"

namespace quantbench::task {

/// The first output of a forward pass, which holds the logits: float, [1, ..., classes]. Throws
/// Error for another shape or for NaN (a failed quantization).
std::span<const float> logits(const std::vector<runtime::Tensor>& outputs, std::size_t classes,
                              std::size_t rank);

/// Output `index` of a forward pass with one logit per token: float, [1, sequence]. A padded sample
/// has a sequence longer than `tokens`. Throws Error like logits.
std::span<const float> token_logits(const std::vector<runtime::Tensor>& outputs, std::size_t index,
                                    std::size_t tokens);

/// Index of the largest value; the first of equal values (numpy.argmax).
std::size_t argmax(std::span<const float> values);

}  // namespace quantbench::task
