#include "quantbench/dataset/shuffle.h"

#include <array>
#include <bit>
#include <numeric>
#include <string>
#include <utility>

#include "quantbench/base/error.h"

namespace quantbench::dataset {

namespace {

__extension__ using Uint128 = unsigned __int128;

/// numpy.random.SeedSequence with one 32-bit word of entropy.
class SeedSequence {
 public:
  explicit SeedSequence(std::uint32_t entropy) {
    std::uint32_t constant = 0x43b0d7e5;
    for (std::size_t i = 0; i < pool_.size(); ++i) {
      pool_[i] = hash(i == 0 ? entropy : 0, constant, 0x931e8875);
    }
    for (std::size_t from = 0; from < pool_.size(); ++from) {
      for (std::size_t to = 0; to < pool_.size(); ++to) {
        if (from != to) pool_[to] = mix(pool_[to], hash(pool_[from], constant, 0x931e8875));
      }
    }
  }

  /// generate_state(4, uint64).
  std::array<std::uint64_t, 4> state() const {
    std::array<std::uint64_t, 4> words{};
    std::uint32_t constant = 0x8b51f9dd;
    for (std::size_t i = 0; i < 8; ++i) {
      const std::uint64_t half = hash(pool_[i % pool_.size()], constant, 0x58f38ded);
      words[i / 2] |= half << (32 * (i % 2));
    }
    return words;
  }

 private:
  static std::uint32_t hash(std::uint32_t value, std::uint32_t& constant, std::uint32_t factor) {
    value ^= constant;
    constant *= factor;
    value *= constant;
    return value ^ (value >> 16);
  }

  static std::uint32_t mix(std::uint32_t x, std::uint32_t y) {
    const std::uint32_t mixed = 0xca01f9ddU * x - 0x4973f715U * y;
    return mixed ^ (mixed >> 16);
  }

  std::array<std::uint32_t, 4> pool_{};
};

/// numpy.random.PCG64. Each 64-bit output gives two halves, the low one first.
class Pcg64 {
 public:
  explicit Pcg64(std::uint32_t seed) {
    const auto words = SeedSequence(seed).state();
    increment_ = ((Uint128{words[2]} << 64 | words[3]) << 1) | 1;
    step();
    state_ += Uint128{words[0]} << 64 | words[1];
    step();
  }

  std::uint32_t next32() {
    if (has_half_) {
      has_half_ = false;
      return half_;
    }
    const std::uint64_t whole = next64();
    has_half_ = true;
    half_ = static_cast<std::uint32_t>(whole >> 32);
    return static_cast<std::uint32_t>(whole);
  }

  /// Uniform in [0, last]: takes the low bits of draws until one is in range.
  std::uint32_t up_to(std::uint32_t last) {
    const std::uint32_t mask = UINT32_MAX >> std::countl_zero(last | 1);
    std::uint32_t value = next32() & mask;
    while (value > last) value = next32() & mask;
    return value;
  }

 private:
  void step() {
    constexpr Uint128 kMultiplier = Uint128{2549297995355413924U} << 64 | 4865540595714422341U;
    state_ = state_ * kMultiplier + increment_;
  }

  std::uint64_t next64() {
    step();
    const auto folded =
        static_cast<std::uint64_t>(state_ >> 64) ^ static_cast<std::uint64_t>(state_);
    return std::rotr(folded, static_cast<int>(state_ >> 122));
  }

  Uint128 state_ = 0;
  Uint128 increment_ = 0;
  bool has_half_ = false;
  std::uint32_t half_ = 0;
};

}  // namespace

std::vector<std::size_t> shuffled_order(std::size_t count, std::uint32_t seed) {
  if (count > UINT32_MAX) {
    throw Error(std::to_string(count) + " rows are too many to shuffle as numpy does");
  }
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  Pcg64 generator(seed);
  for (std::size_t i = count; i-- > 1;) {
    std::swap(order[i], order[generator.up_to(static_cast<std::uint32_t>(i))]);
  }
  return order;
}

}  // namespace quantbench::dataset
