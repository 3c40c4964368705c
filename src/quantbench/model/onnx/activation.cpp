#include <numbers>

#include "quantbench/model/onnx/onnx_forward.h"

namespace quantbench::model {

namespace {

/// x * (1 + erf(x / sqrt 2)) * 0.5: Div, Erf, Add, Mul, Mul.
std::string gelu(OnnxBuilder& builder, const std::string& x) {
  const std::string root = builder.constant(std::numbers::sqrt2_v<float>);
  const std::string erf = builder.node("Erf", {builder.node("Div", {x, root})});
  const std::string one = builder.constant(1.0F);
  const std::string doubled = builder.node("Mul", {x, builder.node("Add", {erf, one})});
  const std::string half = builder.constant(0.5F);
  return builder.node("Mul", {doubled, half});
}

/// 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))): Mul, Pow, Mul, Add, Mul, Tanh, Add, Mul
/// (Hendrycks and Gimpel 2016, section 2).
std::string gelu_tanh(OnnxBuilder& builder, const std::string& x) {
  const std::string half = builder.node("Mul", {x, builder.constant(0.5F)});
  const std::string cube = builder.node("Pow", {x, builder.constant(3.0F)});
  const std::string term = builder.node("Mul", {cube, builder.constant(0.044715F)});
  const std::string sum = builder.node("Add", {x, term});
  const std::string scaled = builder.node("Mul", {sum, builder.constant(0.7978845608028654F)});
  const std::string tanh = builder.node("Tanh", {scaled});
  return builder.node("Mul", {half, builder.node("Add", {tanh, builder.constant(1.0F)})});
}

/// x * sigmoid(1.702 x).
std::string quick_gelu(OnnxBuilder& builder, const std::string& x) {
  const std::string scaled = builder.node("Mul", {x, builder.constant(1.702F)});
  return builder.node("Mul", {x, builder.node("Sigmoid", {scaled})});
}

std::string silu(OnnxBuilder& builder, const std::string& x) {
  return builder.node("Mul", {x, builder.node("Sigmoid", {x})});
}

std::string nodes_of(OnnxBuilder& builder, const std::string& x, Activation activation) {
  switch (activation) {
    case Activation::kGelu:
      return gelu(builder, x);
    case Activation::kGeluTanh:
      return gelu_tanh(builder, x);
    case Activation::kQuickGelu:
      return quick_gelu(builder, x);
    case Activation::kRelu:
      return builder.node("Relu", {x});
    case Activation::kSilu:
      return silu(builder, x);
    case Activation::kTanh:
      return builder.node("Tanh", {x});
    case Activation::kSigmoid:
      return builder.node("Sigmoid", {x});
    case Activation::kLinear:
      return x;
  }
  return x;
}

}  // namespace

Value OnnxForward::activation(Value x, Activation activation) {
  return make(nodes_of(builder_, name_of(x), activation), x.rank);
}

}  // namespace quantbench::model
