#include "quantbench/execute/sources.h"

#include <algorithm>
#include <optional>

#include "quantbench/base/error.h"
#include "quantbench/checkpoint/checkpoint.h"
#include "quantbench/checkpoint/model_source.h"
#include "quantbench/dataset/from_hub.h"
#include "quantbench/graph/external_files.h"
#include "quantbench/graph/model.h"
#include "quantbench/hub/hub.h"
#include "quantbench/plan/inputs.h"
#include "quantbench/task/inference.h"

namespace quantbench::execute {

namespace {

Json description_of(const hub::Snapshot& snapshot) {
  return {{"name", snapshot.repository.name},
          {"id", snapshot.id},
          {"revision", snapshot.repository.revision},
          {"commit", snapshot.commit}};
}

std::vector<std::string> splits_of(const spec::Spec& spec) {
  std::vector<std::string> splits = {spec.dataset.eval_split};
  const bool calibrates = std::any_of(spec.cells.begin(), spec.cells.end(), [](const auto& cell) {
    return cell.calibration.has_value();
  });
  if (calibrates && spec.dataset.calibration_split) {
    splits.push_back(*spec.dataset.calibration_split);
  }
  return splits;
}

/// Fills in what the model decides.
void ask_model(LocatedSpec& located) {
  spec::Spec& spec = located.spec;
  const auto source = with_context(spec.model_key, [&] {
    return checkpoint::find_model(spec.name_or_path, plan::model_choice(spec));
  });
  const auto model = with_context(
      spec.model_key, [&] { return checkpoint::ModelDirectory::open(source.directory); });
  const std::string task = task::task_of(spec.task, model.config(), model.config_path(), "task");
  if (spec.task.empty()) spec = spec::with_task(std::move(spec), task);
  if (!source.is_onnx()) return;
  const auto opset = with_context(
      spec.model_key, [&] { return static_cast<int>(graph::Model::load(source.onnx).opset()); });
  const bool other = std::ranges::any_of(spec.given_opsets, [&](int one) { return one != opset; });
  spec = spec::with_opset(std::move(spec), opset);
  if (other) {
    located.remarks.push_back("framework_args.opset does not apply: " + source.onnx.string() +
                              " keeps its own operator set, " + std::to_string(opset));
  }
}

LocatedSpec fetched(const spec::Spec& spec, const std::function<hub::Options()>& options) {
  LocatedSpec located{spec};
  const bool hub_model =
      hub::is_hub_name(spec.name_or_path) && !spec.name_or_path.ends_with(".onnx");
  const bool hub_dataset = hub::is_hub_name(spec.dataset.path);
  if (!hub_model) {
    with_context("revision", [&] {
      hub::require_no_revision(hub::RepositoryType::kModel, spec.name_or_path, spec.revision);
    });
  }
  if (!hub_dataset) {
    with_context("dataset.revision", [&] {
      hub::require_no_revision(hub::RepositoryType::kDataset, spec.dataset.path,
                               spec.dataset.revision);
    });
  }
  if (!hub_model && !hub_dataset) return located;
  hub::Hub hub(options());
  // The data set first: it is smaller, and what is wrong with it is known sooner.
  if (hub_dataset) {
    with_context("dataset.path", [&] {
      const auto fetched =
          dataset::fetch_from_hub(hub, spec.dataset.path, spec.dataset.revision.value_or("main"),
                                  spec.dataset.name, splits_of(spec));
      located.spec.dataset.path = fetched.source.path;
      located.spec.dataset.name = fetched.source.name;
      located.sources["dataset"] = description_of(fetched.snapshot);
    });
  }
  if (hub_model) {
    with_context(spec.model_key, [&] {
      const hub::Snapshot snapshot =
          hub::fetch_model(hub, spec.name_or_path, spec.revision.value_or("main"),
                           plan::model_choice(spec), graph::external_files);
      located.spec.name_or_path = snapshot.directory.string();
      located.sources["model"] = description_of(snapshot);
    });
  }
  return located;
}

}  // namespace

LocatedSpec locate(const spec::Spec& spec, const std::function<hub::Options()>& options) {
  LocatedSpec located = fetched(spec, options);
  ask_model(located);
  return located;
}

}  // namespace quantbench::execute
