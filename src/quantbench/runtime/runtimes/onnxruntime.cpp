#include <fmt/format.h>
#include <onnxruntime_cxx_api.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <future>
#include <type_traits>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/memory.h"
#include "quantbench/base/text.h"
#include "quantbench/base/thread_group.h"
#include "quantbench/runtime/execution.h"
#include "quantbench/runtime/model_interface.h"
#include "quantbench/runtime/onnxruntime/environment.h"
#include "quantbench/runtime/onnxruntime/forward_limit.h"
#include "quantbench/runtime/onnxruntime/fuse.h"
#include "quantbench/runtime/onnxruntime/in_memory_model.h"
#include "quantbench/runtime/onnxruntime/load_memory.h"
#include "quantbench/runtime/onnxruntime/observe_op.h"
#include "quantbench/runtime/onnxruntime/optimized_graph.h"
#include "quantbench/runtime/session.h"

namespace quantbench::runtime {

namespace {

/// Runs `body` and converts ONNX Runtime's exceptions to Error.
template <typename Body>
decltype(auto) guarded(const std::string& doing, const std::string& where, Body&& body) {
  try {
    return body();
  } catch (const Ort::Exception& error) {
    throw Error(doing + ": " + error.what(), where);
  }
}

GraphOptimizationLevel to_level(int level) {
  switch (level) {
    case 0:
      return ORT_DISABLE_ALL;
    case 1:
      return ORT_ENABLE_BASIC;
    case 2:
      return ORT_ENABLE_EXTENDED;
    case 99:
      return ORT_ENABLE_ALL;
    default:
      throw Error("optimization_level " + std::to_string(level) + " is unknown",
                  "framework_args.optimization_level", "supported: 0, 1, 2, 99");
  }
}

std::size_t elements_in(const std::vector<std::int64_t>& shape) {
  return static_cast<std::size_t>(graph::element_count(shape));
}

void require_elements(std::size_t given, std::size_t expected) {
  if (given == expected) return;
  throw Error("a tensor holds " + std::to_string(given) + " elements, but its shape needs " +
              std::to_string(expected));
}

Ort::Value strings(const std::vector<std::string>& texts, const std::vector<std::int64_t>& shape) {
  require_elements(texts.size(), elements_in(shape));
  Ort::AllocatorWithDefaultOptions allocator;
  Ort::Value value = Ort::Value::CreateTensor(allocator, shape.data(), shape.size(),
                                              ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING);
  std::vector<const char*> pointers;
  for (const std::string& text : texts) pointers.push_back(text.c_str());
  value.FillStringTensor(pointers.data(), pointers.size());
  return value;
}

/// An OrtValue over the tensor's own memory. ONNX Runtime only reads it. Strings are copied.
Ort::Value borrow(const Tensor& tensor) {
  static const Ort::MemoryInfo memory =
      Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  const auto view = [&](const void* data, std::size_t bytes, int type) {
    // Types of a few bits, say: it counts their bytes in its own way.
    return guarded("ONNX Runtime does not take an input of type " + std::to_string(type), {}, [&] {
      return Ort::Value::CreateTensor(memory, const_cast<void*>(data), bytes, tensor.shape.data(),
                                      tensor.shape.size(),
                                      static_cast<ONNXTensorElementDataType>(type));
    });
  };
  if (const auto* floats = std::get_if<std::vector<float>>(&tensor.values)) {
    require_elements(floats->size(), elements_in(tensor.shape));
    return view(floats->data(), bytes_of(tensor), ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT);
  }
  if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&tensor.values)) {
    require_elements(integers->size(), elements_in(tensor.shape));
    return view(integers->data(), bytes_of(tensor), ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64);
  }
  const OtherValues& other = *std::get<std::shared_ptr<const OtherValues>>(tensor.values);
  if (other.data_type == ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING) {
    return strings(other.strings, tensor.shape);
  }
  const auto expected = graph::byte_size(other.data_type, graph::element_count(tensor.shape));
  if (static_cast<std::int64_t>(other.bytes.size()) != expected) {
    throw Error("a tensor holds " + std::to_string(other.bytes.size()) +
                " bytes, but its shape needs " + std::to_string(expected));
  }
  return view(other.bytes.data(), other.bytes.size(), other.data_type);
}

