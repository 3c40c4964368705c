#pragma once

#include <chrono>
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
#include "quantbench/base/parameter.h"
#include "quantbench/base/registry.h"
#include "quantbench/graph/model.h"

namespace quantbench::runtime {

/// Elements of a type other than float32 and int64.
struct OtherValues {
  /// onnx::TensorProto::DataType, which ONNX Runtime numbers alike.
  int data_type = 0;
  /// As in TensorProto::raw_data.
  std::vector<std::byte> bytes = {};
  /// Instead of bytes, for type STRING.
  std::vector<std::string> strings = {};
};

/// A dense tensor in row-major order. The tasks use int64 for token ids and masks, float for pixels
/// and logits. Other types come from a user's calibration data.
struct Tensor {
  std::vector<std::int64_t> shape;
  std::variant<std::vector<float>, std::vector<std::int64_t>, std::shared_ptr<const OtherValues>>
      values;
};

/// Rows [begin, end) of the first axis. Throws Error for OtherValues.
Tensor rows_of(const Tensor& tensor, std::size_t begin, std::size_t end);

/// Bytes that the values take.
std::size_t bytes_of(const Tensor& tensor);

struct NamedTensor {
  std::string name;
  Tensor tensor;
};

/// Element types of tensors that this program reads.
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

/// An output in the runtime's own memory. Valid only during the call of the visitor.
struct TensorView {
  ElementType type = ElementType::kOther;
  std::span<const std::int64_t> shape;
  const void* data = nullptr;  ///< row-major
  std::size_t element_count = 0;

  /// The elements of a kFloat32 view. Throws Error for another type.
  std::span<const float> floats() const;
  /// The elements widened or rounded to float. Throws Error for kOther.
  std::vector<float> to_float() const;
};

/// Called for every output of a forward, with its index in output_names().
using OutputVisitor = std::function<void(std::size_t output, const TensorView& view)>;

/// Called for the input of every `Observe` node as soon as the runtime has computed it. The tensor
/// is not copied, and the runtime frees it as early as without the node. `parallel_for` runs on the
/// runtime's own threads. `index` is the node's attribute of that name. Parallel forwards call this
/// from several threads.
using Observer = std::function<void(std::int64_t index, const TensorView& view,
                                    const ParallelFor& parallel_for)>;

/// Domain and name of the operator. Input: a tensor of any type. First output: the same tensor in
/// place, for its consumers. Second output (optional): a bool `[1]`, always true; as a graph output
/// it keeps a node whose tensor has no consumer.
inline constexpr const char* kObserveDomain = "quantbench";
inline constexpr const char* kObserveOperator = "Observe";

struct SessionOptions {
  /// 0 none, 1 basic, 2 extended, 99 all: ONNX Runtime's graph optimization levels.
  int optimization_level = 0;
  /// Pairs of QuantizeLinear and DequantizeLinear stay and compute in float32: no integer operator
  /// takes their place, and from level 1 on constants are dequantized when the model is opened.
  bool keeps_quantization_pairs = false;
  /// Threads inside one operator; nullopt: the runtime's default (all cores).
  std::optional<int> intra_op_num_threads = std::nullopt;
  /// Head of the model, for runtimes that read checkpoints: the task's name in a spec.
  std::string task = {};
  /// Longest time of a forward for each sample of its batch. A forward that takes longer ends with
  /// an Error. nullopt: QUANTBENCH_FORWARD_SECONDS, or 60 s.
  std::optional<std::chrono::milliseconds> forward_limit = std::nullopt;
  /// For models with Observe nodes. Its exceptions leave the forward unchanged.
  Observer observer = {};
  /// Forwards that are to run at the same time, each on intra_op_num_threads. For runtimes that
  /// make room for them when they open a model.
  int parallel_forwards = 1;
  /// Values of the runtime's own parameters (Runtime::parameters). A missing one has its default.
  Json arguments = Json::object();
};

struct InputInfo {
  std::string name;
  bool is_float = false;
  /// -1: dynamic. Empty: unknown, or a scalar.
  std::vector<std::int64_t> shape;
  ElementType type = ElementType::kOther;
};

struct OutputInfo {
  std::string name;
  std::vector<std::int64_t> shape;  ///< as InputInfo::shape
};

/// A model ready to run. Several threads may call `run` and `run_visit` at the same time. An
/// unknown input and a missing input are both an Error that names the input. Integers and floats
/// are converted to the element type of the model's input (in_type).
class Session {
 public:
  virtual ~Session() = default;
  virtual const std::vector<InputInfo>& inputs() const = 0;
  virtual const std::vector<std::string>& output_names() const = 0;
  /// The same with the shapes that the model declares.
  virtual std::vector<OutputInfo> outputs() const;
  /// Runs once. Outputs have the order of output_names() and are converted to float. Throws Error.
  virtual std::vector<Tensor> run(const std::vector<NamedTensor>& inputs) const;
  /// Runs once and shows the outputs in place. Calibration uses this to read hundreds of
  /// activations per forward, each once. Throws Error, and rethrows the visitor's exceptions.
  virtual void run_visit(const std::vector<NamedTensor>& inputs,
                         const OutputVisitor& visitor) const = 0;

