#include "quantbench/runtime/torch/parameters.h"

#include <ATen/core/dispatch/Dispatcher.h>

#include <algorithm>
#include <limits>
#include <optional>

namespace quantbench::runtime::torch_plugin {

namespace {

using PackedLinear = c10::intrusive_ptr<LinearPackedParamsBase>;

PackedLinear pack(const at::Tensor& weight, const std::optional<at::Tensor>& bias) {
  static const auto prepack = c10::Dispatcher::singleton()
                                  .findSchemaOrThrow("quantized::linear_prepack", "")
                                  .typed<PackedLinear(at::Tensor, std::optional<at::Tensor>)>();
  return prepack.call(weight, bias);
}

/// Suppresses libtorch's warnings. It would print for every model that quantized tensors are
/// deprecated, which only concerns programmers.
class NoWarnings final : public c10::WarningHandler {
  void process(const c10::Warning&) override {}
};

/// MinMaxObserver with dtype qint8 and qscheme per_tensor_symmetric, with the same float32
/// arithmetic.
float symmetric_scale(const at::Tensor& weight) {
  const float largest = weight.abs().max().item<float>();
  return std::max(largest / 127.5F, std::numeric_limits<float>::epsilon());
}

}  // namespace

const at::Tensor& Parameters::get(const std::string& name, const std::vector<std::int64_t>& shape) {
  const auto found = tensors_.find(name);
  if (found != tensors_.end()) return found->second;
  const std::vector<float> values = weights_.get(name, shape).to_float();
  at::Tensor tensor = at::empty(shape, at::kFloat);
  std::copy(values.begin(), values.end(), tensor.data_ptr<float>());
  bytes_ += static_cast<std::int64_t>(values.size() * sizeof(float));
  return tensors_.emplace(name, std::move(tensor)).first->second;
}

const PackedLinear& Parameters::packed_linear(const std::string& name, std::int64_t in,
                                              std::int64_t out, bool bias) {
  const auto found = packed_.find(name);
  if (found != packed_.end()) return found->second;
  NoWarnings no_warnings;
  const c10::WarningUtils::WarningHandlerGuard quiet(&no_warnings);
  const at::Tensor weight = get(name + ".weight", {out, in});
  const at::Tensor quantized =
      at::quantize_per_tensor(weight, symmetric_scale(weight), 0, at::kQInt8);
  std::optional<at::Tensor> bias_tensor;
  if (bias) bias_tensor = get(name + ".bias", {out});
  tensors_.erase(name + ".weight");
  bytes_ -= in * out * static_cast<std::int64_t>(sizeof(float) - sizeof(std::int8_t));
  return packed_.emplace(name, pack(quantized, bias_tensor)).first->second;
}

}  // namespace quantbench::runtime::torch_plugin
