#pragma once

#include <string>
#include <vector>

#include "quantbench/base/registry.h"
#include "quantbench/checkpoint/checkpoint.h"
#include "quantbench/graph/model.h"

namespace quantbench::model {

struct ExportOptions {
  /// "text-classification", ...
  std::string task;
  /// Default operator set, 11 to 17.
  int opset = 11;
};

/// One family of models: knows the names of its weights and how its layers are put together.
class Architecture {
 public:
  virtual ~Architecture() = default;
  /// Inputs the exported graph takes, in order, as transformers' ONNX export names them: input_ids,
  /// attention_mask, token_type_ids (BERT only).
  virtual std::vector<std::string> input_names(const checkpoint::Checkpoint& checkpoint) const = 0;
  /// Tasks this architecture has a head for.
  virtual std::vector<std::string> tasks() const = 0;
  /// Builds the graph. Throws Error (missing tensor, wrong shape, unsupported configuration value
  /// with its key).
  virtual graph::Model build_onnx(const checkpoint::Checkpoint& checkpoint,
                                  const ExportOptions& options) const = 0;
};

using ArchitectureRegistry = Registry<Architecture>;  // key: config.json "model_type"
void register_builtin_architectures(ArchitectureRegistry& registry);
/// The registry with the built-in architectures in it.
ArchitectureRegistry& architectures();

/// Exports a checkpoint: float32 ONNX with dynamic `batch` and `sequence` axes, decomposed as the
/// 2022 exporter of transformers did it (LayerNorm: ReduceMean, Sub, Pow, ReduceMean, Add, Sqrt,
/// Div, Mul, Add; GELU: Div, Erf, Add, Mul, Mul; Linear: MatMul with the transposed weight, then
/// Add), since operators_to_quantize and node_exclusion speak of those nodes. Throws Error.
graph::Model export_onnx(const checkpoint::Checkpoint& checkpoint, const ExportOptions& options);

}  // namespace quantbench::model
