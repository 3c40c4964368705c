#include "quantbench/stages/common/model_session.h"

namespace quantbench::stages {

const runtime::Runtime& framework_of(const plan::StageContext& context) {
  return runtime::runtimes().get(
      context.identity.at("framework").at("name").get_ref<const std::string&>());
}

std::filesystem::path model_path(const plan::StageContext& context) {
  return framework_of(context).model_form() == runtime::ModelForm::kCheckpoint
             ? std::filesystem::path(context.locations.at("checkpoint"))
             : context.artefacts.at(0) / plan::kModelFile;
}

std::unique_ptr<runtime::Session> open_model(const plan::StageContext& context,
                                             runtime::SessionOptions options,
                                             const std::string& task) {
  options.task = task;
  return framework_of(context).open(model_path(context), options);
}

}  // namespace quantbench::stages
