#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>

#include "quantbench/base/registry.h"

namespace quantbench::cli {

/// Exit statuses, the same for every command (documented in docs/cli.md and in `--help`).
enum ExitStatus : int {
  kSuccess = 0,
  kSomeRowsFailed = 1,  ///< the run ended, but a cell of the grid could not be measured
  kBadInput = 2,        ///< usage, spec, model or data: one line on standard error says what
  kInternalFault = 3,   ///< a fault of quantbench itself
  kRegression = 4,      ///< compare: the second run is worse than the thresholds allow
  kInterrupted = 130,  ///< Ctrl-C or SIGTERM; what was measured is kept, the same command continues
};

/// What the commands share: set before the command runs, read by main after it.
struct Context {
  /// This program, to be started again as a worker.
  std::filesystem::path program;
  int verbosity = 0;
  int status = kSuccess;
};

/// One command of the program. A file of commands/ defines it and `register_NAME`.
class Command {
 public:
  virtual ~Command() = default;
  /// Adds the subcommand with its options; its callback does the work, throwing Error on bad input
  /// and setting `context.status` when the outcome is anything but success.
  virtual void add_to(CLI::App& app, Context& context) const = 0;
};

using CommandRegistry = Registry<Command>;
void register_builtin_commands(CommandRegistry& registry);
CommandRegistry& commands();

/// Parses the arguments and runs the command. Returns the exit status; never throws.
int run_command_line(int argc, char** argv);

}  // namespace quantbench::cli
