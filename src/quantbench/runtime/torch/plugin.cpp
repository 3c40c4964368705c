#include "quantbench/runtime/torch/plugin.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <malloc.h>
#include <torch/headeronly/version.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <numeric>
#include <regex>
#include <string_view>
#include <type_traits>

#include "quantbench/base/error.h"
#include "quantbench/base/parallel.h"
#include "quantbench/base/text.h"
#include "quantbench/checkpoint/checkpoint.h"
#include "quantbench/model/architecture.h"
#include "quantbench/model/config.h"
#include "quantbench/runtime/torch/torch_forward.h"

namespace quantbench::runtime::torch_plugin {

namespace {

/// The first meaningful line of a libtorch error. The rest is a stack trace.
std::string first_line(const c10::Error& error) {
  const std::string text(trim(error.what_without_backtrace()));
  return text.substr(0, text.find('\n'));
}

/// Keeps freed memory in the process. By default the C library returns large blocks to the kernel,
/// which zeroes them again, page by page, in every forward. This took a third of the time of an
/// int8 MiniLM on 4 x 128 tokens. Python processes mostly escape this by chance, because other
/// objects lie behind the tensors on the heap.
void keep_freed_memory() {
#ifdef __GLIBC__
  constexpr int kLargestThreshold = 32 << 20;  // limit of glibc
  constexpr int kKeptBytes = 1 << 30;
  ::mallopt(M_MMAP_THRESHOLD, kLargestThreshold);
  ::mallopt(M_TRIM_THRESHOLD, kKeptBytes);
#endif
}

/// The tensor, without a copy. Throws Error if its type, dimensions or number of values do not
/// match the input, because libtorch would read past the end.
at::Tensor borrow(const Tensor& tensor, const InputInfo& input) {
  if (std::holds_alternative<std::shared_ptr<const OtherValues>>(tensor.values)) {
    throw Error("holds values that are neither float32 nor int64");
  }
  const bool is_float = std::holds_alternative<std::vector<float>>(tensor.values);
  if (is_float != input.is_float) {
    throw Error("holds " + std::string(is_float ? "float" : "int64") + " values, expected " +
                (input.is_float ? "float" : "int64"));
  }
  if (tensor.shape.size() != input.shape.size()) {
    throw Error("has shape " + checkpoint::shape_text(tensor.shape) + ", expected " +
                std::to_string(input.shape.size()) + " dimensions");
  }
  const std::int64_t count = std::accumulate(tensor.shape.begin(), tensor.shape.end(),
                                             std::int64_t{1}, std::multiplies<>());
  const auto view = [&](const auto& values, at::ScalarType type) {
    if (static_cast<std::int64_t>(values.size()) != count) {
      throw Error("has " + std::to_string(values.size()) + " values, but shape " +
                  checkpoint::shape_text(tensor.shape) + " takes " + std::to_string(count));
    }
    using Element = typename std::decay_t<decltype(values)>::value_type;
    return at::from_blob(const_cast<Element*>(values.data()), tensor.shape, type);
  };
  return is_float ? view(std::get<std::vector<float>>(tensor.values), at::kFloat)
                  : view(std::get<std::vector<std::int64_t>>(tensor.values), at::kLong);
}

class TorchSession final : public Session {
 public:
  TorchSession(const std::filesystem::path& directory, const SessionOptions& options,
               LinearKind kind)
      : checkpoint_(checkpoint::Checkpoint::open(directory)),
        architecture_(model::architecture_for(checkpoint_, options.task)),
        network_(architecture_.network(checkpoint_, options.task)),
        parameters_(checkpoint_, architecture_.base_model_prefix()),
        kind_(kind),
        threads_(options.intra_op_num_threads.value_or(static_cast<int>(usable_cores()))) {
    describe_inputs();
    // One small forward reads every weight and finds errors. Later forwards may run in parallel,
    // because they only look weights up.
    const auto example = guarded([&] { return example_inputs(); });
    reads_ = forward(example, [&](const std::string& name, const at::Tensor&) {
      output_names_.push_back(name);
    });
  }

  const std::vector<InputInfo>& inputs() const override { return inputs_; }
  const std::vector<std::string>& output_names() const override { return output_names_; }

  void run_visit(const std::vector<NamedTensor>& inputs,
                 const OutputVisitor& visitor) const override {
    std::size_t index = 0;
    forward(named(inputs), [&](const std::string&, const at::Tensor& tensor) {
      const at::Tensor values = tensor.contiguous();
      visitor(index++, {ElementType::kFloat32,
                        {values.sizes().data(), values.sizes().size()},
                        values.const_data_ptr(),
                        static_cast<std::size_t>(values.numel())});
    });
  }

  std::unique_ptr<Bound> bind(const std::vector<NamedTensor>& inputs) const override {
    return std::make_unique<TorchBound>(*this, inputs);
  }