  /// Binds inputs once for repeated timing, so the loop measures the runtime and not our copies.
  class Bound {
   public:
    virtual ~Bound() = default;
    virtual void run() = 0;
  };
  virtual std::unique_ptr<Bound> bind(const std::vector<NamedTensor>& inputs) const = 0;
};

/// Throws Error if the model does not have a given input (with the nearest name), or if one of its
/// inputs is missing. `where` is the model's file or directory.
void check_input_names(const std::vector<InputInfo>& inputs, const std::vector<NamedTensor>& given,
                       const std::string& where);

struct Execution;

/// What a runtime can open.
enum class ModelForm {
  kOnnx,       ///< an ONNX file
  kCheckpoint  ///< a Hugging Face model directory
};

/// How Python loads a model with a runtime's own package.
struct PythonLoading {
  std::string title;   ///< "OpenVINO"
  std::string import;  ///< "import openvino"
  std::string load;    ///< the line that makes `model`
  std::string run = "outputs = model(inputs)";
};

/// A framework that runs models. One file a framework in runtime/runtimes/.
class Runtime {
 public:
  virtual ~Runtime() = default;
  /// What it is, as a noun phrase.
  virtual std::string summary() const { return {}; }
  /// True for the runtime that is meant where a spec names none.
  virtual bool is_default() const { return false; }
  virtual ModelForm model_form() const { return ModelForm::kOnnx; }
  /// True if it quantizes the models it opens. Its rows are then not originals for comparisons.
  virtual bool quantizes() const { return false; }
  /// True if it opens graphs with Observe nodes (`open_graph`), as calibration needs it.
  virtual bool observes() const { return false; }
  /// True if it can write its own fusions back as a graph (`fuse`).
  virtual bool fuses() const { return false; }
  /// Its own keys of `framework_args`; their values reach `open` as SessionOptions::arguments. Keys
  /// that all frameworks have are declared in the spec.
  virtual Parameters parameters() const { return {}; }
  /// Whether SessionOptions::optimization_level has a meaning.
  virtual bool has_optimization_levels() const { return false; }
  /// Why it should not run models whose activations are quantized while they run; empty: it may.
  virtual std::string against_run_time_quantization() const { return {}; }
  /// True if it tells in which precision it runs each operator (`execution`).
  virtual bool tells_precision() const { return false; }
  /// The lines that load a model with these options. `model`: its path as a literal of Python.
  /// nullopt: the runtime has no package of its own that reads ONNX, or it is ONNX Runtime's.
  virtual std::optional<PythonLoading> python_loading(const std::string& model,
                                                      const SessionOptions& options) const {
    static_cast<void>(model);
    static_cast<void>(options);
    return std::nullopt;
  }
  /// Throws Error if the model cannot be loaded.
  virtual std::unique_ptr<Session> open(const std::filesystem::path& model,
                                        const SessionOptions& options) const = 0;
  /// Opens a graph in memory. Its weights stay in place: nothing is written or copied. Throws Error
  /// like `open`, and for runtimes that cannot read ONNX.
  virtual std::unique_ptr<Session> open_graph(const graph::Model& model,
                                              const SessionOptions& options) const;
  /// The model after the runtime's own fusions, which do not depend on the machine: attention,
  /// layer normalization and GELU, for example, become one operator each. Only this runtime may
  /// know these operators. Throws Error if it refuses the model, or does not fuse.
  virtual graph::Model fuse(const graph::Model& model) const;
  /// The operators that run for a model, each with its precision (execution.h). `scratch` is an
  /// empty directory for files; the caller removes it. Call execution_of, which survives a crash.
  /// Throws Error if the model cannot be loaded, or the runtime does not tell its precision.
  virtual Execution execution(const std::filesystem::path& model, const SessionOptions& options,
                              const std::filesystem::path& scratch) const;
  /// Name, version and build facts for the report: {"name": "onnxruntime", "version": "1.32.0"}.
  virtual Json facts() const = 0;
};

using RuntimeRegistry = Registry<Runtime>;
void register_builtin_runtimes(RuntimeRegistry& registry);
RuntimeRegistry& runtimes();

/// The first runtime that observes. Throws Error when this build has none.
const Runtime& observing_runtime();
/// The first runtime that fuses. Throws Error when this build has none.
const Runtime& fusing_runtime();

}  // namespace quantbench::runtime
