#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "quantbench/calibrate/batches.h"
#include "quantbench/calibrate/selection.h"

namespace quantbench::calibrate {

/// Runs the model once and returns the shape of every observed tensor.
using ShapesOf = std::function<std::vector<std::vector<std::int64_t>>(const Batch& batch)>;

/// Finds the batch and sequence axes of every observed tensor: runs small batches of three sizes,
/// cut from `example`, and compares the axes. Needs no shape inference, so it works for any graph.
/// Does not find an axis of which the sequence is only a factor (a flattened `[batch * sequence,
/// hidden]`). nullopt if the example is too small (fewer than 4 tokens), or the model takes inputs
/// of one size only.
std::optional<std::vector<TokenAxes>> find_token_axes(const Batch& example, const ShapesOf& shapes);

}  // namespace quantbench::calibrate
