#pragma once

#include <ATen/ATen.h>

#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "quantbench/model/forward.h"
#include "quantbench/runtime/torch/parameters.h"

namespace quantbench::runtime::torch_plugin {

/// Precision of linear layers.
enum class LinearKind {
  kFloat,
  /// quantized::linear_dynamic: weight qint8, activation quantized in each call.
  kDynamicInt8
};

/// Runs a model's description with libtorch, operation by operation, like PyTorch's eager mode. It
/// uses the kernels that transformers uses (scaled_dot_product_attention, layer_norm, linear).
class TorchForward final : public model::Forward {
 public:
  using Inputs = std::unordered_map<std::string, at::Tensor>;

  /// `reads`: the result of `reads()` of an earlier forward of the same model; empty for the first
  /// forward. With it, a tensor is freed after its last read, as in Python, so the next tensor gets
  /// memory that is still in the cache.
  TorchForward(Parameters& parameters, const Inputs& inputs, LinearKind kind,
               std::span<const int> reads)
      : parameters_(parameters), inputs_(inputs), kind_(kind), expected_reads_(reads) {}

  at::Tensor tensor(model::Value value);
  /// How often each value was read.
  const std::vector<int>& reads() const { return reads_; }

  model::Value input(std::string_view name) override;

  model::Value embedding(model::Value ids, const std::string& weight, std::int64_t rows,
                         std::int64_t columns) override;
  model::Value positions(model::Value ids, std::int64_t limit) override;
  model::Value positions_past_padding(model::Value ids, std::int64_t padding_id) override;
  model::Value zero_token_types(model::Value ids, std::int64_t limit) override;
  model::Value patch_embedding(model::Value pixels, const std::string& name, std::int64_t channels,
                               std::int64_t patch, std::int64_t hidden) override;
  model::Value prepend_tokens(model::Value x, const std::vector<std::string>& names,
                              std::int64_t hidden) override;

  model::Value linear(model::Value x, const std::string& name, std::int64_t in, std::int64_t out,
                      bool bias) override;
  model::Value layer_norm(model::Value x, const std::string& name, std::int64_t size,
                          double epsilon) override;
  model::Value activation(model::Value x, model::Activation activation) override;
  model::Value add(model::Value a, model::Value b) override;
  model::Value add_parameter(model::Value x, const std::string& name,
                             const std::vector<std::int64_t>& shape) override;
  model::Value scale_parameter(model::Value x, const std::string& name, std::int64_t size) override;

  model::Value additive_mask(model::Value attention_mask) override;
  model::Value relative_position_bias(const std::string& table, std::int64_t rows,
                                      std::int64_t heads,
                                      const std::vector<std::int64_t>& index) override;
  model::Value attention(model::Value query, model::Value key, model::Value value,
                         const model::AttentionOptions& options) override;

  model::Value token(model::Value x, std::int64_t index) override;
  model::Value mean_of_patches(model::Value x) override;
  model::Value average(model::Value a, model::Value b) override;
  std::pair<model::Value, model::Value> split_columns(model::Value x) override;

 private:
  model::Value keep(at::Tensor tensor);
  /// The mask for scaled_dot_product_attention: nothing if no position is padding, as in
  /// transformers. The kernel then skips the mask.
  std::optional<at::Tensor> attention_mask(const model::AttentionOptions& options);

  Parameters& parameters_;
  const Inputs& inputs_;
  LinearKind kind_;
  std::span<const int> expected_reads_;
  std::vector<at::Tensor> values_;
  std::vector<int> reads_;
  std::optional<std::pair<int, std::optional<at::Tensor>>> last_mask_;
};

}  // namespace quantbench::runtime::torch_plugin
