#pragma once

#include <ATen/ATen.h>
#include <ATen/native/quantized/PackedParams.h>

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "quantbench/checkpoint/checkpoint.h"
#include "quantbench/model/weights.h"

namespace quantbench::runtime::torch_plugin {

/// The weights of a model as libtorch tensors, float32 as PyTorch loads them. Read from the
/// checkpoint when first asked for; after the first forward only looked up.
class Parameters {
 public:
  Parameters(const checkpoint::Checkpoint& checkpoint, std::string base_model_prefix)
      : weights_(checkpoint, std::move(base_model_prefix)) {}

  /// Throws Error when the tensor is missing or has another shape.
  const at::Tensor& get(const std::string& name, const std::vector<std::int64_t>& shape);

  /// The linear layer of that name with its weight in qint8, packed for the quantized kernels, as
  /// torch.ao.quantization.quantize_dynamic packs it: one scale a tensor, symmetric,
  /// scale = max|w| / 127.5.
  const c10::intrusive_ptr<LinearPackedParamsBase>& packed_linear(const std::string& name,
                                                                  std::int64_t in, std::int64_t out,
                                                                  bool bias);

  /// Bytes of all weights, packed ones as their int8 size.
  std::int64_t bytes() const { return bytes_; }

 private:
  model::Weights weights_;
  std::unordered_map<std::string, at::Tensor> tensors_;
  std::unordered_map<std::string, c10::intrusive_ptr<LinearPackedParamsBase>> packed_;
  std::int64_t bytes_ = 0;
};

}  // namespace quantbench::runtime::torch_plugin
