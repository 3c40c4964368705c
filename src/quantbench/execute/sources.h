#pragma once

#include <functional>
#include <string>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/hub/options.h"
#include "quantbench/spec/spec.h"

namespace quantbench::execute {

/// A spec whose model and data set are in local directories.
struct LocatedSpec {
  /// name_or_path and dataset.path (and dataset.name) are the local directories, and what the model
  /// decides is filled in: the task, where the spec names none, and the operator set of an ONNX
  /// file. The rest of `fixed` and `benchmarked` is unchanged.
  spec::Spec spec;
  /// Hub sources, under "model" and "dataset": name, id (the current name), revision, commit. See
  /// store::RunResult::sources.
  Json sources = Json::object();
  /// What people should know, a sentence each.
  std::vector<std::string> remarks = {};
};

/// Fetches model and data set from the Hub, unless the spec names local ones: the model's files,
/// and the data files of the splits in use. Calls `options` if something must be fetched. Throws
/// Error with the key.
LocatedSpec locate(const spec::Spec& spec, const std::function<hub::Options()>& options);

}  // namespace quantbench::execute
