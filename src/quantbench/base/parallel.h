#pragma once

#include <cstddef>
#include <functional>

namespace quantbench {

/// Number of cores in this process's affinity mask, at least 1.
std::size_t usable_cores();

/// Calls body(0) ... body(count - 1), in parallel if possible, and returns when all calls have
/// ended.
using ParallelFor =
    std::function<void(std::size_t count, const std::function<void(std::size_t)>& body)>;

/// Calls `body(index)` for every index in [0, count) on up to `threads` threads, each taking the
/// next index when it is free, so that uneven work balances. Where the system gives fewer threads,
/// those do it. The first exception stops the handing out and is rethrown here.
void parallel_for(std::size_t count, std::size_t threads,
                  const std::function<void(std::size_t)>& body);

}  // namespace quantbench
