#pragma once

#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/spec/spec.h"

namespace quantbench::spec {

/// What the grid is made of: `benchmarked` holds the benchmarked keys with their values in grid
/// order, `values` every other parameter with its fixed value or fallback.
struct Grid {
  Json benchmarked = Json::object();
  Json values = Json::object();
};

/// Most cells that a grid may have before coinciding ones are joined.
inline constexpr std::size_t kMaxCells = 10000;

/// Expands the grid, first key slowest. Cells are brought to a normal form in which keys without
/// meaning are null, and those that then coincide are kept once:
///  - pytorch runs the checkpoint as it is: framework_args {}, no quantization;
///  - framework_args {} beside others is pytorch's, so onnxruntime does not take it when pytorch is
///    in the grid;
///  - apply_quantization false makes the quantization keys null;
///  - the dynamic approach has no calibration.
/// Throws Error (no place) when there are more than kMaxCells.
std::vector<Cell> expand(const Grid& grid);

/// A cell of the unquantized model in which every benchmarked key is null.
Cell original_cell(const Grid& grid, const std::string& framework);

FrameworkArgs framework_args_of(const Json& value);
CalibrationSpec calibration_of(const Json& value);

}  // namespace quantbench::spec
