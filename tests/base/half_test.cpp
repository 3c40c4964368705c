#include "quantbench/base/half.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

namespace quantbench {
namespace {

std::vector<std::uint16_t> every_pattern() {
  std::vector<std::uint16_t> patterns(65536);
  for (std::size_t i = 0; i < patterns.size(); ++i) patterns[i] = static_cast<std::uint16_t>(i);
  return patterns;
}

const std::byte* as_bytes(const std::vector<std::uint16_t>& values) {
  return reinterpret_cast<const std::byte*>(values.data());
}

// The value of a binary16 by its definition, in double.
double binary16_value(std::uint16_t bits) {
  const double sign = (bits & 0x8000) != 0 ? -1.0 : 1.0;
  const int exponent = (bits >> 10) & 31;
  const int mantissa = bits & 1023;
  if (exponent == 0) return sign * std::ldexp(mantissa, -24);
  if (exponent == 31) return mantissa == 0 ? sign * INFINITY : NAN;
  return sign * std::ldexp(1024 + mantissa, exponent - 25);
}

TEST(Half, widens_every_f16_pattern_to_the_value_that_it_stands_for) {
  const auto patterns = every_pattern();
  std::vector<float> values(patterns.size());
  widen_f16(as_bytes(patterns), values);
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    const double expected = binary16_value(patterns[i]);
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(values[i])) << i;
    } else {
      EXPECT_EQ(values[i], expected) << i;
      EXPECT_EQ(std::signbit(values[i]), std::signbit(expected)) << i;
    }
  }
}

TEST(Half, gives_the_same_bits_with_and_without_f16c) {
  const auto patterns = every_pattern();
  std::vector<float> fast(patterns.size());
  std::vector<float> portable(patterns.size());
  widen_f16(as_bytes(patterns), fast);
  widen_f16_portable(as_bytes(patterns), portable);
  EXPECT_EQ(std::memcmp(fast.data(), portable.data(), fast.size() * sizeof(float)), 0);
}

TEST(Half, widens_counts_that_are_no_multiple_of_the_vector_width_from_odd_addresses) {
  for (std::size_t count = 0; count < 20; ++count) {
    std::vector<std::byte> buffer(2 * count + 1);
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint16_t one = 0x3c00;
      std::memcpy(buffer.data() + 1 + 2 * i, &one, 2);
    }
    std::vector<float> values(count);
    widen_f16(buffer.data() + 1, values);
    EXPECT_EQ(values, std::vector<float>(count, 1.0F));
  }
}

TEST(Half, widens_every_bf16_pattern_to_the_upper_half_of_a_float) {
  const auto patterns = every_pattern();
  std::vector<float> values(patterns.size());
  widen_bf16(as_bytes(patterns), values);
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    EXPECT_EQ(std::bit_cast<std::uint32_t>(values[i]), static_cast<std::uint32_t>(i) << 16);
  }
}

}  // namespace
}  // namespace quantbench
