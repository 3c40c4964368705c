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

/// Runs `quantbench <arguments>` (split by the shell) with store and caches below `scratch` and,
/// unless `environment` says otherwise, without the Hub.
inline ProgramResult run_program(const std::string& arguments, const std::filesystem::path& scratch,
                                 const std::string& environment = "HF_HUB_OFFLINE=1") {
  const auto output = scratch / "stdout";
  const auto errors = scratch / "stderr";
  const std::string command = "QUANTBENCH_STORE='" + (scratch / "store.sqlite").string() +
                              "' QUANTBENCH_CACHE='" + (scratch / "cache").string() +
                              "' HF_HOME='" + (scratch / "huggingface").string() + "' " +
                              environment + " '" + QUANTBENCH_PROGRAM + "' " + arguments + " >'" +
                              output.string() + "' 2>'" + errors.string() + "' </dev/null";
  const int raw = std::system(command.c_str());
  ProgramResult result;
  result.status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
  result.output = read_text(output);
  result.errors = read_text(errors);
  return result;
}

}  // namespace quantbench::test
