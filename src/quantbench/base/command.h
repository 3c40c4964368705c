#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace quantbench {

/// What a program that ran to its end has said.
struct CommandResult {
  /// Its exit status; 128 and its signal where one ended it; 127 where it could not be started.
  int status = 0;
  std::string output;  ///< its standard output
  std::string errors;  ///< its standard error
  bool timed_out = false;

  bool ok() const { return status == 0 && !timed_out; }
  /// The first line of its errors, else of its output: what to tell of a failure.
  std::string reason() const;
};

struct CommandOptions {
  std::string input = {};
  std::chrono::milliseconds timeout = std::chrono::seconds(60);
  /// Variables of the environment that the program does not get.
  std::function<bool(const std::string& name)> hides = {};
};

/// Runs a program, found along PATH, with these arguments (the first is its name), and waits for
/// its end. One that takes too long is killed. It is in a process group of its own, so the
/// terminal's Ctrl-C does not reach it. Throws nothing: a program that cannot be started has status
/// 127 and says why in `errors`.
CommandResult run_command(const std::vector<std::string>& arguments,
                          const CommandOptions& options = {});

}  // namespace quantbench
