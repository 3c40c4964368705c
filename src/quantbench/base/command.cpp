#include "quantbench/base/command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

#include "quantbench/base/text.h"

namespace quantbench {

namespace {

constexpr int kNotStarted = 127;
/// Of its output, bytes that are kept.
constexpr std::size_t kMostOutput = std::size_t{64} << 20;

/// The two ends of a pipe that no other child gets.
class Pipe {
 public:
  Pipe() {
    if (::pipe2(ends_.data(), O_CLOEXEC) != 0) ends_ = {-1, -1};
  }
  ~Pipe() {
    close(0);
    close(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int end(std::size_t which) const { return ends_[which]; }
  void close(std::size_t which) {
    if (ends_[which] >= 0) ::close(std::exchange(ends_[which], -1));
  }
  void keep_from_blocking(std::size_t which) const {
    ::fcntl(ends_[which], F_SETFL, ::fcntl(ends_[which], F_GETFL) | O_NONBLOCK);
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

std::vector<std::string> environment(const CommandOptions& options) {
  std::vector<std::string> out;
  for (char** one = environ; one != nullptr && *one != nullptr; ++one) {
    const std::string entry = *one;
    if (options.hides && options.hides(entry.substr(0, entry.find('=')))) continue;
    out.push_back(entry);
  }
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

/// Reads what is there. False: the end was reached.
bool drain(int descriptor, std::string& into) {
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t got = ::read(descriptor, buffer.data(), buffer.size());
    if (got > 0) {
      if (into.size() < kMostOutput) into.append(buffer.data(), static_cast<std::size_t>(got));
      continue;
    }
    if (got < 0 && errno == EINTR) continue;
    return got < 0 && errno == EAGAIN;
  }
}

/// Moves bytes until the program has closed its outputs. False: it took too long.
bool exchange(Pipe& input, Pipe& output, Pipe& errors, const CommandOptions& options,
              CommandResult& result) {
  const auto deadline = std::chrono::steady_clock::now() + options.timeout;
  std::size_t sent = 0;
  bool open_output = true;
  bool open_errors = true;
  if (options.input.empty()) input.close(1);
  while (open_output || open_errors) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    std::array<pollfd, 3> ready{{{open_output ? output.end(0) : -1, POLLIN, 0},
                                 {open_errors ? errors.end(0) : -1, POLLIN, 0},
                                 {input.end(1), POLLOUT, 0}}};
    ::poll(ready.data(), ready.size(), static_cast<int>(std::min<long>(left.count(), 1000)));
    if (ready[0].revents != 0) open_output = drain(output.end(0), result.output);
    if (ready[1].revents != 0) open_errors = drain(errors.end(0), result.errors);
    if (ready[2].revents != 0) {
      const ssize_t written =
          ::write(input.end(1), options.input.data() + sent, options.input.size() - sent);
      if (written > 0) sent += static_cast<std::size_t>(written);
      const bool broken = written < 0 && errno != EAGAIN && errno != EINTR;
      if (broken || sent == options.input.size()) input.close(1);
    }
  }
  return true;
}

/// Writing to a program that does not read must not end this one.
class IgnoredPipeSignal {
 public:
  IgnoredPipeSignal() {
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignore, &former_);
  }
  ~IgnoredPipeSignal() { ::sigaction(SIGPIPE, &former_, nullptr); }
  IgnoredPipeSignal(const IgnoredPipeSignal&) = delete;
  IgnoredPipeSignal& operator=(const IgnoredPipeSignal&) = delete;

 private:
  struct sigaction former_ {};
};

}  // namespace

std::string CommandResult::reason() const {
  if (timed_out) return "did not answer in time";
  for (const std::string* text : {&errors, &output}) {
    for (const std::string& line : split(*text, '\n')) {
      if (!trim(line).empty()) return std::string(trim(line));
    }
  }
  return "ended with status " + std::to_string(status);
}

CommandResult run_command(const std::vector<std::string>& arguments,
                          const CommandOptions& options) {
  CommandResult result;
  Pipe input;
  Pipe output;
  Pipe errors;
  const IgnoredPipeSignal ignored;
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&actions, input.end(0), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output.end(1), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, errors.end(1), STDERR_FILENO);
  sigset_t set;
  sigemptyset(&set);
  posix_spawnattr_setsigmask(&attributes, &set);
  sigaddset(&set, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &set);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  std::vector<std::string> texts = arguments;
  std::vector<std::string> variables = environment(options);
  const std::vector<char*> argv = pointers(texts);
  const std::vector<char*> envp = pointers(variables);
  pid_t child = 0;
  const int failure =
      ::posix_spawnp(&child, argv[0], &actions, &attributes, argv.data(), envp.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failure != 0) {
    result.status = kNotStarted;
    result.errors = arguments.at(0) + ": " + std::generic_category().message(failure);
    return result;
  }
  input.close(0);
  output.close(1);
  errors.close(1);
  for (const Pipe* pipe : {&output, &errors}) pipe->keep_from_blocking(0);
  input.keep_from_blocking(1);
  if (!exchange(input, output, errors, options, result)) {
    result.timed_out = true;
    ::kill(-child, SIGKILL);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

}  // namespace quantbench
