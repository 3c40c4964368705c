#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "quantbench/checkpoint/checkpoint.h"

namespace quantbench::model {

/// Finds a model's tensors under all names that checkpoints use. For
/// "bert.embeddings.LayerNorm.weight" it also accepts:
/// - "embeddings.LayerNorm.weight": saved from the base model, without its prefix
/// - "bert.embeddings.LayerNorm.gamma": converted from TensorFlow (gamma, beta)
class Weights {
 public:
  Weights(const checkpoint::Checkpoint& checkpoint, std::string base_model_prefix)
      : checkpoint_(checkpoint), prefix_(std::move(base_model_prefix) + ".") {}

  /// Throws Error naming the weight if it is missing (with the nearest name) or has another shape.
  const checkpoint::Tensor& get(const std::string& name,
                                const std::vector<std::int64_t>& shape) const;

 private:
  std::string name_in_checkpoint(const std::string& name) const;

  const checkpoint::Checkpoint& checkpoint_;
  std::string prefix_;
};

}  // namespace quantbench::model
