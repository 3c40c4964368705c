#include "cli/benchmark.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <csignal>

#include "cli/progress.h"
#include "cli/result_table.h"
#include "cli/store_option.h"
#include "cli/terminal.h"
#include "quantbench/base/file.h"
#include "quantbench/base/text.h"
#include "quantbench/engine/engine.h"
#include "quantbench/report/files.h"

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
  add_store_option(command, options.store);
  add_cache_option(command, options.cache);
  command.add_flag("--fresh", options.fresh, "Measure again what the store already holds");
}

store::RunResult run_benchmark(const spec::Spec& spec, const BenchmarkOptions& options,
                               Context& context) {
  check_writable(options.out);
  engine::Options engine_options;
  engine_options.store = chosen_store(options.store);
  engine_options.cache = chosen_cache(options.cache);
  engine_options.program = context.program;
  engine_options.fresh = options.fresh;
  store::RunResult result;
  {
    const InterruptGuard guard;
    engine_options.cancel = &interrupted;
    Progress progress;
    engine_options.on_event = [&](const engine::Event& event) { progress.show(event); };
    engine_options.on_download = [&](const hub::Progress& download) { progress.show(download); };
    result = engine::run(spec, engine_options);
  }
  report::Document document(std::move(result));
  const auto files = report::write_files(document, options.out, spec.resolved_yaml());
  const std::size_t width = terminal_width(stdout);
  std::vector<std::string> names;
  for (const auto& file : files) names.push_back(file.filename().string());
  fmt::print("{}\n", result_table(document, width));
  fmt::print("{}: {}\n", options.out.string(), join(names, ", "));
  if (!options.hint.empty()) fmt::print("{}\n", options.hint);
  fmt::print("\n{}\n{}\n", answer_text(document, width), report::to_open(options.out).string());
  result = std::move(document);
  const bool failed = std::any_of(result.rows.begin(), result.rows.end(), [](const auto& row) {
    return row.status == store::Row::Status::kFailed;
  });
  if (failed) context.status = kSomeRowsFailed;
  return result;
}

}  // namespace quantbench::cli
