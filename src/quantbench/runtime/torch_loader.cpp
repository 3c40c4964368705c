#include "quantbench/runtime/torch_loader.h"

#include <mutex>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/plugin.h"
#include "quantbench/runtime/torch/plugin.h"

namespace quantbench::runtime {

namespace {

constexpr const char* kHint =
    "build with libtorch (scripts/bootstrap --torch, then make build); LD_LIBRARY_PATH sets "
    "another "
    "directory of libtorch, QUANTBENCH_PLUGINS the plug-in's directory";

torch_plugin::PluginEntry load_torch(const std::string& framework) {
  return reinterpret_cast<torch_plugin::PluginEntry>(
      load_plugin({torch_plugin::kPluginFile, torch_plugin::kPluginEntry,
                   "framework " + framework + " needs libtorch, which", "framework", kHint}));
}

class TorchLoader final : public Runtime {
 public:
  TorchLoader(std::string framework, std::string summary, TorchWeights weights)
      : framework_(std::move(framework)), summary_(std::move(summary)), weights_(weights) {}

  std::string summary() const override { return summary_; }

  std::unique_ptr<Session> open(const std::filesystem::path& model,
                                const SessionOptions& options) const override {
    return runtime().open(model, options);
  }
  Json facts() const override { return runtime().facts(); }
  ModelForm model_form() const override { return ModelForm::kCheckpoint; }
  bool quantizes() const override { return weights_ == TorchWeights::kQuantized; }

 private:
  const Runtime& runtime() const {
    const std::scoped_lock lock(mutex_);
    if (runtime_ == nullptr) {
      // The library stays loaded: unloading libtorch is not safe.
      runtime_.reset(
          load_torch(framework_)(torch_plugin::kPluginVersion, framework_.c_str(), quantizes()));
      if (runtime_ == nullptr) {
        throw Error("the libtorch plug-in comes from another build", "framework", kHint);
      }
    }
    return *runtime_;
  }

  std::string framework_;
  std::string summary_;
  TorchWeights weights_;
  mutable std::mutex mutex_;
  mutable std::unique_ptr<Runtime> runtime_;
};

}  // namespace

std::unique_ptr<Runtime> torch_runtime(std::string framework, std::string summary,
                                       TorchWeights weights) {
  return std::make_unique<TorchLoader>(std::move(framework), std::move(summary), weights);
}

}  // namespace quantbench::runtime
