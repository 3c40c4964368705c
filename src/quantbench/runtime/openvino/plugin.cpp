#include "quantbench/runtime/openvino/plugin.h"

#include <openvino/core/version.hpp>
#include <openvino/runtime/core.hpp>
#include <string>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/memory.h"
#include "quantbench/base/parallel.h"
#include "quantbench/runtime/onnxruntime/load_memory.h"
#include "quantbench/runtime/openvino/errors.h"
#include "quantbench/runtime/openvino/executed_graph.h"
#include "quantbench/runtime/openvino/openvino_session.h"

namespace quantbench::runtime::openvino_plugin {

namespace {

constexpr const char* kLoading = "cannot load the model";

class OpenVinoRuntime final : public Runtime {
 public:
  explicit OpenVinoRuntime(std::string name) : name_(std::move(name)) {}

  std::unique_ptr<Session> open(const std::filesystem::path& model,
                                const SessionOptions& options) const override {
    const auto graph = graph::Model::load(model);
    const std::string where = model.string();
    return guarded(kLoading, where, [&] {
      const MemoryGrowthLimit limit(load_memory_of_file(model));
      return std::make_unique<OpenVinoSession>(graph, core().read_model(where), where, options);
    });
  }

  std::unique_ptr<Session> open_graph(const graph::Model& model,
                                      const SessionOptions& options) const override {
    const std::string where = "model in memory";
    return guarded(kLoading, where, [&] {
      const std::string bytes = model.to_proto().SerializeAsString();
      const MemoryGrowthLimit limit(load_memory(bytes.size()));
      return std::make_unique<OpenVinoSession>(model, core().read_model(bytes, ov::Tensor()), where,
                                               options);
    });
  }

  Execution execution(const std::filesystem::path& model, const SessionOptions& options,
                      const std::filesystem::path& /*scratch*/) const override {
    const std::string where = model.string();
    return guarded(kLoading, where, [&] {
      const MemoryGrowthLimit limit(load_memory_of_file(model));
      return executed_graph(compile(core().read_model(where), where, options));
    });
  }

  Json facts() const override {
    return guarded("OpenVINO does not start", name_, [&] {
      static const std::string build = ov::get_openvino_version().buildNumber;
      static const auto device = core().get_property(kDevice, ov::device::full_name);
      static const auto capabilities = core().get_property(kDevice, ov::device::capabilities);
      return Json{{"name", name_},
                  {"version", build.substr(0, build.find('-'))},
                  {"build", build},
                  {"device", device},
                  {"capabilities", capabilities},
                  {"streams", 1},
                  {"evaluation_streams", usable_cores()},
                  {"threads", usable_cores()},
                  {"pinned_threads", false}};
    });
  }

 private:
  std::string name_;
};

}  // namespace

}  // namespace quantbench::runtime::openvino_plugin

extern "C" __attribute__((visibility("default"))) quantbench::runtime::Runtime*
quantbench_openvino_plugin(int version, const char* name) {
  using namespace quantbench::runtime::openvino_plugin;
  return version == kPluginVersion ? new OpenVinoRuntime(name) : nullptr;
}
