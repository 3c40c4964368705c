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
  /// The task's name in a spec: its head is exported.
  std::string task;
  /// Default operator set, 11 to 17.
  int opset = 11;
};

/// An output of a model: "logits", "start_logits", ...
struct Output {
  std::string name;
  Value value;
  /// Sizes, or names of dynamic dimensions: {"batch", 2}.
  std::vector<std::variant<std::int64_t, std::string>> dimensions;
};

/// One model of a family, with its configuration and its head: the description of its forward pass.
/// Every framework builds its model from this description.
class Network {
 public:
  virtual ~Network() = default;
  /// Calls the operations of the forward pass, in the order of the layers.
  virtual std::vector<Output> outputs(Forward& forward) const = 0;
};

/// One family of models: the names of its weights and the structure of its layers.
class Architecture {
 public:
  virtual ~Architecture() = default;
  /// Inputs of the exported graph, in order, with the names of transformers' ONNX export:
  /// input_ids, attention_mask, token_type_ids (BERT only); pixel_values for images.
  virtual std::vector<std::string> input_names(const checkpoint::Checkpoint& checkpoint) const = 0;
  /// Tasks for which this architecture has a head.
  virtual std::vector<std::string> tasks() const = 0;
  /// Prefix of the base model's weights in a checkpoint: "bert".
  virtual std::string base_model_prefix() const = 0;
  /// Reads the configuration. Throws Error naming the key of an unsupported value. `task` is one of
  /// `tasks()`.
  virtual std::unique_ptr<const Network> network(const checkpoint::Checkpoint& checkpoint,
                                                 std::string_view task) const = 0;
};

using ArchitectureRegistry = Registry<Architecture>;  // key: config.json "model_type"
void register_builtin_architectures(ArchitectureRegistry& registry);
/// The registry, with the built-in architectures.
ArchitectureRegistry& architectures();

/// The architecture of a checkpoint. Throws Error naming config.json if its model_type is unknown
/// or has no head for `task`.
const Architecture& architecture_for(const checkpoint::Checkpoint& checkpoint,
                                     std::string_view task);

/// Exports a checkpoint as float32 ONNX with dynamic `batch` and `sequence` axes. Operators are
/// decomposed as transformers' exporter of 2022 did, because operators_to_quantize and
/// node_exclusion name these nodes: LayerNorm: ReduceMean, Sub, Pow, ReduceMean, Add, Sqrt, Div,
/// Mul, Add; GELU: Div, Erf, Add, Mul, Mul; Linear: MatMul with the transposed weight, then Add.
/// Initializers have the names of the checkpoint's parameters; weights of MatMul are transposed to
/// [in, out]. Throws Error: missing tensor, wrong shape, unsupported configuration value with its
/// key, unknown model_type or task.
graph::Model export_onnx(const checkpoint::Checkpoint& checkpoint, const ExportOptions& options);

}  // namespace quantbench::model