 private:
  class TorchBound final : public Bound {
   public:
    TorchBound(const TorchSession& session, std::vector<NamedTensor> inputs)
        : session_(session), storage_(std::move(inputs)), inputs_(session.named(storage_)) {}
    void run() override {
      session_.forward(inputs_, [](const std::string&, const at::Tensor&) {});
    }

   private:
    const TorchSession& session_;
    std::vector<NamedTensor> storage_;
    TorchForward::Inputs inputs_;
  };

  void describe_inputs() {
    for (const std::string& name : architecture_.input_names(checkpoint_)) {
      const bool image = name == "pixel_values";
      inputs_.push_back({name, image, std::vector<std::int64_t>(image ? 4 : 2, -1)});
    }
  }

  TorchForward::Inputs example_inputs() const {
    TorchForward::Inputs out;
    for (const InputInfo& input : inputs_) {
      if (input.is_float) {
        const model::Config config(checkpoint_);
        const auto size = config.area("image_size", 224);
        out[input.name] = at::zeros({1, config.size("num_channels", 3), size.height, size.width});
      } else {
        out[input.name] = input.name == "attention_mask" ? at::ones({1, 2}, at::kLong)
                                                         : at::zeros({1, 2}, at::kLong);
      }
    }
    return out;
  }

  TorchForward::Inputs named(const std::vector<NamedTensor>& inputs) const {
    const std::string where = checkpoint_.directory().string();
    check_input_names(inputs_, inputs, where);
    TorchForward::Inputs out;
    for (const auto& [name, tensor] : inputs) {
      const auto found = std::ranges::find(inputs_, name, &InputInfo::name);
      out[name] =
          with_context(where + ": input '" + name + "'", [&] { return borrow(tensor, *found); });
    }
    return out;
  }

  /// Calls `visit(name, tensor)` for every output. Returns how often each value was read.
  template <typename Visit>
  std::vector<int> forward(const TorchForward::Inputs& inputs, const Visit& visit) const {
    const c10::InferenceMode inference;
    // libtorch stores the number of OpenMP threads per calling thread.
    thread_local int threads_set = 0;
    if (threads_set != threads_) {
      at::set_num_threads(threads_);
      threads_set = threads_;
    }
    return guarded([&] {
      TorchForward run(parameters_, inputs, kind_, reads_);
      for (const model::Output& output : network_->outputs(run)) {
        visit(output.name, run.tensor(output.value));
      }
      return run.reads();
    });
  }

  /// Runs `body` and converts libtorch's exceptions to Error.
  template <typename Body>
  std::invoke_result_t<Body> guarded(const Body& body) const {
    try {
      return body();
    } catch (const c10::Error& error) {
      throw Error("libtorch: " + first_line(error), checkpoint_.directory().string());
    }
  }

  checkpoint::Checkpoint checkpoint_;
  const model::Architecture& architecture_;
  std::unique_ptr<const model::Network> network_;
  mutable Parameters parameters_;
  LinearKind kind_;
  int threads_;
  std::vector<InputInfo> inputs_;
  std::vector<std::string> output_names_;
  std::vector<int> reads_;
};

/// The pattern's group in at::show_config, or "unknown".
std::string found_in(const std::string& config, const char* pattern) {
  std::smatch found;
  return std::regex_search(config, found, std::regex(pattern)) ? found[1].str() : "unknown";
}

/// "mkl 2024.2", or "open" if the BLAS does not report its version.
std::string blas_of(const std::string& config) {
  const std::string name = found_in(config, "BLAS_INFO=([a-z_]+)");
  if (name != "mkl") return name;
  return name + " " + found_in(config, "Math Kernel Library Version ([0-9.]+)");
}

class TorchRuntime final : public Runtime {
 public:
  TorchRuntime(std::string name, LinearKind kind) : name_(std::move(name)), kind_(kind) {}

  std::unique_ptr<Session> open(const std::filesystem::path& model,
                                const SessionOptions& options) const override {
    return std::make_unique<TorchSession>(model, options, kind_);
  }

  Json facts() const override {
    const std::string config = at::show_config();
    return {{"name", name_},
            {"version", TORCH_VERSION},
            {"blas", blas_of(config)},
            {"onednn", found_in(config, "MKL-DNN v([0-9.]+)")},
            {"cpu_capability", at::get_cpu_capability()},
            {"threads", usable_cores()}};
  }

 private:
  std::string name_;
  LinearKind kind_;
};

}  // namespace

}  // namespace quantbench::runtime::torch_plugin

extern "C" __attribute__((visibility("default"))) quantbench::runtime::Runtime*
quantbench_torch_plugin(int version, const char* name, bool quantizes) {
  using namespace quantbench::runtime::torch_plugin;
  if (version != kPluginVersion) return nullptr;
  keep_freed_memory();
  return new TorchRuntime(name, quantizes ? LinearKind::kDynamicInt8 : LinearKind::kFloat);
}
