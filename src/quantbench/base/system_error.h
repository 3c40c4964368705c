#pragma once

#include <filesystem>

#include "quantbench/base/error.h"

namespace quantbench {

/// What the standard library says of a file, as an Error whose place is the path: "cannot get file
/// size: Permission denied".
Error error_of(const std::filesystem::filesystem_error& error);

}  // namespace quantbench
