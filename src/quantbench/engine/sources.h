#pragma once

#include <functional>
#include <string>

#include "quantbench/base/json.h"
#include "quantbench/hub/options.h"
#include "quantbench/spec/spec.h"

namespace quantbench::engine {

/// A spec whose model and data set lie in local directories.
struct LocatedSpec {
  /// name_or_path and dataset.path (and dataset.name) are those of the directories; `fixed` and
  /// `benchmarked` are as they were.
  spec::Spec spec;
  /// Of what came from the Hub, under "model" and "dataset": name, id (the name today), revision,
  /// commit. See store::RunResult::sources.
  Json sources = Json::object();
};

/// Fetches model and data set from the Hub where the spec names no local directory or file: the
/// files that the model is made of, and the data set's files of the splits that the cells use.
/// `options` is asked for when something is to be fetched. Throws Error, with the key.
LocatedSpec locate(const spec::Spec& spec, const std::function<hub::Options()>& options);

}  // namespace quantbench::engine
