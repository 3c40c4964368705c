#pragma once

#include "quantbench/base/json.h"
#include "quantbench/spec/document.h"
#include "quantbench/spec/spec.h"

namespace quantbench::spec {

/// Refuses values that are right each for itself but not together. Throws Error with the place of
/// the value that has to go.
void check_combinations(const Node& root, const Json& settings, const Json& fixed,
                        const Json& benchmarked);

/// Refuses cells that lack what they need: static ones need `calibration` and
/// `dataset.calibration_split`. Refuses more than 100000 timings in all.
void check_cells(const Node& root, const Spec& spec);

}  // namespace quantbench::spec
