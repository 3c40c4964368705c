#include "cli/benchmark.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>

#include "cli/output.h"
#include "cli/progress_display.h"
#include "cli/result_table.h"
#include "cli/store_option.h"
#include "cli/terminal.h"
#include "quantbench/backend/backend.h"
#include "quantbench/base/text.h"
#include "quantbench/report/files.h"

namespace quantbench::cli {

namespace {

/// Fails before an hour of measuring rather than after it: a place that cannot be written, an
/// output that is an input.
void check_outputs(const spec::Spec& spec, const BenchmarkOptions& options, FileRoles roles) {
  roles.reads(spec.name_or_path, "model");
  roles.reads(spec.dataset.path, "data set");
  roles.reads(chosen_store(options.store), "store");
  require_writable(options.out, roles);
}

/// With what the model decides: the task, and the operator set of an ONNX file.
spec::Spec as_measured(const spec::Spec& spec, const store::RunResult& result) {
  spec::Spec measured = backend::as_run(spec);
  measured.task = result.spec.value("task", measured.task);
  measured.task_args = result.spec.value("task_args", measured.task_args);
  measured.fixed = result.fixed;
  measured.benchmarked = result.benchmarked;
  return measured;
}

std::atomic<bool> interrupted{false};

/// While it lives, Ctrl-C, SIGTERM and SIGHUP end the run between two stages' lines instead of the
/// process: finished stages are in the store, and the same command continues from there. A second
/// Ctrl-C or SIGTERM ends the process at once. A terminal that closes sends SIGHUP more than once;
/// under nohup, which ignores it, it stays ignored.
class InterruptGuard {
 public:
  InterruptGuard() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      ::sigaction(kSignals[i], nullptr, &former_[i]);
      if (kSignals[i] == SIGHUP && former_[i].sa_handler == SIG_IGN) continue;
      struct sigaction action {};
      action.sa_handler = [](int) { interrupted = true; };
      action.sa_flags = kSignals[i] == SIGHUP ? 0 : static_cast<int>(SA_RESETHAND);
      ::sigaction(kSignals[i], &action, nullptr);
    }
  }
  ~InterruptGuard() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      ::sigaction(kSignals[i], &former_[i], nullptr);
    }
  }
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

 private:
  static constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, kSignals.size()> former_{};
};

}  // namespace

void add_benchmark_options(CLI::App& command, BenchmarkOptions& options) {
  add_store_option(command, options.store);
  add_cache_option(command, options.cache);
  command.add_flag("--fresh", options.fresh, "Measure again, even what the store already holds");
  command.add_flag("--strict", options.strict,
                   "Refuse a data set with a sample that cannot be used, such as a damaged image "
                   "(default: leave it out, with a warning)");
}

store::RunResult run_benchmark(const spec::Spec& spec, const BenchmarkOptions& options,
                               const FileRoles& inputs, Context& context) {
  check_outputs(spec, options, inputs);
  execute::Options run_options;
  run_options.store = chosen_store(options.store);
  run_options.cache = chosen_cache(options.cache);
  run_options.fresh = options.fresh;
  run_options.strict = options.strict;
  store::RunResult result;
  {
    const InterruptGuard guard;
    run_options.cancel = &interrupted;
    ProgressDisplay progress;
    run_options.on_event = [&](const execute::Event& event) { progress.show(event); };
    run_options.on_download = [&](const hub::DownloadProgress& download) {
      progress.show(download);
    };
    result = backend::run(spec, run_options);
  }
  report::Document document(std::move(result));
  const auto files =
      report::write_files(document, options.out.path, as_measured(spec, document).resolved_yaml());
  const std::size_t width = terminal_width(STDOUT_FILENO);
  std::vector<std::string> names;
  for (const auto& file : files) names.push_back(file.filename().string());
  print("{}\n", result_table(document, width));
  print("{}: {}\n", options.out.path.string(), join(names, ", "));
  if (!options.hint.empty()) print("{}\n", options.hint);
  print("\n{}\n{}\n", answer_text(document, width), report::to_open(options.out.path).string());
  result = std::move(document);
  const bool failed = std::any_of(result.rows.begin(), result.rows.end(), [](const auto& row) {
    return row.status == store::Row::Status::kFailed;
  });
  if (failed) context.status = kSomeRowsFailed;
  return result;
}

}  // namespace quantbench::cli
