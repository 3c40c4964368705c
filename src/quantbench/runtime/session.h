#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/base/parallel.h"
#include "quantbench/base/registry.h"
#include "quantbench/graph/model.h"

namespace quantbench::runtime {

/// A dense tensor in row-major order. int64 for token ids and masks, float for pixels and logits.
struct Tensor {
  std::vector<std::int64_t> shape;
  std::variant<std::vector<float>, std::vector<std::int64_t>> values;
};

struct NamedTensor {
  std::string name;
  Tensor tensor;
};

/// Element types of a runtime's tensors that this program looks into.
enum class ElementType {
  kFloat32,
  kFloat64,
  kFloat16,
  kBFloat16,
  kInt64,
  kInt32,
  kInt16,
  kInt8,
  kUInt8,
  kBool,
  kOther
};

/// An output as the runtime holds it: no copy, valid only while the visitor that got it runs.
struct TensorView {
  ElementType type = ElementType::kOther;
  std::span<const std::int64_t> shape;
  const void* data = nullptr;  ///< row-major
  std::size_t element_count = 0;

  /// The elements, for a view of kFloat32; throws Error for another type.
  std::span<const float> floats() const;
  /// The elements widened or rounded to float. Throws Error for kOther.
  std::vector<float> to_float() const;
};

/// Told of every output of a forward, by its index in output_names().
using OutputVisitor = std::function<void(std::size_t output, const TensorView& view)>;

/// Told of the input of every `Observe` node the moment that the runtime has computed it: no copy
/// is made, and the runtime keeps the tensor no longer than it would have; `parallel_for` runs on
/// the runtime's own threads. `index` is the node's attribute of that name. May be called from
/// several threads when several forwards run at once.
using Observer = std::function<void(std::int64_t index, const TensorView& view,
                                    const ParallelFor& parallel_for)>;

/// Domain and name of the operator. Input: a tensor of any type. Outputs: the same tensor (no copy
/// is made), for those that consume it; and, optional, a bool `[1]` (always true), to be a graph
/// output where the tensor has no consumer, so that the node is not removed.
inline constexpr const char* kObserveDomain = "quantbench";
inline constexpr const char* kObserveOperator = "Observe";

struct SessionOptions {
  /// 0 none, 1 basic, 2 extended, 99 all: ONNX Runtime's graph optimization levels.
  int optimization_level = 0;
  /// Threads inside one operator; nullopt: the runtime's default (all cores).
  std::optional<int> intra_op_num_threads = std::nullopt;
  /// Head of the model, for runtimes that read checkpoints: "text-classification", ...
  std::string task = {};
  /// For models with Observe nodes. What it throws leaves the forward as it is.
  Observer observer = {};
};

struct InputInfo {
  std::string name;
  bool is_float = false;
  /// -1: dynamic.
  std::vector<std::int64_t> shape;
};

/// A model ready to run. `run` and `run_visit` may be called from several threads at once. Inputs
/// the model does not have are an Error, as are missing ones; both name the input.
class Session {
 public:
  virtual ~Session() = default;
  virtual const std::vector<InputInfo>& inputs() const = 0;
  virtual const std::vector<std::string>& output_names() const = 0;
  /// Runs once; outputs in output_names() order, converted to float. Throws Error.
  virtual std::vector<Tensor> run(const std::vector<NamedTensor>& inputs) const;
  /// Runs once and shows the outputs where they lie, for calibration: hundreds of activations a
  /// forward, each read once. Throws Error, as does whatever the visitor throws.
  virtual void run_visit(const std::vector<NamedTensor>& inputs,
                         const OutputVisitor& visitor) const = 0;

  /// Inputs bound once for repeated timing, so that the loop measures the runtime and not our
  /// copies.
  class Bound {
   public:
    virtual ~Bound() = default;
    virtual void run() = 0;
  };
  virtual std::unique_ptr<Bound> bind(const std::vector<NamedTensor>& inputs) const = 0;
};

/// Throws Error when the model has no input of a given name (with the nearest) or one of its inputs
/// is not given; `where` is the model's file or directory.
void check_input_names(const std::vector<InputInfo>& inputs, const std::vector<NamedTensor>& given,
                       const std::string& where);

/// What a runtime opens.
enum class ModelForm {
  kOnnx,       ///< an ONNX file
  kCheckpoint  ///< a Hugging Face model directory
};

/// A framework that runs models: onnxruntime, pytorch (later openvino).
class Runtime {
 public:
  virtual ~Runtime() = default;
  virtual ModelForm model_form() const { return ModelForm::kOnnx; }
  /// True when it quantizes what it opens, so that its rows are no originals to compare with.
  virtual bool quantizes() const { return false; }
  /// Throws Error when the model cannot be loaded.
  virtual std::unique_ptr<Session> open(const std::filesystem::path& model,
                                        const SessionOptions& options) const = 0;
  /// The same for a graph in memory, whose weights stay where they are: nothing is written or
  /// copied. Throws Error as `open` does, and for runtimes that do not read ONNX.
  virtual std::unique_ptr<Session> open_graph(const graph::Model& model,
                                              const SessionOptions& options) const;
  /// Name, version and build facts for the report: {"name": "onnxruntime", "version": "1.32.0"}.
  virtual Json facts() const = 0;
};

using RuntimeRegistry = Registry<Runtime>;
void register_builtin_runtimes(RuntimeRegistry& registry);
RuntimeRegistry& runtimes();

}  // namespace quantbench::runtime