/// QUANTBENCH_FORWARD_SECONDS, or 60 s.
std::chrono::milliseconds usual_forward_limit() {
  constexpr long kUsual = 60;
  constexpr long kMost = 86400;
  const char* text = std::getenv("QUANTBENCH_FORWARD_SECONDS");
  if (text == nullptr || *text == '\0') return std::chrono::seconds(kUsual);
  long seconds = 0;
  const char* end = text + std::strlen(text);
  const auto [stop, failure] = std::from_chars(text, end, seconds);
  if (failure != std::errc() || stop != end || seconds < 1 || seconds > kMost) {
    throw Error("'" + std::string(text) + "' is not a number of seconds",
                "QUANTBENCH_FORWARD_SECONDS", "1 to 86400");
  }
  return std::chrono::seconds(seconds);
}

/// Samples of the batch.
std::int64_t samples_in(const std::vector<NamedTensor>& inputs) {
  std::int64_t samples = 1;
  for (const NamedTensor& input : inputs) {
    if (!input.tensor.shape.empty()) samples = std::max(samples, input.tensor.shape[0]);
  }
  return samples;
}

class OnnxSession final : public Session {
 public:
  OnnxSession(const std::filesystem::path& model, const SessionOptions& options)
      : path_(model.string()), session_(nullptr) {
    const Ort::SessionOptions settings = configure(options);
    Ort::Env& env = environment();
    const MemoryGrowthLimit limit(load_memory_of_file(model));
    session_ = Ort::Session(env, path_.c_str(), settings);
    describe();
  }

  OnnxSession(const graph::Model& model, const SessionOptions& options)
      : path_("model in memory"), session_(nullptr) {
    // Creating the environment reads many system files, so it overlaps with the copying of weights.
    std::future<Ort::Env*> made = run_beside([] { return &environment(); });
    model_ = std::make_unique<InMemoryModel>(model);
    Ort::SessionOptions settings = configure(options);
    model_->add_weights_to(settings);
    Ort::Env& env = *made.get();
    std::uint64_t size = model_->bytes().size();
    for (const std::string& name : model.initializer_names()) {
      size += model.find_initializer(name)->data.bytes.size();
    }
    const MemoryGrowthLimit limit(load_memory(size));
    session_ = Ort::Session(env, model_->bytes().data(), model_->bytes().size(), settings);
    describe();
  }

  const std::vector<InputInfo>& inputs() const override { return inputs_; }
  const std::vector<std::string>& output_names() const override { return output_names_; }
  std::vector<OutputInfo> outputs() const override { return outputs_; }

  void run_visit(const std::vector<NamedTensor>& inputs,
                 const OutputVisitor& visitor) const override {
    check_input_names(inputs_, inputs, path_);
    std::vector<const char*> names;
    std::vector<Ort::Value> values;
    std::deque<Tensor> converted;
    for (const NamedTensor& input : inputs) {
      names.push_back(input.name.c_str());
      values.push_back(with_context("input '" + input.name + "'", [&] {
        const ElementType type = type_of(input.name);
        if (!needs_conversion(input.tensor, type)) return borrow(input.tensor);
        return borrow(converted.emplace_back(in_type(input.tensor, type)));
      }));
    }
    Ort::RunOptions options;
    const std::vector<Ort::Value> outputs = limited(options, inputs, [&] {
      try {
        return session_.Run(options, names.data(), values.data(), values.size(),
                            output_pointers_.data(), output_pointers_.size());
      } catch (const Ort::Exception&) {
        if (observe_) observe_->rethrow();
        throw;
      }
    });
    for (std::size_t i = 0; i < outputs.size(); ++i) show(i, outputs[i], visitor);
  }

