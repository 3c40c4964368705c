#pragma once

#include <string_view>

namespace quantbench::dataset {

/// Whether a pattern of a data set card ("data_files: sst2/validation-*") means the path. '*' and
/// '?' stand for text without '/', "[abc]", "[a-z]" and "[!a]" for one character, "**" for any text
/// with or without '/', and "**/" also for nothing, as fsspec's glob has them.
bool path_matches(std::string_view pattern, std::string_view path);

}  // namespace quantbench::dataset
