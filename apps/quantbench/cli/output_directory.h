#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "quantbench/base/file_roles.h"

namespace quantbench::cli {

/// `--out DIR` and `--overwrite`: where a command writes several files.
struct OutputDirectory {
  std::filesystem::path path;
  bool overwrite = false;
  /// What messages call it.
  std::string option = "--out";

  /// `contents`: what is written there. The option is required if `path` is empty.
  void add_to(CLI::App& command, const std::string& contents);
};

/// Throws Error if a command may not write these files there: one is an input or is not a regular
/// file; the directory is not empty and --overwrite is not given; its parent does not exist. To be
/// called before the work, which may take hours.
void require_outputs(const OutputDirectory& out, const std::vector<std::filesystem::path>& files,
                     FileRoles& roles);

/// The same for the files of a run, which are written one by one: also throws if the first cannot
/// be made.
void require_writable(const OutputDirectory& out, FileRoles& roles);

/// The file that `-o` names: `name` in it if it is a directory or ends with a slash.
std::string output_file_or_directory(const std::string& output, const std::string& name);

}  // namespace quantbench::cli
