#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace quantbench::model {

/// The activation functions that config.json can name ("hidden_act", "activation"), by the names
/// of transformers' ACT2FN; names for the same function share a value.
enum class Activation {
  kGelu,       ///< x * Phi(x), with erf: "gelu", "gelu_python"
  kGeluTanh,   ///< its tanh approximation: "gelu_new", "gelu_pytorch_tanh", "gelu_accurate", ...
  kQuickGelu,  ///< x * sigmoid(1.702 x)
  kRelu,
  kSilu,  ///< x * sigmoid(x): "silu", "swish"
  kTanh,
  kSigmoid,
  kLinear,
};

/// Throws Error "unknown activation 'gleu' (did you mean 'gelu'?)".
Activation parse_activation(std::string_view name);
/// Every name that `parse_activation` takes.
std::vector<std::string> activation_names();

}  // namespace quantbench::model
