#pragma once

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace quantbench {

/// Diagnostics go to standard error, through spdlog's default logger; standard output is for
/// results. `verbosity`: 0 warnings, 1 information, 2 debug. Call once at the start.
void set_up_logging(int verbosity);

}  // namespace quantbench
