#pragma once

#include <cstdint>
#include <string>

#include "quantbench/graph/model.h"

namespace quantbench::graph {

/// Raises the model's operator set with the ONNX library's version converter, in a process of its
/// own: it crashes on some graphs. Weights are not copied. The bodies of If, Loop and Scan are not
/// converted, so whoever calls this compares the outputs.
///
/// Returns why it failed, with the model unchanged; "" if it did not. Models with local functions
/// are refused, because the converter drops them.
[[nodiscard]] std::string convert_opset(Model& model, std::int64_t target);

}  // namespace quantbench::graph
