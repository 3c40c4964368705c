#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/plugin.h"
#include "quantbench/runtime/execution.h"
#include "quantbench/runtime/openvino/plugin.h"
#include "quantbench/runtime/session.h"

namespace quantbench::runtime {

namespace {

constexpr const char* kOpenVinoHint =
    "build with OpenVINO (scripts/bootstrap --openvino, then make build); LD_LIBRARY_PATH sets "
    "another directory of OpenVINO, QUANTBENCH_PLUGINS the plug-in's directory";

/// The OpenVINO plug-in. It is loaded at its first use, so the program starts without OpenVINO.
class OpenVinoLoader final : public Runtime {
 public:
  explicit OpenVinoLoader(std::string framework) : framework_(std::move(framework)) {}

  std::string summary() const override { return "the exported graph in OpenVINO"; }

  Parameters parameters() const override {
    return {{.name = openvino_plugin::kPrecisionKey,
             .fallback = openvino_plugin::kFloat32,
             .allowed = {openvino_plugin::kFloat32, openvino_plugin::kBFloat16},
             .help = "Type in which the operators that are not quantized compute. `bf16` needs a "
                     "CPU with such instructions"}};
  }

  std::string against_run_time_quantization() const override {
    return "OpenVINO computes such models in float, which takes 1.24 to 1.33 times as long as the "
           "original; use an approach that calibrates";
  }

  bool tells_precision() const override { return true; }

  std::optional<PythonLoading> python_loading(const std::string& model,
                                              const SessionOptions& options) const override {
    std::string settings =
        "\"INFERENCE_PRECISION_HINT\": \"" +
        options.arguments.value(openvino_plugin::kPrecisionKey, openvino_plugin::kFloat32) + "\"";
    if (options.intra_op_num_threads) {
      settings += ", \"INFERENCE_NUM_THREADS\": " + std::to_string(*options.intra_op_num_threads);
    }
    return PythonLoading{.title = "OpenVINO",
                         .import = "import openvino",
                         .load = "model = openvino.Core().compile_model(" + model + ", \"CPU\", {" +
                                 settings + "})"};
  }

  std::unique_ptr<Session> open(const std::filesystem::path& model,
                                const SessionOptions& options) const override {
    return runtime().open(model, options);
  }
  std::unique_ptr<Session> open_graph(const graph::Model& model,
                                      const SessionOptions& options) const override {
    return runtime().open_graph(model, options);
  }
  Execution execution(const std::filesystem::path& model, const SessionOptions& options,
                      const std::filesystem::path& scratch) const override {
    return runtime().execution(model, options, scratch);
  }
  Json facts() const override { return runtime().facts(); }

 private:
  const Runtime& runtime() const {
    const std::scoped_lock lock(mutex_);
    if (runtime_ == nullptr) {
      const auto entry = reinterpret_cast<openvino_plugin::PluginEntry>(load_plugin(
          {openvino_plugin::kPluginFile, openvino_plugin::kPluginEntry,
           "framework " + framework_ + " needs OpenVINO, which", "framework", kOpenVinoHint}));
      // The library stays loaded: its threads may still run.
      runtime_.reset(entry(openvino_plugin::kPluginVersion, framework_.c_str()));
      if (runtime_ == nullptr) {
        throw Error("the OpenVINO plug-in comes from another build", "framework", kOpenVinoHint);
      }
    }
    return *runtime_;
  }

  std::string framework_;
  mutable std::mutex mutex_;
  mutable std::unique_ptr<Runtime> runtime_;
};

}  // namespace

void register_openvino(RuntimeRegistry& registry) {
  registry.add("openvino", std::make_unique<OpenVinoLoader>("openvino"));
}

}  // namespace quantbench::runtime
