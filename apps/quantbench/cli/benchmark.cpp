#include "cli/benchmark.h"

#include <unistd.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "cli/job_display.h"
#include "cli/output.h"
#include "cli/progress_display.h"
#include "cli/result_table.h"
#include "cli/run_signals.h"
#include "cli/store_option.h"
#include "cli/terminal.h"
#include "quantbench/backend/arguments.h"
#include "quantbench/backend/run.h"
#include "quantbench/base/diagnostics.h"
#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/base/utf8.h"
#include "quantbench/execute/strategy.h"
#include "quantbench/report/files.h"
#include "quantbench/report/machines.h"

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
spec::Spec as_measured(spec::Spec measured, const store::RunResult& result) {
  measured.task = result.spec.value("task", measured.task);
  measured.task_args = result.spec.value("task_args", measured.task_args);
  // A search makes its cells itself.
  if (execute::strategies().get(measured.strategy).searches()) return measured;
  measured.fixed = result.fixed;
  measured.benchmarked = result.benchmarked;
  return measured;
}

bool any_row_failed(const store::RunResult& result) {
  return std::any_of(result.rows.begin(), result.rows.end(),
                     [](const auto& row) { return row.status == store::Row::Status::kFailed; });
}

/// A search has an outcome of its own, and a candidate that failed is a step of it.
void set_status(const store::RunResult& result, Context& context) {
  if (!result.tuning) {
    if (any_row_failed(result)) context.status = kSomeRowsFailed;
    return;
  }
  const std::string& outcome = result.tuning->outcome;
  const bool is_within = outcome == store::Tuning::kShown || outcome == store::Tuning::kNotShown;
  if (!is_within) context.status = kOutsideBudget;
}

std::vector<std::filesystem::path> write_files(const report::Document& document,
                                               const spec::Spec& spec,
                                               const std::filesystem::path& directory) {
  return report::write_files(document, directory, as_measured(spec, document).resolved_yaml());
}

/// The files of one machine, its table and its answer. Returns the file to open.
std::filesystem::path write_document(const report::Document& document, const spec::Spec& spec,
                                     const std::filesystem::path& directory,
                                     const std::string& hint) {
  const auto files = write_files(document, spec, directory);
  const std::size_t width = terminal_width(STDOUT_FILENO);
  std::vector<std::string> names;
  for (const auto& file : files) names.push_back(file.filename().string());
  print("{}\n", result_table(document, width));
  print("{}: {}\n", directory.string(), join(names, ", "));
  if (!hint.empty()) print("{}\n", hint);
  print("\n{}\n", answer_text(document, width));
  return report::to_open(directory);
}

/// Of several kinds of machine, the report in `out` has all, and each of the others a directory of
/// its own below it as well.
void write_results(const backend::RunOutcome& outcome, const BenchmarkOptions& options,
                   const std::filesystem::path& out, Context& context) {
  report::Document document(outcome.results.front());
  document.other_machines.assign(outcome.results.begin() + 1, outcome.results.end());
  for (const store::RunResult& result : outcome.results) {
    set_status(result, context);
  }
  if (document.other_machines.empty()) {
    const auto to_open = write_document(document, outcome.spec, out, options.hint);
    print("{}\n", to_open.string());
    return;
  }
  const std::vector<std::string> names = report::machine_names(document);
  const std::vector<std::string> directories = report::machine_directories(document);
  print("On {}:\n\n", names.front());
  const auto to_open = write_document(document, outcome.spec, out, {});
  for (std::size_t i = 0; i < directories.size(); ++i) {
    print("\nOn {}:\n\n", names[i + 1]);
    write_document(document.other_machines[i], outcome.spec, out / directories[i], {});
  }
  print("\n{}\n", machines_text(document, terminal_width(STDOUT_FILENO)));
  if (!options.hint.empty()) print("{}\n", options.hint);
  print("{}\n", to_open.string());
}

/// What a signal asks of a run with jobs.
backend::Interrupt wanted_by(const RunSignals& signals) {
  if (signals.told_to_end()) return backend::Interrupt::kDetach;
  if (signals.asked() == 0) return backend::Interrupt::kNone;
  return signals.asked() == 1 ? backend::Interrupt::kAsk : backend::Interrupt::kCancel;
}

