#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quantbench/base/json.h"

// Escaping for Markdown as GitHub and the Hub show it (CommonMark 0.31 with GFM's tables and
// autolinks), and its way back. Names, paths, messages and keys are a stranger's: none of them may
// become a link, an image, HTML, emphasis or a block of its own. What needs no escaping stays as it
// is, to the byte.

namespace quantbench::report::markdown {

/// A value in a code span: strings as they are, everything else as Python's repr(). A string that a
/// code span cannot hold (empty, or with control characters) stands as its repr(). For a cell of a
/// table, the bars are still to be escaped (Table does it).
std::string code_span(const Json& value);

/// A value without backticks, as Python's repr() writes it; inside strings, what Markdown would act
/// upon stands as "\x5b".
std::string bare(const Json& value);

/// Plain text: what Markdown would act upon gets a backslash, control characters are shown
/// (base/utf8.h).
std::string text(std::string_view plain);

/// A line of Markdown that someone else wrote, with its tables, bullets, headings, emphasis and
/// code spans, but without links, images and HTML. A line that this program wrote stays as it is.
std::string tamed(std::string_view line);
/// The same of a part of a card, each line with its line break.
std::string tamed_lines(const std::vector<std::string>& lines);

/// The content of a code span that makes up all of `span`, or nullopt.
std::optional<std::string> code_content(std::string_view span);

/// Length of the code span that `markdown` begins with, or npos.
std::size_t code_span_length(std::string_view markdown);

/// The value of a code span's content: the literal when `code_span` would write it so, else the
/// text itself.
Json code_value(std::string_view content);

/// What `text` was given.
std::string plain(std::string_view markdown);

}  // namespace quantbench::report::markdown