  class OnnxBound final : public Bound {
   public:
    OnnxBound(const OnnxSession& session, const std::vector<NamedTensor>& inputs)
        : session_(session), inputs_(inputs), binding_(session.session_) {
      for (NamedTensor& input : inputs_) {
        input.tensor = with_context("input '" + input.name + "'", [&] {
          return in_type(input.tensor, session.type_of(input.name));
        });
        binding_.BindInput(input.name.c_str(), with_context("input '" + input.name + "'",
                                                            [&] { return borrow(input.tensor); }));
      }
      const Ort::MemoryInfo memory =
          Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeDefault);
      for (const char* name : session.output_pointers_) binding_.BindOutput(name, memory);
    }

    void run() override {
      session_.limited(options_, inputs_, [&] { session_.session_.Run(options_, binding_); });
    }

   private:
    const OnnxSession& session_;
    std::vector<NamedTensor> inputs_;
    Ort::RunOptions options_;
    Ort::IoBinding binding_;
  };

  std::unique_ptr<Bound> bind(const std::vector<NamedTensor>& inputs) const override {
    check_input_names(inputs_, inputs, path_);
    return guarded("the inputs cannot be bound", path_,
                   [&] { return std::make_unique<OnnxBound>(*this, inputs); });
  }

 private:
  /// Runs `body`, which runs the model with `options`, for no longer than the inputs may take.
  template <typename Body>
  std::invoke_result_t<Body&> limited(Ort::RunOptions& options,
                                      const std::vector<NamedTensor>& inputs, Body&& body) const {
    // Whatever is asked for: a year is a time that the clock can tell.
    constexpr std::chrono::milliseconds kForEver = std::chrono::hours(24 * 365);
    const std::int64_t samples = samples_in(inputs);
    const ForwardLimit::Watch watch(forward_limit_, options,
                                    std::min(longest_ * samples, kForEver));
    return guarded("the model failed to run", path_, [&] {
      try {
        return body();
      } catch (const Ort::Exception&) {
        if (!watch.expired()) throw;
        const double seconds = std::chrono::duration<double>(longest_).count();
        throw Error(fmt::format("a forward took more than {} s for each of its {} samples and was "
                                "ended",
                                seconds, samples),
                    path_,
                    "does the model loop without end? QUANTBENCH_FORWARD_SECONDS=N allows more");
      }
    });
  }

  Ort::SessionOptions configure(const SessionOptions& options) {
    longest_ = options.forward_limit.value_or(usual_forward_limit());
    Ort::SessionOptions settings;
    settings.SetGraphOptimizationLevel(to_level(options.optimization_level));
    if (options.keeps_quantization_pairs) {
      settings.AddConfigEntry("session.disable_quant_qdq", "1");
    }
    settings.SetExecutionMode(ORT_SEQUENTIAL);
    settings.SetInterOpNumThreads(1);
    if (options.intra_op_num_threads) {
      settings.SetIntraOpNumThreads(*options.intra_op_num_threads);
    }
    if (options.observer) {
      observe_ = std::make_unique<ObserveOperator>(options.observer);
      observe_->add_to(settings);
    }
    return settings;
  }

  void describe() {
    const Ort::AllocatorWithDefaultOptions allocator;
    for (std::size_t i = 0; i < session_.GetInputCount(); ++i) {
      inputs_.push_back(describe_input(i, allocator));
    }
    for (std::size_t i = 0; i < session_.GetOutputCount(); ++i) {
      output_names_.emplace_back(session_.GetOutputNameAllocated(i, allocator).get());
      const Ort::TypeInfo type = session_.GetOutputTypeInfo(i);
      outputs_.push_back({output_names_.back(), {}});
      if (type.GetONNXType() == ONNX_TYPE_TENSOR) {
        outputs_.back().shape = type.GetTensorTypeAndShapeInfo().GetShape();
      }
    }
    for (const std::string& name : output_names_) output_pointers_.push_back(name.c_str());
  }

  InputInfo describe_input(std::size_t index, const Ort::AllocatorWithDefaultOptions& allocator) {
    InputInfo info;
    info.name = session_.GetInputNameAllocated(index, allocator).get();
    const Ort::TypeInfo type = session_.GetInputTypeInfo(index);
    if (type.GetONNXType() == ONNX_TYPE_TENSOR) {
      const auto tensor = type.GetTensorTypeAndShapeInfo();
      info.is_float = tensor.GetElementType() == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
      info.shape = tensor.GetShape();
      info.type = to_element_type(tensor.GetElementType());
    }
    return info;
  }

  ElementType type_of(const std::string& input) const {
    for (const InputInfo& info : inputs_) {
      if (info.name == input) return info.type;
    }
    return ElementType::kOther;
  }

  void show(std::size_t index, const Ort::Value& value, const OutputVisitor& visitor) const {
    TensorView view;
    std::vector<std::int64_t> shape;
    if (value.IsTensor()) {
      const auto info = value.GetTensorTypeAndShapeInfo();
      shape = info.GetShape();
      view.type = to_element_type(info.GetElementType());
      view.element_count = info.GetElementCount();
      if (view.type != ElementType::kOther) view.data = value.GetTensorRawData();
    }
    view.shape = shape;
    with_context("output '" + output_names_[index] + "'", [&] { visitor(index, view); });
  }

  std::string path_;
  std::unique_ptr<ObserveOperator> observe_;
  std::unique_ptr<InMemoryModel> model_;
  std::chrono::milliseconds longest_{0};
  mutable ForwardLimit forward_limit_;
  /// Ort::Session::Run is thread-safe, but not declared const.
  mutable Ort::Session session_;
  std::vector<InputInfo> inputs_;
  std::vector<std::string> output_names_;
  std::vector<OutputInfo> outputs_;
  std::vector<const char*> output_pointers_;
};

