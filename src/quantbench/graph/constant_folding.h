#pragma once

#include <cstdint>
#include <optional>

#include "quantbench/graph/model.h"

namespace quantbench::graph {

/// Most dimensions of a tensor that is folded, as numpy has them.
inline constexpr std::size_t kMaxFoldedRank = 64;

/// What folding may cost: a few nodes can double a constant each, so that a file of kilobytes asks
/// for any amount of memory and time.
class FoldingBudget {
 public:
  /// 64 MiB and twice the weights of the model, as float32 where they are float16 or bfloat16: each
  /// may be cast once and transposed once.
  explicit FoldingBudget(const Model& model);

  /// A constant that was part of a node is a weight like the others.
  void add_weight(const Initializer& weight);
  /// Takes `bytes` off what is left; false, and nothing taken, when they are more than that.
  bool take(std::uint64_t bytes);
  /// Bytes that all folding together may make.
  std::uint64_t allowed() const { return allowed_; }
  bool exceeded() const { return exceeded_; }

 private:
  std::uint64_t allowed_;
  std::uint64_t taken_ = 0;
  bool exceeded_ = false;
};

/// A sparse tensor (coordinates or linear indices) with all its zeros. nullopt if it is damaged,
/// not float32 with int64 indices, or larger than the budget.
std::optional<Initializer> dense_of(const onnx::SparseTensorProto& sparse, FoldingBudget& budget);

/// What `node` gives when all it reads is constant: its output as an initializer. nullopt when an
/// input is not constant (a graph input can override a constant of the same name), the operator is
/// none of those that exporters leave over (Constant, Identity, Cast, Shape, Reshape, Squeeze,
/// Unsqueeze, Transpose, Concat and Gather along the first axis, Sqrt, Neg, Add, Sub, Mul, Div
/// without broadcasting but of scalars), the inputs are not what the operator takes, or the output
/// would pass the budget or kMaxFoldedRank.
std::optional<Initializer> evaluate_constant(const Model& model, const onnx::NodeProto& node,
                                             FoldingBudget& budget);

/// Replaces every node that reads constants only by its value, and removes constants that are
/// then unused. Returns the number of nodes. Warns once if the budget ends it.
int fold_constants(Model& model, FoldingBudget& budget);

}  // namespace quantbench::graph
