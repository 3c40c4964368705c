#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace quantbench {

/// The candidate nearest to `name` by edit distance (optimal string alignment, case ignored), or ""
/// when none is near enough to be a likely slip (more than a third of the longer word differs).
std::string nearest(std::string_view name, std::span<const std::string> candidates);

/// "did you mean 'x'?" when something is near, else "known: a, b, c".
std::string suggest(std::string_view name, std::span<const std::string> candidates);

/// Parts of `text` between separators; empty parts are kept.
std::vector<std::string> split(std::string_view text, char separator);

/// `text` without leading and trailing ASCII white space.
std::string_view trim(std::string_view text);

/// Parts joined with `separator` between them.
std::string join(std::span<const std::string> parts, std::string_view separator);

/// Shell-style match with '*' and '?' over the whole of `text`.
bool glob_match(std::string_view pattern, std::string_view text);

}  // namespace quantbench
