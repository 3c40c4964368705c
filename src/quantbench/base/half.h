#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace quantbench {

/// Widens IEEE 754 binary16 to binary32. Finite values are exact, infinities and signs are kept,
/// NaNs become quiet and keep their payload. This equals the F16C instructions, which are used if
/// the CPU has them. `from` holds two little-endian bytes per element of `to`, at any alignment.
void widen_f16(const std::byte* from, std::span<float> to);

/// The same without F16C. Public for the tests, which compare both.
void widen_f16_portable(const std::byte* from, std::span<float> to);

/// Widens bfloat16 (the upper half of a binary32) to binary32. Exact for every bit pattern.
void widen_bf16(const std::byte* from, std::span<float> to);

/// IEEE 754 binary16, rounded to the nearest, ties to even.
std::uint16_t to_half(float value);

}  // namespace quantbench
