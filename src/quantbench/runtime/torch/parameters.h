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

/// The weights of a model as libtorch tensors, float32 as in PyTorch. Each is read from the
/// checkpoint at its first use. After the first forward, all are in memory.
class Parameters {
 public:
  Parameters(const checkpoint::Checkpoint& checkpoint, std::string base_model_prefix)
      : weights_(checkpoint, std::move(base_model_prefix)) {}

  /// Throws Error if the tensor is missing or has another shape.
  const at::Tensor& get(const std::string& name, const std::vector<std::int64_t>& shape);

  /// The linear layer of this name with its weight in qint8, packed for the quantized kernels, as
  /// in torch.ao.quantization.quantize_dynamic: symmetric, one scale per tensor, scale = max|w| /
  /// 127.5.
  const c10::intrusive_ptr<LinearPackedParamsBase>& packed_linear(const std::string& name,
                                                                  std::int64_t in, std::int64_t out,
                                                                  bool bias);

  /// Bytes of all weights; packed weights count with their int8 size.
  std::int64_t bytes() const { return bytes_; }

 private:
  model::Weights weights_;
  std::unordered_map<std::string, at::Tensor> tensors_;
  std::unordered_map<std::string, c10::intrusive_ptr<LinearPackedParamsBase>> packed_;
  std::int64_t bytes_ = 0;
};

}  // namespace quantbench::runtime::torch_plugin
