#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace quantbench {

/// What the work of `run_isolated` may take.
struct IsolatedBounds {
  unsigned seconds = 60;
  /// Bytes beyond what the process holds that starts it.
  std::uint64_t memory = std::uint64_t{1} << 30;
};

/// What a body that ran in a process of its own came to.
struct IsolatedResult {
  /// What it gave.
  std::string bytes;
  /// Why it gave nothing: "crashed (Segmentation fault)", "took longer than 60 s", "failed:
  /// " and the message of its exception, "could not be started: ". Empty: it gave `bytes`.
  std::string failure;
};

/// Runs `body` in a process forked for it. For libraries that do not survive a stranger's bytes:
/// their faults end the child and nothing else. What `body` changes in memory is lost.
IsolatedResult run_isolated(const std::function<std::string()>& body, const IsolatedBounds& bounds);

}  // namespace quantbench
