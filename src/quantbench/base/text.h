#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace quantbench {

/// The candidate nearest to `name` by edit distance (optimal string alignment, case ignored), or ""
/// when none is near enough to be a likely slip (more than a third of the longer word differs).
/// Words of more than 256 bytes are near to none.
std::string nearest(std::string_view name, std::span<const std::string> candidates);

/// "did you mean 'x'?" when something is near, else "known: a, b, c" (see join_some).
std::string suggest(std::string_view name, std::span<const std::string> candidates);

/// Parts of `text` between separators; empty parts are kept.
std::vector<std::string> split(std::string_view text, char separator);

/// `text` without leading and trailing ASCII white space.
std::string_view trim(std::string_view text);

/// `text` with its ASCII letters in lower case.
std::string to_lower(std::string_view text);

/// Parts joined with `separator` between them.
std::string join(std::span<const std::string> parts, std::string_view separator);

/// The same for a message: the first 50 parts, and how many more there are.
std::string join_some(std::span<const std::string> parts, std::string_view separator);

/// "436", "1,900".
std::string with_commas(std::int64_t number);

/// Shell-style match with '*' and '?' over the whole of `text`.
bool glob_match(std::string_view pattern, std::string_view text);

/// Offset of the first byte that is not part of well-formed UTF-8 (RFC 3629: no overlong forms, no
/// surrogates), or npos.
std::size_t find_invalid_utf8(std::string_view text);

/// Number of code points of well-formed UTF-8 text.
std::size_t utf8_length(std::string_view text);

}  // namespace quantbench
