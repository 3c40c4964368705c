#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "quantbench/graph/model.h"
#include "quantbench/runtime/session.h"

namespace quantbench::runtime {

/// The name of an input or output without the number that tf2onnx appends: "logits" for "logits:0".
std::string_view without_number(std::string_view name);

/// What a model takes and gives.
struct ModelInterface {
  std::vector<InputInfo> inputs;
  std::vector<OutputInfo> outputs;
};

/// As the graph declares it, without opening the model.
ModelInterface interface_of(const graph::Model& model);

/// Rows that every batch must have; 0: the model takes batches of any size.
std::int64_t fixed_batch(const std::vector<InputInfo>& inputs);

/// A session that takes batches of any size. If the model takes only one size, a larger batch is
/// run in parts, and a smaller one is filled up with copies of its last row.
std::unique_ptr<Session> with_any_batch(std::unique_ptr<Session> session);

/// The tensor in the element type of a model's input: int64 as int32, float as float16, ... Throws
/// Error if a value does not fit. Tensors of the right type and OtherValues stay as they are.
Tensor in_type(const Tensor& tensor, ElementType type);
/// Whether in_type would change it.
bool needs_conversion(const Tensor& tensor, ElementType type);

}  // namespace quantbench::runtime
