#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace quantbench::checkpoint {

/// Widens IEEE 754 binary16 values to binary32: exact for every finite value, infinities and signs
/// kept, NaNs made quiet with their payload kept, as the F16C instructions do it (used where the
/// processor has them). `from` holds little-endian values at any alignment, two bytes for each
/// element of `to`.
void widen_f16(const std::byte* from, std::span<float> to);

/// The same without F16C; public so that tests can hold the two against each other.
void widen_f16_portable(const std::byte* from, std::span<float> to);

/// Widens bfloat16 (the upper half of a binary32) to binary32; exact for every bit pattern.
void widen_bf16(const std::byte* from, std::span<float> to);

}  // namespace quantbench::checkpoint
