#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

namespace quantbench::cli {

/// Says what is wrong with arguments that CLI11 refused, where a misspelled command or option is
/// the likely cause: CLI11 itself only reports what it then misses ("A subcommand is required").
///
///   quantbench rn           unknown command 'rn' (did you mean 'run'?)
///   quantbench run -o out   run has no option '-o' (did you mean '--out'?)
///
/// nullopt if all commands and options are known.
std::optional<std::string> unknown_word(const std::vector<std::string>& arguments,
                                        const CLI::App& app);

}  // namespace quantbench::cli
