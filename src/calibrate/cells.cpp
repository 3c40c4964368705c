#include "quantbench/calibrate/cells.h"

#include <bit>
#include <cmath>

#include "quantbench/base/simd.h"

namespace quantbench::calibrate {

namespace {

template <bool kMagnitude>
[[gnu::always_inline]] inline void find_cells_of(const float* values, std::size_t groups,
                                                 const BinLine& line, std::int32_t* cells,
                                                 std::int32_t* kinds) {
  const float first = line.first;
  const float last = line.last;
  const float scale = line.scale;
  const float least_place = line.least_place;
  const float sure_within = 0.5F - line.margin;
  const std::int32_t zero_cell = line.zero_cell;
  for (std::size_t group = 0; group < groups; ++group, values += kGroup, cells += kGroup) {
    std::int32_t unsure = 0;
    std::int32_t differs = 0;
    const auto one = std::bit_cast<std::int32_t>(values[0]);
    for (std::size_t i = 0; i < kGroup; ++i) {
      const float value = values[i];
      // What lies outside is put on an edge, where nothing is sure; NaN too. Of magnitudes below
      // the first bin the fraction is negative.
      float x = kMagnitude ? std::fabs(value) : value;
      x = x < last ? x : last;
      if (!kMagnitude) x = x > first ? x : first;
      float place = (x - first) * scale;
      if (kMagnitude) place = place > least_place ? place : least_place;
      const auto bin = static_cast<std::int32_t>(place);
      const float fraction = place - static_cast<float>(bin);
      // All ones or zero: of a condition the compiler would make a branch, and no vectors.
      const std::int32_t sure =
          -static_cast<std::int32_t>(std::fabs(fraction - 0.5F) < sure_within);
      std::int32_t cell = (bin + 1) & sure;
      if (!kMagnitude) cell = value == 0.0F ? zero_cell : cell;
      cells[i] = cell;
      unsure |= static_cast<std::int32_t>(cell == 0);
      differs |= std::bit_cast<std::int32_t>(value) ^ one;
    }
    kinds[group] = differs == 0 ? kEqual : unsure != 0 ? kUnsure : kMixed;
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
