#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace quantbench::cli {

/// Adds `--layout`, the layout of the card. `note` says what a missing one means.
void add_layout_option(CLI::App& command, std::string& layout, const std::string& note);

}  // namespace quantbench::cli
