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

}  // namespace quantbench
