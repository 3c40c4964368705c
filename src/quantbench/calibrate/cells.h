#pragma once

#include <cstddef>
#include <cstdint>

namespace quantbench::calibrate {

/// Values whose cells are found together.
constexpr std::size_t kGroup = 32;

/// The bins of a histogram as a line: that of x is the integer part of (x - first) * scale, unless
/// its fraction lies within `margin` of a whole number: then the edges decide.
struct BinLine {
  float first;
  /// End of the bins that are on the line; an edge.
  float end;
  float scale;
  float margin;
  /// Of all bins, also those behind `end`.
  float last;
  /// Of x == 0, which lies on an edge of a histogram of values.
  std::int32_t zero_cell;
  /// Of |x| == last, which magnitudes have apart.
  std::int32_t last_cell;
  /// A place in the first bin that is sure. Not a constant of the code: of what follows from one,
  /// the compiler makes branches, and no vectors.
  float middle = 0.5F;
};

/// What find_cells says of a group.
enum GroupKind : std::int32_t {
  kMixed = 0,
  kUnsure = 1,  ///< the edges have to decide on some of its values
  kEqual = 2    ///< one value all over (padding, above all), decided or not
};

/// cells[i] = 1 + bin of values[i] (or zero_cell or last_cell), or 0 where the edges have to
/// decide, which is so of all that lies outside the bins or is not finite; kinds[g] is the kind of
/// group g. `groups` groups of kGroup values. `line.margin` must be below a half.
void find_cells_of_magnitudes(const float* values, std::size_t groups, const BinLine& line,
                              std::int32_t* cells, std::int32_t* kinds);
void find_cells_of_values(const float* values, std::size_t groups, const BinLine& line,
                          std::int32_t* cells, std::int32_t* kinds);

}  // namespace quantbench::calibrate
