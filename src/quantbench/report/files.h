#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "quantbench/store/result.h"

namespace quantbench::report {

/// Writes what a run leaves in its directory: README.md (the card), results.json, spec.yaml
/// (`spec_yaml`; empty: made from the result, see spec_of_result) and, when this build has the
/// charts, report.html. All are rendered before the first is written. Returns their paths, the card
/// first. Throws Error when one cannot be rendered or written.
std::vector<std::filesystem::path> write_files(const store::RunResult& result,
                                               const std::filesystem::path& directory,
                                               const std::string& spec_yaml = {});

}  // namespace quantbench::report
