#include "cli/interrupt.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <system_error>

#include "cli/command.h"
#include "quantbench/base/diagnostics.h"
#include "quantbench/base/temporaries.h"

namespace quantbench::cli {

namespace {

/// What the handler writes to and the watcher reads: removing files takes more than a handler may
/// call.
std::atomic<int> write_end{-1};

void on_signal(int /*signal*/) {
  const int kept = errno;
  const char byte = 0;
  [[maybe_unused]] const ssize_t written = ::write(write_end, &byte, 1);
  errno = kept;
}

/// Waits for a signal or for the pipe's end.
void wait_for_signal(int read_end) {
  char byte = 0;
  ssize_t got = 0;
  while ((got = ::read(read_end, &byte, 1)) < 0 && errno == EINTR) {
  }
  ::close(read_end);
  if (got == 1) {
    end_without_temporaries(kInterrupted,
                            [] { diagnostics().print("quantbench: error: interrupted"); });
  }
}

}  // namespace

InterruptWatch::InterruptWatch() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
  try {
    watcher_ = std::thread(wait_for_signal, ends[0]);
  } catch (const std::system_error&) {  // no more threads: signals end the process on the spot
    ::close(ends[0]);
    ::close(ends[1]);
    return;
  }
  write_end = ends[1];
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    Former former{signal, {}};
    ::sigaction(signal, nullptr, &former.action);
    if (former.action.sa_handler != SIG_DFL) continue;
    struct sigaction action {};
    action.sa_handler = on_signal;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    ::sigaction(signal, &action, nullptr);
    former_.push_back(former);
  }
}

InterruptWatch::~InterruptWatch() {
  for (const Former& former : former_) ::sigaction(former.signal, &former.action, nullptr);
  if (const int descriptor = write_end.exchange(-1); descriptor >= 0) ::close(descriptor);
  if (watcher_.joinable()) watcher_.join();
}

}  // namespace quantbench::cli
