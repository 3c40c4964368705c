#pragma once

#include <string>

namespace quantbench::cli {

/// Writes `text` to the file `path`, or to standard output when that is empty.
void write_output(const std::string& text, const std::string& path);

}  // namespace quantbench::cli
