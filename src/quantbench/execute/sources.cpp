#include "quantbench/execute/sources.h"

#include <algorithm>
#include <optional>

#include "quantbench/base/error.h"
#include "quantbench/dataset/from_hub.h"
#include "quantbench/hub/hub.h"

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

}  // namespace

LocatedSpec locate(const spec::Spec& spec, const std::function<hub::Options()>& options) {
  LocatedSpec located{spec};
  const bool hub_model = hub::is_hub_name(spec.name_or_path);
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
          hub::fetch_model(hub, spec.name_or_path, spec.revision.value_or("main"));
      located.spec.name_or_path = snapshot.directory.string();
      located.sources["model"] = description_of(snapshot);
    });
  }
  return located;
}

}  // namespace quantbench::execute
