#pragma once

#include "quantbench/base/json.h"
#include "quantbench/spec/document.h"
#include "quantbench/spec/grid.h"
#include "quantbench/spec/schema.h"
#include "quantbench/spec/spec.h"

namespace quantbench::spec {

/// Refuses values that are right each for itself but not together. Throws Error with the place of
/// the value that has to go.
void check_combinations(const Schema& keys, const Node& root, const Json& settings,
                        const Json& fixed, const Json& benchmarked);

/// Refuses cells that lack what they need (where the approach calibrates: `calibration` and
/// `dataset.calibration_split`), values that a cell's approach does not take, and keys of the
/// quantization that have no meaning in any cell. Refuses more than 100000 timings in all.
void check_cells(const Grid& grid, const Node& root, const Spec& spec);

}  // namespace quantbench::spec
