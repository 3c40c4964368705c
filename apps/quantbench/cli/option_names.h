#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace quantbench::cli {

/// The names of an option that `--help` and shell completion show: the short one, the first long
/// one, and the first long one that says no. Its other names (those of the spec, of ONNX Runtime)
/// work all the same. A positional has none.
std::vector<std::string> shown_names(const CLI::Option& option);

/// Help that lists each option once, by its shown names.
class OptionFormatter : public CLI::Formatter {
 public:
  std::string make_option_name(const CLI::Option* option, bool is_positional) const override;
};

/// The arguments with options in kebab-case, as they are declared: "--per_channel", the spec's way
/// to write it, becomes
/// "--per-channel". Only names of options of `app` and its commands change, and nothing behind
/// "--".
std::vector<std::string> with_hyphens(std::vector<std::string> arguments, const CLI::App& app);

}  // namespace quantbench::cli
