#include "cli/output_directory.h"

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/output_target.h"
#include "quantbench/report/files.h"

namespace quantbench::cli {

namespace {

namespace fs = std::filesystem;

bool has_entries(const fs::path& directory) {
  std::error_code failure;
  const auto first = fs::directory_iterator(directory, failure);
  return !failure && first != fs::directory_iterator();
}

}  // namespace

void OutputDirectory::add_to(CLI::App& command, const std::string& contents) {
  CLI::Option* added = command.add_option(option, path, "Directory for " + contents);
  if (path.empty()) {
    added->required();
  } else {
    added->capture_default_str();
  }
  command.add_flag(
      "--overwrite", overwrite,
      "Write into --out even if it is not empty; files of the same names are replaced");
}

void require_outputs(const OutputDirectory& out, const std::vector<std::filesystem::path>& files,
                     FileRoles& roles) {
  for (const auto& file : files) {
    require_regular_output(file);
    roles.writes(file, out.option);
  }
  if (!out.overwrite && has_entries(out.path)) {
    throw Error("the directory is not empty", out.option + " " + out.path.string(),
                "name another directory, or add --overwrite");
  }
}

void require_writable(const OutputDirectory& out, FileRoles& roles) {
  const auto files = report::files_in(out.path);
  require_outputs(out, files, roles);
  std::error_code ignored;
  const bool is_new = !fs::exists(out.path, ignored);
  { const AtomicFile probe(files.front()); }
  // What follows may still be refused, and then nothing is left behind.
  if (is_new) fs::remove(out.path, ignored);
}

std::string output_file_or_directory(const std::string& output, const std::string& name) {
  std::error_code ignored;
  const bool is_directory = output.ends_with('/') || fs::is_directory(output, ignored);
  return is_directory ? (fs::path(output) / name).string() : output;
}

}  // namespace quantbench::cli
