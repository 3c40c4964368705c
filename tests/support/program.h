#pragma once

#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include "quantbench/base/file.h"

namespace quantbench::test {

/// Result of the program: exit status (or 128 + signal), standard output and standard error.
struct ProgramResult {
  int status = -1;
  std::string output;
  std::string errors;
};

/// Environment of a program under test, as a shell writes it: store and caches below `scratch` and,
/// unless `more` says otherwise, no Hub.
inline std::string program_environment(const std::filesystem::path& scratch,
                                       const std::string& more = "HF_HUB_OFFLINE=1") {
  return "QUANTBENCH_STORE='" + (scratch / "store.sqlite").string() + "' QUANTBENCH_CACHE='" +
         (scratch / "cache").string() + "' HF_HOME='" + (scratch / "huggingface").string() + "' " +
         more;
}

inline int status_of(int raw) { return WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw); }

/// Runs a script of bash, to which "$Q" is the program; for what `run_program` cannot redirect. The
/// script gets a minute. Its standard output and standard error are the result's.
inline ProgramResult run_script(const std::string& script, const std::filesystem::path& scratch) {
  write_text(scratch / "script", script);
  const auto output = scratch / "script-stdout";
  const auto errors = scratch / "script-stderr";
  const std::string command = "cd '" + scratch.string() + "' && Q='" + QUANTBENCH_PROGRAM + "' " +
                              program_environment(scratch) + " timeout -k 1 60 bash script >'" +
                              output.string() + "' 2>'" + errors.string() + "' </dev/null";
  ProgramResult result;
  result.status = status_of(std::system(command.c_str()));
  result.output = read_text(output);
  result.errors = read_text(errors);
  return result;
}

/// Runs `quantbench <arguments>` (split by the shell) with store and caches below `scratch` and,
/// unless `environment` says otherwise, without the Hub.
inline ProgramResult run_program(const std::string& arguments, const std::filesystem::path& scratch,
                                 const std::string& environment = "HF_HUB_OFFLINE=1") {
  const auto output = scratch / "stdout";
  const auto errors = scratch / "stderr";
  const std::string command = program_environment(scratch, environment) + " '" +
                              QUANTBENCH_PROGRAM + "' " + arguments + " >'" + output.string() +
                              "' 2>'" + errors.string() + "' </dev/null";
  ProgramResult result;
  result.status = status_of(std::system(command.c_str()));
  result.output = read_text(output);
  result.errors = read_text(errors);
  return result;
}

}  // namespace quantbench::test
