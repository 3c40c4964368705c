#include "cli/output.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"

namespace quantbench::cli {

namespace {

/// errno of the first write that failed. Results are printed by one thread.
int write_failure = 0;

}  // namespace

void print_text(std::string_view text) {
  while (!text.empty() && write_failure == 0) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0) {
      if (errno == EAGAIN) {
        pollfd room{STDOUT_FILENO, POLLOUT, 0};
        ::poll(&room, 1, -1);
      } else if (errno != EINTR) {
        write_failure = errno;
      }
      continue;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void finish_output() {
  if (write_failure == 0) {
    // Some file systems (NFS) say only when a file is closed that its disk is full.
    const int copy = ::dup(STDOUT_FILENO);
    if (copy >= 0 && ::close(copy) != 0 && errno != EINTR) write_failure = errno;
  }
  if (write_failure == 0 || write_failure == EPIPE) return;
  throw Error("cannot write: " + std::generic_category().message(write_failure), "standard output");
}

void write_output(const std::string& text, const std::filesystem::path& path) {
  if (path.empty()) {
    print_text(text);
  } else {
    write_text(path, text);
  }
}

}  // namespace quantbench::cli
