#include "quantbench/runtime/torch_loader.h"

#include <dlfcn.h>

#include <cstdlib>
#include <mutex>
#include <utility>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/runtime/torch/plugin.h"

namespace quantbench::runtime {

namespace {

constexpr const char* kHint =
    "build with libtorch: scripts/bootstrap --torch, then make build; or name the plug-in's "
    "directory in QUANTBENCH_PLUGINS";

/// QUANTBENCH_PLUGINS, else beside the program, else where `cmake --install` puts it.
std::vector<std::filesystem::path> plugin_directories() {
  const char* named = std::getenv("QUANTBENCH_PLUGINS");
  if (named != nullptr && *named != '\0') return {named};
  std::error_code failure;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", failure).parent_path();
  return {program, program.parent_path(), program.parent_path() / "lib" / "quantbench"};
}

torch_plugin::PluginEntry load_plugin() {
  std::vector<std::string> tried;
  for (const auto& directory : plugin_directories()) {
    const auto file = directory / torch_plugin::kPluginFile;
    std::error_code failure;
    if (!std::filesystem::exists(file, failure)) continue;
    void* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      tried.emplace_back(::dlerror());
      continue;
    }
    void* entry = ::dlsym(library, torch_plugin::kPluginEntry);
    if (entry != nullptr) return reinterpret_cast<torch_plugin::PluginEntry>(entry);
    tried.push_back(file.string() + " is not a plug-in of quantbench");
  }
  throw Error("framework pytorch needs libtorch, which is not available" +
                  (tried.empty() ? std::string() : ": " + join(tried, "; ")),
              "framework", kHint);
}

class TorchLoader final : public Runtime {
 public:
  explicit TorchLoader(std::string framework) : framework_(std::move(framework)) {}

  std::unique_ptr<Session> open(const std::filesystem::path& model,
                                const SessionOptions& options) const override {
    return runtime().open(model, options);
  }
  Json facts() const override { return runtime().facts(); }
  ModelForm model_form() const override { return ModelForm::kCheckpoint; }
  bool quantizes() const override { return framework_ == "pytorch_dynamic"; }

 private:
  const Runtime& runtime() const {
    const std::scoped_lock lock(mutex_);
    if (runtime_ == nullptr) {
      // The library stays loaded: libtorch does not survive being unloaded.
      runtime_.reset(load_plugin()(torch_plugin::kPluginVersion, framework_.c_str()));
      if (runtime_ == nullptr) {
        throw Error(
            "the libtorch plug-in is of another build and does not know '" + framework_ + "'",
            "framework", kHint);
      }
    }
    return *runtime_;
  }

  std::string framework_;
  mutable std::mutex mutex_;
  mutable std::unique_ptr<Runtime> runtime_;
};

}  // namespace

std::unique_ptr<Runtime> torch_runtime(std::string framework) {
  return std::make_unique<TorchLoader>(std::move(framework));
}

}  // namespace quantbench::runtime
