#pragma once

#include <filesystem>

#include "quantbench/graph/model.h"
#include "quantbench/runtime/session.h"

namespace quantbench::runtime {

/// Whether what the model computes for a row of a batch is the same whatever the other rows are.
/// Not so with activations quantized at run time: their scale is that of the whole batch.
bool rows_are_independent(const graph::Model& model);
/// Throws Error when an ONNX model cannot be read.
bool rows_are_independent(const Runtime& runtime, const std::filesystem::path& model);

}  // namespace quantbench::runtime
