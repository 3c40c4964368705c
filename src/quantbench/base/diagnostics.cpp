#include "quantbench/base/diagnostics.h"

#include <unistd.h>

#include <cerrno>

namespace quantbench {

namespace {

/// Back to the first column, and nothing right of it.
constexpr std::string_view kEraseLine = "\r\x1b[K";

}  // namespace

void DiagnosticStream::print(std::string_view line) {
  // One write a line: other processes write there too.
  std::string text;
  const std::scoped_lock lock(lock_);
  if (is_live_) text = kEraseLine;
  is_live_ = false;
  text += line;
  text += '\n';
  write(text);
}

void DiagnosticStream::show_live(std::string_view text) {
  const std::scoped_lock lock(lock_);
  is_live_ = true;
  write(std::string(kEraseLine).append(text));
}

void DiagnosticStream::clear_live() {
  const std::scoped_lock lock(lock_);
  if (is_live_) write(kEraseLine);
  is_live_ = false;
}

void DiagnosticStream::write(std::string_view text) const {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

DiagnosticStream& diagnostics() {
  // Never destroyed: static destructors may warn.
  static DiagnosticStream& stream = *new DiagnosticStream(STDERR_FILENO);
  return stream;
}

}  // namespace quantbench
