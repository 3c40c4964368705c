#pragma once

#include <functional>
#include <optional>
#include <string>

namespace quantbench {

/// Runs `body` in a process forked for it and returns the bytes it gave; nullopt when it crashed,
/// threw, or took longer than `seconds`. For libraries that do not survive a stranger's bytes:
/// their faults end the child and nothing else. What `body` changes in memory is lost.
std::optional<std::string> run_isolated(const std::function<std::string()>& body, unsigned seconds);

}  // namespace quantbench
