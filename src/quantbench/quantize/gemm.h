#pragma once

#include <map>
#include <string>

#include "quantbench/graph/model.h"

namespace quantbench::quantize {

/// Replaces each Gemm that is a plain linear layer (alpha = beta = 1, A not transposed).
/// MatMulInteger can then quantize it; there is no integer Gemm:
///
///   Before                          After
///   A, B, C -> Gemm -> Y            A, B' -> MatMul -> Y_MatMul;  Y_MatMul, C -> Add -> Y
///
/// B' is B, or with transB a transposed copy (a constant) or the output of a Transpose. Returns:
/// output of each new MatMul -> name of its Gemm (its output if unnamed).
std::map<std::string, std::string> replace_gemm_with_matmul(graph::Model& model);

}  // namespace quantbench::quantize
