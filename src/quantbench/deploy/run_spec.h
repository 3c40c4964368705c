#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "quantbench/report/document.h"
#include "quantbench/spec/spec.h"

namespace quantbench::deploy {

/// The spec that a run was made with: the resolved spec.yaml beside its results where `run`, a RUN
/// argument, is a directory or file; else made from its results, with relative paths as the author
/// wrote them. `overrides` as in spec::load: they say where model and data set are now. Throws
/// Error: an override is wrong; the results have settings that this program does not know.
spec::Spec spec_of_run(const report::Document& result, const std::string& run,
                       const std::vector<std::string>& overrides);

/// The spec with model and data set of the Hub at the commits that the run had.
spec::Spec at_commits_of(const store::RunResult& result, spec::Spec spec);

/// Throws Error, with the override that helps, if the model of the spec is a local one that does
/// not exist.
void require_model(const store::RunResult& result, const spec::Spec& spec);

}  // namespace quantbench::deploy
