#pragma once

#include <optional>
#include <vector>

#include "quantbench/graph/model.h"
#include "quantbench/runtime/session.h"

namespace quantbench::runtime {

/// Inputs for one forward, made from the types, shapes and names that the graph declares. The same
/// graph gives the same inputs.
///
/// - A first dimension without a size is 1. Others are 64 in images (rank 4), else 8; dimensions of
///   the same name are equal.
/// - Floats are spread like a normal distribution, uint8 over all values.
/// - Integers that select rows of a table (Gather) are rows of it. Others are 1, also in masks.
///
/// nullopt if an input is not a tensor, or is too large.
std::optional<std::vector<NamedTensor>> generate_inputs(const graph::Model& model);

}  // namespace quantbench::runtime
