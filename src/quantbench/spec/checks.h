#pragma once

#include <functional>
#include <string>

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

/// The place of `key.sub` for a message.
using PlaceOf = std::function<std::string(const std::string& key, const std::string& sub)>;

/// Refuses keys that only other tasks have. Throws Error.
void check_task_keys(const Schema& keys, const std::string& task, const Json& task_args,
                     const Json& dataset, const PlaceOf& place_of);

/// Refuses cells that lack what they need (where the approach calibrates: `calibration` and
/// `dataset.calibration_split`), values that a cell's approach does not take, and keys of
/// framework_args and of the quantization that have no meaning in any cell. Refuses more than
/// 100000 timings in all.
void check_cells(const Grid& grid, const Node& root, const Spec& spec);

}  // namespace quantbench::spec
