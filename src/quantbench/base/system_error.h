#pragma once

#include <filesystem>
#include <system_error>

#include "quantbench/base/error.h"

namespace quantbench {

/// What the standard library says of a file, as an Error whose place is the path: "cannot get file
/// size: Permission denied".
Error error_of(const std::filesystem::filesystem_error& error);

/// What it says of anything else: a thread that cannot be started, for lack of memory or because of
/// a limit on processes.
Error error_of(const std::system_error& error);

}  // namespace quantbench
