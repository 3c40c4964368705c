#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace quantbench {

/// Length of the longest prefix of `text` that is well-formed UTF-8 (RFC 3629: no overlong forms,
/// no surrogates, nothing above U+10FFFF). Equal to text.size() when all of it is.
std::size_t valid_utf8_prefix(std::string_view text);

/// The code point that starts at `position`, which is moved behind it. `text` must be well-formed
/// and `position` at the start of a code point.
char32_t next_code_point(std::string_view text, std::size_t& position);

/// Appends the code point in UTF-8.
void append_utf8(std::string& text, char32_t code_point);

/// True for characters that a terminal acts upon, or that reorder, hide or break the text around
/// them: control characters (U+0000 to U+001F, U+007F to U+009F), bidirectional and zero-width
/// controls (U+061C, U+200B to U+200F, U+202A to U+202E, U+2060 to U+2069, U+FEFF), line and
/// paragraph separators (U+2028, U+2029).
bool is_control(char32_t code_point);

/// The character as Python's repr() escapes it: "\x1b", "\u202e".
std::string control_escape(char32_t code_point);

/// `text` as it may reach a terminal, a log or a line of a report, whoever wrote it: line breaks
/// and tabs become spaces, other control characters their escapes, invalid UTF-8 "\xff".
std::string visible(std::string_view text);

/// The same of each line of `text`: line breaks stay.
std::string visible_lines(std::string_view text);

}  // namespace quantbench
