#pragma once

#include <string>
#include <string_view>

namespace quantbench::execute {

/// What a process printed before it died, as far as it says why.
class LastWords {
 public:
  /// Lines of a trace and notes on traces ("note: Some details are omitted, run with ...") are
  /// passed over: libraries print them after the reason.
  void add(std::string_view line);
  /// The line that tells that memory was missing, else the last one; empty: nothing was said.
  const std::string& text() const { return memory_.empty() ? last_ : memory_; }
  /// Whether memory was missing.
  bool tell_of_memory() const { return !memory_.empty(); }

 private:
  std::string last_;
  std::string memory_;
};

/// Whether a message of a library says that memory was missing: "std::bad_alloc", "Cannot allocate
/// memory", "memory allocation of 65536 bytes failed", ...
bool tells_of_memory(std::string_view message);

/// "not enough memory: MESSAGE", with the limit on the address space (ulimit -v) where there is
/// one.
std::string not_enough_memory(const std::string& message);

}  // namespace quantbench::execute
