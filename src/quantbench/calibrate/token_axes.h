#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "quantbench/calibrate/batches.h"
#include "quantbench/calibrate/selection.h"

namespace quantbench::calibrate {

/// Runs the model once and tells the shape of every observed tensor.
using ShapesOf = std::function<std::vector<std::vector<std::int64_t>>(const Batch& batch)>;

/// Finds the batch and sequence axes of every observed tensor by running small batches of three
/// sizes cut from `example` and watching which axes follow: no shape inference, so it works for any
/// graph. An axis of which the sequence is only a factor (a flattened `[batch * sequence, hidden]`)
/// is not found. nullopt when the example is too small to tell (fewer than 4 tokens), or the model
/// runs only with inputs of one size.
std::optional<std::vector<TokenAxes>> find_token_axes(const Batch& example, const ShapesOf& shapes);

}  // namespace quantbench::calibrate
