#pragma once

#include <string>

#include "quantbench/graph/model.h"

namespace quantbench::graph {

/// Declares type and shape of the tensors inside the graph (GraphProto.value_info) by the ONNX
/// library's shape inference; what the file already says is kept. Payloads of weights are not
/// copied: only constants of up to 1 KiB (shapes, axes) are shown to the library. Nothing is
/// declared for what it cannot tell (operators of other domains, operator sets newer than itself).
///
/// ONNX Runtime fuses more operators where shapes are declared, so a graph with and one without do
/// not give the same bits, nor the same speed. Where the library crashes on a graph, throws, or
/// takes longer than a minute, nothing is declared, and the warning that says so is given back;
/// else "".
[[nodiscard]] std::string infer_shapes(Model& model);

}  // namespace quantbench::graph
