#include "quantbench/calibrate/cells.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "quantbench/base/simd.h"

namespace quantbench::calibrate {

namespace {

template <bool kMagnitude>
[[gnu::always_inline]] inline void find_cells_of(const float* values, std::size_t groups,
                                                 const BinLine& line, std::int32_t* cells,
                                                 std::int32_t* kinds) {
  const float first = line.first;
  const float end = line.end;
  const float scale = line.scale;
  const float middle = line.middle;
  const float sure_within = 0.5F - line.margin;
  const std::int32_t known_cell = kMagnitude ? line.last_cell : line.zero_cell;
  const auto last_bits = std::bit_cast<std::int32_t>(line.last);
  constexpr std::int32_t kMagnitudeBits = std::numeric_limits<std::int32_t>::max();
  for (std::size_t group = 0; group < groups; ++group, values += kGroup, cells += kGroup) {
    std::int32_t least = std::numeric_limits<std::int32_t>::max();
    std::int32_t differs = 0;
    const auto one = std::bit_cast<std::int32_t>(values[0]);
    for (std::size_t i = 0; i < kGroup; ++i) {
      const float value = values[i];
      // Values outside, and NaN, go on an edge, where the result is always unsure.
      const float given = kMagnitude ? std::fabs(value) : value;
      float x = given < end ? given : end;
      if (!kMagnitude) x = x > first ? x : first;
      float place = (x - first) * scale;
      std::int32_t below = 0;
      if (kMagnitude) {
        // A value close to the first edge and not below it is in the first bin.
        below = std::bit_cast<std::int32_t>(place) >> 31;
        place = place > middle ? place : middle;
      }
      const auto bin = static_cast<std::int32_t>(place);
      const float fraction = place - static_cast<float>(bin);
      // All ones or all zeros. For a condition the compiler would make a branch instead of vectors.
      const std::int32_t sure =
          -static_cast<std::int32_t>(std::fabs(fraction - 0.5F) < sure_within);
      std::int32_t cell = (bin + 1) & ~below & sure;
      // Compared as integers; comparing floats would be a branch again.
      const auto bits = std::bit_cast<std::int32_t>(given);
      const std::int32_t known =
          -static_cast<std::int32_t>(kMagnitude ? bits == last_bits : (bits & kMagnitudeBits) == 0);
      cell = (known_cell & known) | (cell & ~known);
      cells[i] = cell;
      least = std::min(least, cell);
      differs |= std::bit_cast<std::int32_t>(value) ^ one;
    }
    kinds[group] = differs == 0 ? kEqual : least == 0 ? kUnsure : kMixed;
  }
}

}  // namespace

QUANTBENCH_VECTORIZED
void find_cells_of_magnitudes(const float* values, std::size_t groups, const BinLine& line,
                              std::int32_t* cells, std::int32_t* kinds) {
  find_cells_of<true>(values, groups, line, cells, kinds);
}

QUANTBENCH_VECTORIZED
void find_cells_of_values(const float* values, std::size_t groups, const BinLine& line,
                          std::int32_t* cells, std::int32_t* kinds) {
  find_cells_of<false>(values, groups, line, cells, kinds);
}

}  // namespace quantbench::calibrate
