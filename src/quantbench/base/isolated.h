#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace quantbench {

/// What the work of `run_isolated` may take.
struct IsolatedBounds {
  unsigned seconds = 60;
  /// Bytes beyond what the process holds that starts it.
  std::uint64_t memory = std::uint64_t{1} << 30;
};

/// Runs `body` in a process forked for it and returns the bytes it gave; nullopt when it crashed,
/// threw, or passed a bound. For libraries that do not survive a stranger's bytes: their faults end
/// the child and nothing else. What `body` changes in memory is lost.
std::optional<std::string> run_isolated(const std::function<std::string()>& body,
                                        const IsolatedBounds& bounds);

}  // namespace quantbench
