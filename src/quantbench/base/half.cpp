#include "quantbench/base/half.h"

#include <bit>
#include <cmath>
#include <cstring>

#if defined(__x86_64__) && defined(__GNUC__)
#include <cpuid.h>
#include <immintrin.h>
#define QUANTBENCH_HAS_F16C 1
#endif

namespace quantbench {

namespace {

std::uint16_t load16(const std::byte* from) {
  std::uint16_t bits;
  std::memcpy(&bits, from, sizeof bits);
  return bits;
}

float widen_one_f16(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000u) << 16;
  const std::uint32_t exponent = (half >> 10) & 0x1fu;
  const std::uint32_t mantissa = half & 0x3ffu;
  if (exponent == 0x1f) {
    const std::uint32_t quiet = mantissa == 0 ? 0 : 0x400000u;
    return std::bit_cast<float>(sign | 0x7f800000u | quiet | (mantissa << 13));
  }
  if (exponent == 0) {
    // Subnormal: mantissa * 2^-24, which is a normal number in binary32.
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;
    return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(magnitude));
  }
  return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (mantissa << 13));
}

#ifdef QUANTBENCH_HAS_F16C
__attribute__((target("avx,f16c"))) void widen_f16c(const std::byte* from, std::span<float> to) {
  std::size_t i = 0;
  for (; i + 8 <= to.size(); i += 8) {
    const __m128i halves = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + 2 * i));
    _mm256_storeu_ps(to.data() + i, _mm256_cvtph_ps(halves));
  }
  for (; i < to.size(); ++i) to[i] = widen_one_f16(load16(from + 2 * i));
}

/// Clang before 15 does not support __builtin_cpu_supports("f16c").
bool has_f16c() {
  unsigned int a = 0;
  unsigned int b = 0;
  unsigned int c = 0;
  unsigned int d = 0;
  return __builtin_cpu_supports("avx") && __get_cpuid(1, &a, &b, &c, &d) != 0 &&
         (c & bit_F16C) != 0;
}
#endif

}  // namespace

void widen_f16_portable(const std::byte* from, std::span<float> to) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = widen_one_f16(load16(from + 2 * i));
}

void widen_f16(const std::byte* from, std::span<float> to) {
#ifdef QUANTBENCH_HAS_F16C
  static const bool fast = has_f16c();
  if (fast) return widen_f16c(from, to);
#endif
  widen_f16_portable(from, to);
}

void widen_bf16(const std::byte* from, std::span<float> to) {
  for (std::size_t i = 0; i < to.size(); ++i) {
    to[i] = std::bit_cast<float>(static_cast<std::uint32_t>(load16(from + 2 * i)) << 16);
  }
}

std::uint16_t to_half(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000U);
  const float size = std::fabs(value);
  if (std::isnan(value)) return sign | 0x7E00U;
  constexpr float kOverflow = 65520;
  if (size >= kOverflow) return sign | 0x7C00U;
  constexpr float kLeastNormal = 0x1p-14F;
  if (size < kLeastNormal) {
    return sign | static_cast<std::uint16_t>(std::nearbyint(size * 0x1p24F));
  }
  const std::uint32_t magnitude = bits & 0x7FFFFFFFU;
  const std::uint32_t rounded = magnitude + 0xFFFU + ((magnitude >> 13) & 1U);
  return sign | static_cast<std::uint16_t>((rounded - (112U << 23)) >> 13);
}

}  // namespace quantbench
