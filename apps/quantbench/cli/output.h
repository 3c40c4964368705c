#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "quantbench/base/utf8.h"

namespace quantbench::cli {

/// Results on standard output. All of it goes through here, so that what cannot be written is known
/// before the exit status is chosen: a command writes its files and ends, and `finish_output` says
/// what was lost.
void print_text(std::string_view text);

/// Lines for people. What a terminal would act upon in them is shown (base/utf8.h): names and
/// messages are a stranger's. A document goes through `write_output`: its format has its own rules.
template <typename... Arguments>
void print(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  print_text(visible_lines(fmt::format(format, std::forward<Arguments>(arguments)...)));
}

/// Throws Error when a part of standard output could not be written (a full disk, a closed
/// descriptor). A reader that went away (`| head -1`) has what it wanted: the rest is dropped
/// without a word, and the status is the command's own, as ripgrep has it. (git ends by SIGPIPE,
/// which would lose `compare`'s status.)
void finish_output();

/// Writes `text` to the file `path`, or to standard output when that is empty.
void write_output(const std::string& text, const std::filesystem::path& path);

}  // namespace quantbench::cli
