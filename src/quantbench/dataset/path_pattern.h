#pragma once

#include <string_view>

namespace quantbench::dataset {

/// Whether a pattern of a data set card ("data_files: sst2/validation-*") matches the path. '*' and
/// '?' match text without '/', "[abc]", "[a-z]" and "[!a]" match one character, "**" matches any
/// text, "**/" also matches nothing, as in fsspec's glob.
bool path_matches(std::string_view pattern, std::string_view path);

}  // namespace quantbench::dataset
