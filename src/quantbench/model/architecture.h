#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "quantbench/base/registry.h"
#include "quantbench/checkpoint/checkpoint.h"
#include "quantbench/graph/model.h"
#include "quantbench/model/forward.h"

namespace quantbench::model {

struct ExportOptions {
  /// "text-classification", ...
  std::string task;
  /// Default operator set, 11 to 17.
  int opset = 11;
};

/// An output of a model: "logits", "start_logits", ...
struct Output {
  std::string name;
  Value value;
  /// Sizes, or names where they are dynamic: {"batch", 2}.
  std::vector<std::variant<std::int64_t, std::string>> dimensions;
};

/// One model of a family with its configuration read and its head chosen: the description of its
/// forward pass, from which every framework builds what it runs.
class Network {
 public:
  virtual ~Network() = default;
  /// Calls the operations of the forward pass in the order of the layers.
  virtual std::vector<Output> outputs(Forward& forward) const = 0;
};

/// One family of models: knows the names of its weights and how its layers are put together.
class Architecture {
 public:
  virtual ~Architecture() = default;
  /// Inputs the exported graph takes, in order, as transformers' ONNX export names them: input_ids,
  /// attention_mask, token_type_ids (BERT only); pixel_values for images.
  virtual std::vector<std::string> input_names(const checkpoint::Checkpoint& checkpoint) const = 0;
  /// Tasks this architecture has a head for.
  virtual std::vector<std::string> tasks() const = 0;
  /// What checkpoints put before the names of the base model's weights: "bert".
  virtual std::string base_model_prefix() const = 0;
  /// Reads the configuration. Throws Error (unsupported configuration value with its key). `task`
  /// is one of `tasks()`.
  virtual std::unique_ptr<const Network> network(const checkpoint::Checkpoint& checkpoint,
                                                 std::string_view task) const = 0;
};

using ArchitectureRegistry = Registry<Architecture>;  // key: config.json "model_type"
void register_builtin_architectures(ArchitectureRegistry& registry);
/// The registry with the built-in architectures in it.
ArchitectureRegistry& architectures();

/// The architecture of a checkpoint. Throws Error naming config.json when its model_type is
/// unknown or has no head for `task`.
const Architecture& architecture_for(const checkpoint::Checkpoint& checkpoint,
                                     std::string_view task);

/// Exports a checkpoint: float32 ONNX with dynamic `batch` and `sequence` axes, decomposed as the
/// 2022 exporter of transformers did it (LayerNorm: ReduceMean, Sub, Pow, ReduceMean, Add, Sqrt,
/// Div, Mul, Add; GELU: Div, Erf, Add, Mul, Mul; Linear: MatMul with the transposed weight, then
/// Add), since operators_to_quantize and node_exclusion speak of those nodes. Initializers carry
/// the names of the checkpoint's parameters (those of MatMul transposed, [in, out]). Throws Error
/// (missing tensor, wrong shape, unsupported configuration value with its key, unknown model_type
/// or task).
graph::Model export_onnx(const checkpoint::Checkpoint& checkpoint, const ExportOptions& options);

}  // namespace quantbench::model
