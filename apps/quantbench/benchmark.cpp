#include "quantbench/benchmark.h"

#include <fmt/format.h>

#include <algorithm>

#include "quantbench/base/file.h"
#include "quantbench/engine/engine.h"
#include "quantbench/progress.h"
#include "quantbench/report/registry.h"
#include "quantbench/result_table.h"
#include "quantbench/store/database.h"

namespace quantbench::cli {

namespace {

/// Fails before an hour of measuring rather than after it.
void check_writable(const std::filesystem::path& directory) {
  const AtomicFile probe(directory / "README.md");
}

}  // namespace

void add_benchmark_options(CLI::App& command, BenchmarkOptions& options) {
  command.add_option("--store", options.store,
                     "SQLite file of the results (default: QUANTBENCH_STORE, else the user's data "
                     "directory)");
  command.add_option("--cache", options.cache,
                     "Directory of exported and quantized models (default: QUANTBENCH_CACHE, else "
                     "the user's cache directory)");
  command.add_flag("--fresh", options.fresh, "Measure again what the store already holds");
}

store::RunResult run_benchmark(const spec::Spec& spec, const BenchmarkOptions& options,
                               Context& context) {
  check_writable(options.out);
  engine::Options engine_options;
  engine_options.store =
      options.store.empty() ? store::default_store_path() : std::filesystem::path(options.store);
  engine_options.cache =
      options.cache.empty() ? store::default_cache_path() : std::filesystem::path(options.cache);
  engine_options.program = context.program;
  engine_options.fresh = options.fresh;
  store::RunResult result;
  {
    Progress progress;
    engine_options.on_event = [&](const engine::Event& event) { progress.show(event); };
    result = engine::run(spec, engine_options);
  }
  write_text(options.out / "README.md", report::render(result, "card"));
  write_text(options.out / "results.json", report::render(result, "json"));
  write_text(options.out / "spec.yaml", spec.resolved_yaml());
  fmt::print("{}\n", result_table(result));
  fmt::print("card: {}\n", (options.out / "README.md").string());
  const bool failed = std::any_of(result.rows.begin(), result.rows.end(), [](const auto& row) {
    return row.status == store::Row::Status::kFailed;
  });
  if (failed) context.status = kSomeRowsFailed;
  return result;
}

}  // namespace quantbench::cli
