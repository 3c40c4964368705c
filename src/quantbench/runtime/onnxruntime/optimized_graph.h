#pragma once

#include <onnxruntime_cxx_api.h>

#include <filesystem>

#include "quantbench/graph/model.h"

namespace quantbench::runtime {

/// The graph that ONNX Runtime executes for a model at this optimization level. Writes it to a file
/// in `scratch`, of the model's size, which may be removed afterwards. Throws Ort::Exception if
/// ONNX Runtime refuses the model.
graph::Model optimized_graph(const std::filesystem::path& model, GraphOptimizationLevel level,
                             const std::filesystem::path& scratch);

}  // namespace quantbench::runtime
