#pragma once

#include "quantbench/graph/model.h"

namespace quantbench::quantize {

/// Oldest operator set that every approach quantizes.
inline constexpr std::int64_t kOldestOpset = 11;

/// Converts a model of an older operator set (graph::convert_opset), to 13, else to 11. Runs the
/// model before and after with made-up inputs and takes the conversion only if their outputs agree.
/// Logs what it did. If neither works, a model of operator set `oldest` or later stays as it is,
/// and Error is thrown for an older one.
void require_opset(graph::Model& model, std::int64_t oldest = kOldestOpset);

}  // namespace quantbench::quantize
