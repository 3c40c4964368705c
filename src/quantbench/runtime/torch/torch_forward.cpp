#include "quantbench/runtime/torch/torch_forward.h"

#include <ATen/core/dispatch/Dispatcher.h>

#include <limits>

#include "quantbench/base/error.h"

namespace quantbench::runtime::torch_plugin {

using model::Activation;
using model::Value;

Value TorchForward::keep(at::Tensor tensor) {
  const int rank = tensor.defined() ? static_cast<int>(tensor.dim()) : 0;
  values_.push_back(std::move(tensor));
  reads_.push_back(0);
  return {static_cast<int>(values_.size()) - 1, rank};
}

at::Tensor TorchForward::tensor(Value value) {
  const auto id = static_cast<std::size_t>(value.id);
  const bool last = id < expected_reads_.size() && ++reads_[id] == expected_reads_[id];
  if (expected_reads_.empty()) ++reads_[id];
  return last ? std::move(values_[id]) : values_[id];
}

Value TorchForward::input(std::string_view name) {
  const auto found = inputs_.find(std::string(name));
  if (found == inputs_.end())
    throw Error("the model's input '" + std::string(name) + "' is missing");
  return keep(found->second);
}

Value TorchForward::embedding(Value ids, const std::string& weight, std::int64_t rows,
                              std::int64_t columns) {
  return keep(at::embedding(parameters_.get(weight, {rows, columns}), tensor(ids)));
}

Value TorchForward::positions(Value ids, std::int64_t) {
  return keep(at::arange(tensor(ids).size(1), at::kLong).unsqueeze(0));
}

Value TorchForward::positions_past_padding(Value ids, std::int64_t padding_id) {
  const at::Tensor real = tensor(ids).ne(padding_id).to(at::kLong);
  return keep(at::cumsum(real, 1).mul(real).add(padding_id));
}

Value TorchForward::zero_token_types(Value ids, std::int64_t) {
  return keep(at::zeros_like(tensor(ids)));
}

Value TorchForward::patch_embedding(Value pixels, const std::string& name, std::int64_t channels,
                                    std::int64_t patch, std::int64_t hidden) {
  const at::Tensor& weight = parameters_.get(name + ".weight", {hidden, channels, patch, patch});
  const at::Tensor patches =
      at::conv2d(tensor(pixels), weight, parameters_.get(name + ".bias", {hidden}), {patch, patch});
  return keep(patches.flatten(2).transpose(1, 2));
}

Value TorchForward::prepend_tokens(Value x, const std::vector<std::string>& names,
                                   std::int64_t hidden) {
  std::vector<at::Tensor> parts;
  for (const std::string& name : names)
    parts.push_back(parameters_.get(name, {1, 1, hidden}).expand({tensor(x).size(0), 1, hidden}));
  parts.push_back(tensor(x));
  return keep(at::cat(parts, 1));
}

Value TorchForward::linear(Value x, const std::string& name, std::int64_t in, std::int64_t out,
                           bool bias) {
  if (kind_ == LinearKind::kDynamicInt8) {
    static const auto linear_dynamic =
        c10::Dispatcher::singleton()
            .findSchemaOrThrow("quantized::linear_dynamic", "")
            .typed<at::Tensor(at::Tensor, const c10::intrusive_ptr<LinearPackedParamsBase>&,
                              bool)>();
    // reduce_range as in PyTorch's dynamic Linear: 7-bit activations, no overflow on AVX2.
    return keep(linear_dynamic.call(tensor(x), parameters_.packed_linear(name, in, out, bias),
                                    /*reduce_range=*/true));
  }
  const at::Tensor weight = parameters_.get(name + ".weight", {out, in});
  if (!bias) return keep(at::linear(tensor(x), weight));
  return keep(at::linear(tensor(x), weight, parameters_.get(name + ".bias", {out})));
}

Value TorchForward::layer_norm(Value x, const std::string& name, std::int64_t size,
                               double epsilon) {
  const at::Tensor weight = parameters_.get(name + ".weight", {size});
  return keep(
      at::layer_norm(tensor(x), {size}, weight, parameters_.get(name + ".bias", {size}), epsilon));
}

Value TorchForward::activation(Value x, Activation activation) {
  const at::Tensor values = tensor(x);
  switch (activation) {
    case Activation::kGelu:
      return keep(at::gelu(values));
    case Activation::kGeluTanh:
      return keep(at::gelu(values, "tanh"));
    case Activation::kQuickGelu:
      return keep(values * at::sigmoid(1.702 * values));
    case Activation::kRelu:
      return keep(at::relu(values));
    case Activation::kSilu:
      return keep(at::silu(values));
    case Activation::kTanh:
      return keep(at::tanh(values));
    case Activation::kSigmoid:
      return keep(at::sigmoid(values));
    case Activation::kLinear:
      return x;
  }
  throw Error("this activation is not implemented for libtorch");
}

Value TorchForward::add(Value a, Value b) { return keep(tensor(a) + tensor(b)); }

Value TorchForward::add_parameter(Value x, const std::string& name,
                                  const std::vector<std::int64_t>& shape) {
  return keep(tensor(x) + parameters_.get(name, shape));
}

Value TorchForward::scale_parameter(Value x, const std::string& name, std::int64_t size) {
  return keep(tensor(x) * parameters_.get(name, {size}));
}

Value TorchForward::additive_mask(Value attention_mask) {
  const at::Tensor padding = tensor(attention_mask).eq(0);
  if (!padding.any().item<bool>()) return keep(at::Tensor());
  const at::Tensor mask = at::zeros(padding.sizes(), at::kFloat);
  return keep(
      mask.masked_fill(padding, std::numeric_limits<float>::lowest()).unsqueeze(1).unsqueeze(1));
}

Value TorchForward::relative_position_bias(const std::string& table, std::int64_t rows,
                                           std::int64_t heads,
                                           const std::vector<std::int64_t>& index) {
  const at::Tensor positions = at::tensor(index, at::kLong);
  std::int64_t side = 0;
  while (side * side < positions.numel()) ++side;
  return keep(at::embedding(parameters_.get(table, {rows, heads}), positions)
                  .view({side, side, heads})
                  .permute({2, 0, 1})
                  .unsqueeze(0)
                  .contiguous());
}

std::optional<at::Tensor> TorchForward::attention_mask(const model::AttentionOptions& options) {
  std::optional<at::Tensor> mask;
  if (options.mask) {
    if (!last_mask_ || last_mask_->first != options.mask->id) {
      const Value additive = options.form == model::AttentionForm::kScaleScores
                                 ? *options.mask
                                 : additive_mask(*options.mask);
      const at::Tensor values = tensor(additive);
      last_mask_.emplace(options.mask->id, values.defined() ? std::optional(values) : std::nullopt);
    }
    mask = last_mask_->second;
  }
  if (options.bias) mask = mask ? *mask + tensor(*options.bias) : tensor(*options.bias);
  return mask;
}

Value TorchForward::attention(Value query, Value key, Value value,
                              const model::AttentionOptions& options) {
  const auto heads = [&](Value x) {
    const at::Tensor values = tensor(x);
    return values.view({values.size(0), values.size(1), options.heads, options.head_size})
        .transpose(1, 2);
  };
  const std::optional<at::Tensor> mask = attention_mask(options);
  const at::Tensor context =
      at::scaled_dot_product_attention(heads(query), heads(key), heads(value), mask);
  const at::Tensor merged = context.transpose(1, 2).contiguous();
  return keep(merged.view({merged.size(0), merged.size(1), options.heads * options.head_size}));
}

Value TorchForward::token(Value x, std::int64_t index) { return keep(tensor(x).select(1, index)); }

Value TorchForward::mean_of_patches(Value x) {
  return keep(tensor(x).slice(1, 1).mean(std::vector<std::int64_t>{1}));
}

Value TorchForward::average(Value a, Value b) { return keep((tensor(a) + tensor(b)) / 2); }

std::pair<Value, Value> TorchForward::split_columns(Value x) {
  const at::Tensor first = tensor(x).select(-1, 0).contiguous();
  const at::Tensor second = tensor(x).select(-1, 1).contiguous();
  const Value a = keep(first);
  return {a, keep(second)};
}

}  // namespace quantbench::runtime::torch_plugin