/// Runs `body` with displays and signals, and says what became of it.
std::optional<store::RunResult> conduct(
    const BenchmarkOptions& options, const std::filesystem::path& out, RunSignals::Second second,
    const std::function<backend::RunOutcome(const backend::RunOptions&)>& body, Context& context) {
  backend::RunOptions run;
  run.execute.store = chosen_store(options.store);
  run.execute.cache = chosen_cache(options.cache);
  run.execute.fresh = options.fresh;
  run.execute.strict = options.strict;
  run.backend = options.backend;
  run.detach = options.detach;
  run.out = out;
  backend::RunOutcome outcome;
  bool was_interrupted = false;
  {
    const RunSignals signals(second);
    run.execute.cancel = &signals.interrupted();
    ProgressDisplay progress;
    JobDisplay jobs(options.follow);
    run.execute.on_event = [&](const execute::Event& event) {
      jobs.clear();
      progress.show(event);
    };
    run.execute.on_download = [&](const hub::DownloadProgress& download) {
      progress.show(download);
    };
    run.on_shards = [&](const std::vector<backend::ShardView>& shards) { jobs.show(shards); };
    run.say = [&](const std::string& text) {
      jobs.clear();
      diagnostics().print(visible(text));
    };
    run.interrupt = [&] { return wanted_by(signals); };
    outcome = body(run);
    was_interrupted = signals.interrupted();
  }
  if (outcome.results.empty()) {
    print("run {}: {} jobs\nquantbench attach {}\n", outcome.run_id, outcome.jobs, outcome.run_id);
    if (was_interrupted) context.status = kInterrupted;
    return std::nullopt;
  }
  write_results(outcome, options, out, context);
  return std::move(outcome.results.front());
}

/// ", but sagemaker-training only when it is named here"
std::string asked_for_only() {
  std::vector<std::string> names;
  for (const std::string& name : backend::backends().names()) {
    if (backend::backends().get(name).must_be_asked_for()) names.push_back(name);
  }
  if (names.empty()) return {};
  return "; a spec that names " + join(names, ", ") +
         " runs on this machine unless it is named here";
}

}  // namespace

void add_benchmark_options(CLI::App& command, BenchmarkOptions& options) {
  add_store_option(command, options.store);
  add_cache_option(command, options.cache);
  command.add_flag("--fresh", options.fresh, "Measure again, even what the store already holds");
  command.add_flag("--strict", options.strict,
                   "Refuse a data set with a sample that cannot be used, such as a damaged image "
                   "(default: leave it out, with a warning)");
  command.add_option("--backend", options.backend,
                     "Where to run: " + join(backend::backends().names(), ", ") +
                         " (default: the spec's" + asked_for_only() + ")");
  add_job_options(command, options);
}

void require_backend(const BenchmarkOptions& options, const Json& args) {
  if (options.backend.empty()) return;
  const backend::Backend& backend = with_context(
      "--backend", [&]() -> auto& { return backend::backends().get(options.backend); });
  if (!backend.is_this_machine()) backend::checked_arguments(backend, args);
}

void add_job_options(CLI::App& command, BenchmarkOptions& options) {
  command.add_flag("--detach", options.detach,
                   "With a backend that has jobs: return when all are submitted; `quantbench "
                   "attach` comes back to them");
  command.add_flag("--follow", options.follow,
                   "With a backend that has jobs: show the node, stage and share of each");
}

std::optional<store::RunResult> run_benchmark(const spec::Spec& spec,
                                              const BenchmarkOptions& options,
                                              const FileRoles& inputs, Context& context) {
  check_outputs(spec, options, inputs);
  const std::string backend = backend::as_run(spec, options.backend).backend;
  const bool here = backend::backends().get(backend).is_this_machine();
  const auto second = here ? RunSignals::Second::kEndsTheProcess : RunSignals::Second::kIsCounted;
  return conduct(
      options, options.out.path, second,
      [&](backend::RunOptions run) {
        run.execute.on_better = [&](const store::RunResult& result) {
          write_files(report::Document(result), spec, options.out.path);
          if (options.on_better) options.on_better(result);
        };
        return backend::run(spec, run);
      },
      context);
}

void attach_benchmark(const std::string& run, const BenchmarkOptions& options, Context& context) {
  const backend::KnownRun known = backend::find_run(run, chosen_store(options.store));
  OutputDirectory out = options.out;
  if (out.path.empty()) out.path = known.out;
  if (out.path.empty()) {
    throw Error("the run does not say where its files go", run, "name a directory with --out");
  }
  FileRoles roles;
  roles.reads(chosen_store(options.store), "store");
  require_writable(out, roles);
  conduct(
      options, out.path, RunSignals::Second::kIsCounted,
      [&](const backend::RunOptions& settings) { return backend::attach(known, settings); },
      context);
}

}  // namespace quantbench::cli
