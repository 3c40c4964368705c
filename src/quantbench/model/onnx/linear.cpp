#include <algorithm>

#include "quantbench/model/onnx/onnx_forward.h"

namespace quantbench::model {

/// Before: y = x W^T + b, W [out, in]
/// After:  on tokens, [batch, sequence, in]: MatMul(x, W^T), Add(b, .)
///         on pooled vectors, [batch, in]:   Gemm(x, W, b), transB = 1
Value OnnxForward::linear(Value x, const std::string& name, std::int64_t in, std::int64_t out,
                          bool bias) {
  const std::string weight_name = name + ".weight";
  if (x.rank == 2 && bias) {
    const std::string weight = parameter(weight_name, {out, in});
    const std::string bias_name = parameter(name + ".bias", {out});
    return make(builder_.node("Gemm", {name_of(x), weight, bias_name},
                              {{"alpha", 1.0F}, {"beta", 1.0F}, {"transB", std::int64_t{1}}}),
                2);
  }
  const std::string weight = transposed_parameter(weight_name, in, out);
  const std::string product = builder_.node("MatMul", {name_of(x), weight});
  if (!bias) return make(product, x.rank);
  return make(builder_.node("Add", {parameter(name + ".bias", {out}), product}), x.rank);
}

Value OnnxForward::add(Value a, Value b) {
  return make(builder_.node("Add", {name_of(a), name_of(b)}), std::max(a.rank, b.rank));
}

Value OnnxForward::add_parameter(Value x, const std::string& name,
                                 const std::vector<std::int64_t>& shape) {
  return make(builder_.node("Add", {name_of(x), parameter(name, shape)}), x.rank);
}

Value OnnxForward::scale_parameter(Value x, const std::string& name, std::int64_t size) {
  return make(builder_.node("Mul", {parameter(name, {size}), name_of(x)}), x.rank);
}

}  // namespace quantbench::model
