#pragma once

#include <functional>
#include <optional>
#include <string>

#include "cli/command.h"
#include "cli/output_directory.h"
#include "cli/store_option.h"
#include "quantbench/base/file_roles.h"
#include "quantbench/spec/spec.h"
#include "quantbench/store/result.h"

namespace quantbench::cli {

/// Options of every command that measures. `add_benchmark_options` adds them.
struct BenchmarkOptions {
  OutputDirectory out;
  std::string store;  ///< empty: QUANTBENCH_STORE, else the user's data directory
  std::string cache;  ///< empty: QUANTBENCH_CACHE, else the user's cache directory
  bool fresh = false;
  bool strict = false;
  std::string backend;  ///< empty: the spec's
  bool detach = false;
  bool follow = false;
  std::string hint;  ///< a line after the list of files
  /// Called after each result that a search has written before its end
  /// (execute::Options::on_better).
  std::function<void(const store::RunResult&)> on_better;
};

void add_benchmark_options(CLI::App& command, BenchmarkOptions& options);

/// Throws Error where --backend names no backend, or one that does not take `args` as backend_args.
void require_backend(const BenchmarkOptions& options, const Json& args);

/// --detach and --follow, which only a run with jobs has.
void add_job_options(CLI::App& command, BenchmarkOptions& options);

/// Runs the spec with a progress display, writes the files of report::write_files to `options.out`
/// with the resolved spec, prints the result table, the files, the answer and, as the last line,
/// the file to open. Sets the status when rows failed.
///
/// A search writes its files whenever it knows a better model, for the case that it is killed.
///
/// `inputs`: the files that the command has read (the spec, a card), and other outputs of its.
/// Throws Error before anything runs when a file in `options.out` is one of them, or one of the
/// model or data set, and what require_writable throws.
///
/// nullopt: the run goes on without this command (--detach, Ctrl-C), and how to come back to it was
/// printed. Of a run on several kinds of machine the files in `options.out` tell of all of them;
/// from the second on each has a directory of its own below as well. The first one is returned.
std::optional<store::RunResult> run_benchmark(const spec::Spec& spec,
                                              const BenchmarkOptions& options,
                                              const FileRoles& inputs, Context& context);

/// The same of a run that was started before: its id or its directory. An empty `options.out` is
/// the one that the run was started with.
void attach_benchmark(const std::string& run, const BenchmarkOptions& options, Context& context);

}  // namespace quantbench::cli
