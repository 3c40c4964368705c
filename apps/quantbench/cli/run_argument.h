#pragma once

#include <filesystem>
#include <string>

#include "cli/output_directory.h"
#include "quantbench/base/file_roles.h"

namespace quantbench::cli {

/// What a RUN argument may be, for help.
inline constexpr const char* kRunHelp =
    "Run of the store (a unique prefix of its id), directory of a run, its results.json, or a card";

/// The files that report::open_result reads for a RUN argument, as inputs: results.json or card,
/// and the store.
void add_run_inputs(FileRoles& roles, const std::string& run, const std::filesystem::path& store);

/// `save RUN --out DIR`: writes the files of a run and prints their names. Throws Error.
void save_run(const std::string& run, const std::filesystem::path& store,
              const OutputDirectory& out);

}  // namespace quantbench::cli