class OnnxRuntime final : public Runtime {
 public:
  std::string summary() const override { return "the exported graph in ONNX Runtime"; }
  bool is_default() const override { return true; }
  bool observes() const override { return true; }
  bool fuses() const override { return true; }
  bool has_optimization_levels() const override { return true; }
  bool tells_precision() const override { return true; }
  std::unique_ptr<Session> open(const std::filesystem::path& model,
                                const SessionOptions& options) const override {
    return guarded("cannot load the model", model.string(),
                   [&] { return std::make_unique<OnnxSession>(model, options); });
  }

  std::unique_ptr<Session> open_graph(const graph::Model& model,
                                      const SessionOptions& options) const override {
    return guarded("cannot load the model", "model in memory",
                   [&] { return std::make_unique<OnnxSession>(model, options); });
  }

  graph::Model fuse(const graph::Model& model) const override { return fuse_operators(model); }

  Execution execution(const std::filesystem::path& model, const SessionOptions& options,
                      const std::filesystem::path& scratch) const override {
    return guarded("cannot load the model", model.string(), [&] {
      const graph::Model optimized =
          optimized_graph(model, to_level(options.optimization_level), scratch);
      return Execution{graph::arithmetic_of(optimized), graph::contents_of(optimized).constants};
    });
  }

  Json facts() const override {
    return {{"name", "onnxruntime"},
            {"version", Ort::GetVersionString()},
            {"providers", Ort::GetAvailableProviders()},
            {"build", Ort::GetBuildInfoString()}};
  }
};

}  // namespace

void register_onnxruntime(RuntimeRegistry& registry) {
  registry.add("onnxruntime", std::make_unique<OnnxRuntime>());
}

}  // namespace quantbench::runtime
