#include "quantbench/benchmark.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <csignal>

#include "quantbench/base/file.h"
#include "quantbench/engine/engine.h"
#include "quantbench/progress.h"
#include "quantbench/report/report.h"
#include "quantbench/result_table.h"
#include "quantbench/store/location.h"

namespace quantbench::cli {

namespace {

/// Fails before an hour of measuring rather than after it.
void check_writable(const std::filesystem::path& directory) {
  const AtomicFile probe(directory / "README.md");
}

std::atomic<bool> interrupted{false};

/// While it lives, Ctrl-C and SIGTERM end the run between two stages' lines instead of the process:
/// finished stages are in the store, and the same command goes on from there. A second signal ends
/// the process at once.
class InterruptGuard {
 public:
  InterruptGuard() {
    for (const int number : {SIGINT, SIGTERM}) {
      struct sigaction action {};
      action.sa_handler = [](int) { interrupted = true; };
      action.sa_flags = static_cast<int>(SA_RESETHAND);
      ::sigaction(number, &action, nullptr);
    }
  }
  ~InterruptGuard() {
    for (const int number : {SIGINT, SIGTERM}) std::signal(number, SIG_DFL);
  }
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
};

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
    const InterruptGuard guard;
    engine_options.cancel = &interrupted;
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
