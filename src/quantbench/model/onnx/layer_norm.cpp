#include "quantbench/model/onnx/onnx_forward.h"

namespace quantbench::model {

/// Before: y = (x - E[x]) / sqrt(Var[x] + epsilon) * weight + bias, over the last axis
/// After:  ReduceMean, Sub, Pow, ReduceMean, Add, Sqrt, Div, Mul, Add
/// (LayerNormalization exists since operator set 17; the exporter of 2022 did not use it.)
Value OnnxForward::layer_norm(Value x, const std::string& name, std::int64_t size, double epsilon) {
  const std::vector<Attribute> last_axis = {{"axes", std::vector<std::int64_t>{-1}}};
  const std::string mean = builder_.node("ReduceMean", {name_of(x)}, last_axis);
  const std::string centred = builder_.node("Sub", {name_of(x), mean});
  const std::string two = builder_.constant(2.0F);
  const std::string squared = builder_.node("Pow", {centred, two});
  const std::string variance = builder_.node("ReduceMean", {squared}, last_axis);
  const std::string epsilon_constant = builder_.constant(static_cast<float>(epsilon));
  const std::string stabilized = builder_.node("Add", {variance, epsilon_constant});
  const std::string deviation = builder_.node("Sqrt", {stabilized});
  const std::string normalized = builder_.node("Div", {centred, deviation});
  const std::string scaled =
      builder_.node("Mul", {normalized, parameter(name + ".weight", {size})});
  return make(builder_.node("Add", {scaled, parameter(name + ".bias", {size})}), x.rank);
}

}  // namespace quantbench::model
