#include "quantbench/hub_access.h"

#include "quantbench/base/log.h"
#include "quantbench/dataset/from_hub.h"
#include "quantbench/hub/hub.h"
#include "quantbench/progress.h"

namespace quantbench::cli {

namespace {

hub::Options options_with(Progress& progress) {
  hub::Options options{hub::Settings::from_environment()};
  options.on_warning = [](const std::string& text) { spdlog::warn("{}", text); };
  if (options.settings.progress_bars) {
    options.on_progress = [&](const hub::Progress& download) { progress.show(download); };
  }
  return options;
}

void require_no_revision(const std::string& revision, const std::string& name) {
  if (revision.empty()) return;
  throw Error("'" + name + "' is local, and has no revision '" + revision + "'");
}

std::string or_main(const std::string& revision) { return revision.empty() ? "main" : revision; }

}  // namespace

std::string local_model(const std::string& model, const std::string& revision) {
  if (!hub::is_hub_name(model) || model.ends_with(".onnx")) {
    require_no_revision(revision, model);
    return model;
  }
  Progress progress;
  hub::Hub hub(options_with(progress));
  return hub::fetch_model(hub, model, or_main(revision)).directory.string();
}

dataset::Source local_dataset(const dataset::Source& source, const std::string& revision,
                              const std::string& split) {
  if (!hub::is_hub_name(source.path)) {
    require_no_revision(revision, source.path);
    return source;
  }
  Progress progress;
  hub::Hub hub(options_with(progress));
  return dataset::fetch_from_hub(hub, source.path, or_main(revision), source.name, {split}).source;
}

}  // namespace quantbench::cli
