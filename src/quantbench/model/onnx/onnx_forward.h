#pragma once

#include <string>
#include <utility>
#include <vector>

#include "quantbench/model/forward.h"
#include "quantbench/model/onnx/builder.h"
#include "quantbench/model/weights.h"

namespace quantbench::model {

/// Writes the forward pass as ONNX nodes, decomposed like the exporter of 2022. Each kind of
/// operation has one file here.
class OnnxForward final : public Forward {
 public:
  OnnxForward(OnnxBuilder& builder, const Weights& weights)
      : builder_(builder), weights_(weights) {}

  /// Declares a model input. Inputs keep the order of the calls.
  void declare_input(const std::string& name);
  const std::string& name_of(Value value) const {
    return names_[static_cast<std::size_t>(value.id)];
  }

  // embeddings.cpp
  Value input(std::string_view name) override;
  Value embedding(Value ids, const std::string& weight, std::int64_t rows,
                  std::int64_t columns) override;
  Value positions(Value ids, std::int64_t limit) override;
  Value positions_past_padding(Value ids, std::int64_t padding_id) override;
  Value zero_token_types(Value ids, std::int64_t limit) override;

  // image.cpp
  Value patch_embedding(Value pixels, const std::string& name, std::int64_t channels,
                        std::int64_t patch, std::int64_t hidden) override;
  Value prepend_tokens(Value x, const std::vector<std::string>& names,
                       std::int64_t hidden) override;
  Value relative_position_bias(const std::string& table, std::int64_t rows, std::int64_t heads,
                               const std::vector<std::int64_t>& index) override;
  Value mean_of_patches(Value x) override;

  // linear.cpp
  Value linear(Value x, const std::string& name, std::int64_t in, std::int64_t out,
               bool bias) override;
  Value add(Value a, Value b) override;
  Value add_parameter(Value x, const std::string& name,
                      const std::vector<std::int64_t>& shape) override;
  Value scale_parameter(Value x, const std::string& name, std::int64_t size) override;

  // layer_norm.cpp
  Value layer_norm(Value x, const std::string& name, std::int64_t size, double epsilon) override;

  // activation.cpp
  Value activation(Value x, Activation activation) override;

  // attention.cpp
  Value additive_mask(Value attention_mask) override;
  Value attention(Value query, Value key, Value value, const AttentionOptions& options) override;

  // heads.cpp
  Value token(Value x, std::int64_t index) override;
  Value average(Value a, Value b) override;
  std::pair<Value, Value> split_columns(Value x) override;

 private:
  Value make(std::string name, int rank);

  /// The checkpoint's tensor as a float32 initializer. A float32 tensor is a view of the mapped
  /// file. Returns its name.
  std::string parameter(const std::string& name, const std::vector<std::int64_t>& shape);
  /// The weight [out, in] of a Linear as [in, out], the form that MatMul needs.
  std::string transposed_parameter(const std::string& name, std::int64_t in, std::int64_t out);

  OnnxBuilder& builder_;
  const Weights& weights_;
  std::vector<std::string> names_;
};

}  // namespace quantbench::model
