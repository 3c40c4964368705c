#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "quantbench/report/document.h"

namespace quantbench::report {

/// The files that `write_files` may write in a directory.
std::vector<std::filesystem::path> files_in(const std::filesystem::path& directory);

/// Writes a run's files into its directory: README.md (the card), spec.yaml (`spec_yaml`, or if
/// empty made from the result: see spec_of_result), and the formats that have a file (`RunFile`):
/// results.json and, if this build has the charts, report.html. Renders all before writing the
/// first. Returns their paths, the card first. Throws Error if a file cannot be rendered or
/// written.
std::vector<std::filesystem::path> write_files(const Document& result,
                                               const std::filesystem::path& directory,
                                               const std::string& spec_yaml = {});

/// The file of such a directory that a person opens first: report.html, or the file of another
/// format for people. README.md if the directory has no such file.
std::filesystem::path to_open(const std::filesystem::path& directory);

}  // namespace quantbench::report
