#include "cli/hub_access.h"

#include <optional>

#include "cli/progress_display.h"
#include "quantbench/base/log.h"
#include "quantbench/dataset/from_hub.h"
#include "quantbench/graph/external_files.h"
#include "quantbench/hub/hub.h"

namespace quantbench::cli {

namespace {

hub::Options options_with(ProgressDisplay& progress) {
  return hub::options_from_environment(
      [&](const hub::DownloadProgress& download) { progress.show(download); },
      [](const std::string& text) { spdlog::warn("{}", text); });
}

std::optional<std::string> given(const std::string& revision) {
  return revision.empty() ? std::nullopt : std::optional(revision);
}

std::string or_main(const std::string& revision) { return revision.empty() ? "main" : revision; }

}  // namespace

std::string local_model(const std::string& model, const std::string& revision,
                        const hub::ModelChoice& choice) {
  if (!hub::is_hub_name(model) || model.ends_with(".onnx")) {
    hub::require_no_revision(hub::RepositoryType::kModel, model, given(revision));
    return model;
  }
  ProgressDisplay progress;
  hub::Hub hub(options_with(progress));
  return hub::fetch_model(hub, model, or_main(revision), choice, graph::external_files)
      .directory.string();
}

dataset::Source local_dataset(const dataset::Source& source, const std::string& revision,
                              const std::string& split) {
  if (!hub::is_hub_name(source.path)) {
    hub::require_no_revision(hub::RepositoryType::kDataset, source.path, given(revision));
    return source;
  }
  ProgressDisplay progress;
  hub::Hub hub(options_with(progress));
  return dataset::fetch_from_hub(hub, source.path, or_main(revision), source.name, {split}).source;
}

void with_hub_options(const std::function<void(const std::function<hub::Options()>&)>& body) {
  ProgressDisplay progress;
  body([&] { return options_with(progress); });
}

}  // namespace quantbench::cli
