#include "quantbench/engine/model_session.h"

namespace quantbench::engine {

std::unique_ptr<runtime::Session> open_model(const StageContext& context,
                                             runtime::SessionOptions options,
                                             const std::string& task) {
  const auto& runtime = runtime::runtimes().get(
      context.identity.at("framework").at("name").get_ref<const std::string&>());
  options.task = task;
  return runtime.open(runtime.model_form() == runtime::ModelForm::kCheckpoint
                          ? std::filesystem::path(context.locations.at("checkpoint"))
                          : context.artefacts.at(0) / kModelFile,
                      options);
}

}  // namespace quantbench::engine
