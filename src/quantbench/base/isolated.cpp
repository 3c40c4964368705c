#include "quantbench/base/isolated.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <system_error>
#include <utility>

#include "quantbench/base/memory.h"

namespace quantbench {

namespace {

/// Exit status of a child whose body threw; its message is what it wrote.
constexpr int kThrew = 3;

bool write_all(int descriptor, const std::string& bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t written = ::write(descriptor, bytes.data() + done, bytes.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    done += static_cast<std::size_t>(written);
  }
  return true;
}

std::string read_all(int descriptor) {
  std::string bytes;
  std::array<char, 65536> buffer;
  while (true) {
    const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return bytes;
    bytes.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

/// Never returns. Whatever happens ends with this process alone, and silently.
[[noreturn]] void be_child(const std::function<std::string()>& body, int out,
                           const IsolatedBounds& bounds) {
  for (const int number :
       {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM, SIGINT, SIGTERM, SIGHUP}) {
    ::signal(number, SIG_DFL);
  }
  ::alarm(bounds.seconds);
  const MemoryGrowthLimit limit(bounds.memory);
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere >= 0) {
    ::dup2(nowhere, STDOUT_FILENO);
    ::dup2(nowhere, STDERR_FILENO);
  }
  int status = kThrew;
  try {
    if (write_all(out, body())) status = EXIT_SUCCESS;
  } catch (const std::exception& error) {
    write_all(out, error.what());
  } catch (...) {
    write_all(out, "an exception without a message");
  }
  ::_exit(status);
}

}  // namespace

IsolatedResult run_isolated(const std::function<std::string()>& body,
                            const IsolatedBounds& bounds) {
  const auto not_started = [](int code) {
    return IsolatedResult{{}, "could not be started: " + std::generic_category().message(code)};
  };
  std::array<int, 2> ends;
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return not_started(errno);
  const pid_t child = ::fork();
  const int fork_error = errno;
  if (child == 0) {
    ::close(ends[0]);
    be_child(body, ends[1], bounds);
  }
  ::close(ends[1]);
  if (child < 0) {
    ::close(ends[0]);
    return not_started(fork_error);
  }
  std::string bytes = read_all(ends[0]);
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return {{}, "was lost"};
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS) return {std::move(bytes), {}};
  if (WIFEXITED(status) && WEXITSTATUS(status) == kThrew) return {{}, "failed: " + bytes};
  if (WIFEXITED(status)) return {{}, "ended with status " + std::to_string(WEXITSTATUS(status))};
  if (WTERMSIG(status) == SIGALRM) {
    return {{}, "took longer than " + std::to_string(bounds.seconds) + " s"};
  }
  return {{}, std::string("crashed (") + ::strsignal(WTERMSIG(status)) + ")"};
}

}  // namespace quantbench
