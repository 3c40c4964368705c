#pragma once

#include "quantbench/graph/model.h"

namespace quantbench::quantize {

/// Oldest operator set that both approaches quantize.
inline constexpr std::int64_t kOldestOpset = 11;

/// Converts a model of an older operator set (graph::convert_opset), to 13, else to 11. Runs the
/// model before and after with made-up inputs and takes the conversion only if their outputs agree.
/// Logs what it did. Throws Error if neither works; a model of operator set 10 then stays as it is,
/// which static quantization takes.
void modernize_opset(graph::Model& model);

}  // namespace quantbench::quantize
