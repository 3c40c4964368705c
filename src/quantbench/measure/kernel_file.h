#pragma once

#include <filesystem>
#include <string>

namespace quantbench::measure {

/// Content of a file of /proc or /sys, which report no size; "" if it cannot be read.
std::string read_kernel_file(const std::filesystem::path& path);

}  // namespace quantbench::measure
