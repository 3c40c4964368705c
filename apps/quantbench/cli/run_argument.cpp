#include "cli/run_argument.h"

#include "cli/output.h"
#include "quantbench/report/files.h"
#include "quantbench/report/machines.h"
#include "quantbench/report/source.h"

namespace quantbench::cli {

void add_run_inputs(FileRoles& roles, const std::string& run, const std::filesystem::path& store) {
  std::error_code ignored;
  const std::filesystem::path path = run;
  roles.reads(std::filesystem::is_directory(path, ignored) ? path / "results.json" : path, "RUN");
  roles.reads(store, "store");
}

void save_run(const std::string& run, const std::filesystem::path& store,
              const OutputDirectory& out) {
  const auto result = report::open_result(run, store);
  FileRoles roles;
  add_run_inputs(roles, run, store);
  require_writable(out, roles);
  for (const auto& file : report::write_files(result, out.path)) print("{}\n", file.string());
  const std::vector<std::string> directories = report::machine_directories(result);
  for (std::size_t i = 0; i < directories.size(); ++i) {
    for (const auto& file :
         report::write_files(result.other_machines[i], out.path / directories[i])) {
      print("{}\n", file.string());
    }
  }
}

}  // namespace quantbench::cli
