#pragma once

#include <filesystem>

#include "quantbench/graph/model.h"
#include "quantbench/runtime/session.h"

namespace quantbench::runtime {

/// Whether the model's result for a row of a batch is independent of the other rows. It is not if
/// activations are quantized at run time, because their scale depends on the whole batch.
bool rows_are_independent(const graph::Model& model);
/// Throws Error if an ONNX model cannot be read.
bool rows_are_independent(const Runtime& runtime, const std::filesystem::path& model);

}  // namespace quantbench::runtime
