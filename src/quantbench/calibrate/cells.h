#pragma once

#include <cstddef>
#include <cstdint>

namespace quantbench::calibrate {

/// Number of values whose cells are computed together.
constexpr std::size_t kGroup = 32;

/// The bins of a histogram as a line: the bin of x is the integer part of (x - first) * scale. If
/// the fraction is within `margin` of a whole number, the edges decide instead.
struct BinLine {
  float first;
  /// End of the bins on the line; an edge.
  float end;
  float scale;
  float margin;
  /// Of all bins, including those after `end`.
  float last;
  /// Of x == 0, which is an edge in a histogram of values.
  std::int32_t zero_cell;
  /// Of |x| == last, which magnitudes count separately.
  std::int32_t last_cell;
  /// A place in the first bin that is sure. Not a constant in the code, because the compiler would
  /// then make branches instead of vectors.
  float middle = 0.5F;
};

/// Result of find_cells for a group.
enum GroupKind : std::int32_t {
  kMixed = 0,
  kUnsure = 1,  ///< the edges have to decide on some of its values
  kEqual = 2    ///< one value all over (padding, above all), decided or not
};

/// cells[i] = 1 + bin of values[i] (or zero_cell or last_cell), or 0 if the edges must decide:
/// always for values that are outside the bins or not finite. kinds[g] is the kind of group g.
/// `groups` groups of kGroup values. `line.margin` must be below a half.
void find_cells_of_magnitudes(const float* values, std::size_t groups, const BinLine& line,
                              std::int32_t* cells, std::int32_t* kinds);
void find_cells_of_values(const float* values, std::size_t groups, const BinLine& line,
                          std::int32_t* cells, std::int32_t* kinds);

}  // namespace quantbench::calibrate
