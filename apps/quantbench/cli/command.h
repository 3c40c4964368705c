#pragma once

#include <CLI/CLI.hpp>
#include <array>
#include <string>

#include "quantbench/base/registry.h"

namespace quantbench::cli {

/// Exit statuses, the same for every command.
enum ExitStatus : int {
  kSuccess = 0,
  kSomeRowsFailed = 1,
  kBadInput = 2,
  kInternalFault = 3,
  kRegression = 4,
  kOutsideBudget = 5,
  kInconclusive = 6,
  kInterrupted = 130,
};

/// What each says, for `--help` and docs/cli.md.
struct StatusMeaning {
  ExitStatus status;
  const char* meaning;
};
inline constexpr std::array<StatusMeaning, 8> kExitStatuses = {{
    {kSuccess, "success"},
    {kSomeRowsFailed, "the run ended, but some rows failed"},
    {kBadInput,
     "bad usage, spec, model or data, or an output that cannot be written; one line on standard "
     "error says what, where, and what would be right"},
    {kInternalFault, "a fault of quantbench"},
    {kRegression, "`compare` found a regression"},
    {kOutsideBudget, "`tune` found no better model within the budget; the original stays"},
    {kInconclusive,
     "`compare` found no regression, but some latencies are too noisy to tell, or not to be "
     "trusted"},
    {kInterrupted,
     "interrupted (Ctrl-C, SIGTERM, SIGHUP); finished stages are kept, the same command continues"},
}};

/// What the commands share: set before the command runs, read by main after it.
struct Context {
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
