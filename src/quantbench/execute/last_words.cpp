#include "quantbench/execute/last_words.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>

#include "quantbench/base/text.h"

namespace quantbench::execute {

namespace {

constexpr std::array<std::string_view, 7> kOfMemory = {
    "bad_alloc",     "Cannot allocate memory", "cannot allocate memory",   "memory allocation of",
    "out of memory", "Out of memory",          "Failed to allocate memory"};

/// "   3: std::panicking::begin_panic" and "             at /rustc/library/std/src/panic.rs:5".
bool is_of_a_trace(std::string_view line) {
  if (line.starts_with("at ") || line.starts_with("note:") || line == "stack backtrace:")
    return true;
  const std::size_t digits = line.find_first_not_of("0123456789");
  return digits != 0 && digits != std::string_view::npos && line.substr(digits, 2) == ": ";
}

}  // namespace

void LastWords::add(std::string_view line) {
  const std::string_view text = trim(line);
  if (text.empty() || is_of_a_trace(text)) return;
  last_ = text;
  if (memory_.empty() && tells_of_memory(text)) memory_ = text;
}

bool tells_of_memory(std::string_view message) {
  return std::ranges::any_of(kOfMemory, [&](std::string_view words) {
    return message.find(words) != std::string_view::npos;
  });
}

std::string not_enough_memory(const std::string& message) {
  std::string text = "not enough memory";
  if (!message.empty()) text += ": " + message;
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return text;
  return text + fmt::format("; the address space is limited to {:.1f} MB (ulimit -v)",
                            static_cast<double>(limit.rlim_cur) / 1e6);
}

}  // namespace quantbench::execute
