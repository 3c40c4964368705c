#include "cli/run_argument.h"

#include "cli/output.h"
#include "quantbench/base/output_target.h"
#include "quantbench/report/files.h"
#include "quantbench/report/source.h"

namespace quantbench::cli {

void add_run_inputs(FileRoles& roles, const std::string& run, const std::filesystem::path& store) {
  std::error_code ignored;
  const std::filesystem::path path = run;
  roles.reads(std::filesystem::is_directory(path, ignored) ? path / "results.json" : path, "RUN");
  roles.reads(store, "store");
}

void save_run(const std::string& run, const std::filesystem::path& store,
              const std::filesystem::path& out) {
  const auto result = report::open_result(run, store);
  FileRoles roles;
  add_run_inputs(roles, run, store);
  for (const auto& file : report::files_in(out)) {
    require_regular_output(file);
    roles.writes(file, "--out");
  }
  for (const auto& file : report::write_files(result, out)) print("{}\n", file.string());
}

}  // namespace quantbench::cli
