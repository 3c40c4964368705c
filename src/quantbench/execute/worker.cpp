#include "quantbench/execute/worker.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <memory>
#include <system_error>
#include <utility>

#include "quantbench/base/json_own.h"
#include "quantbench/base/log.h"
#include "quantbench/base/text.h"
#include "quantbench/execute/last_words.h"
#include "quantbench/execute/line_splitter.h"
#include "quantbench/execute/worker_protocol.h"
#include "quantbench/measure/affinity.h"
#include "quantbench/measure/memory_limit.h"

extern char** environ;

namespace quantbench::execute {

// Named: WorkerProcess::Parts, which other files may name, is made of these.
namespace worker_parts {

constexpr int kPollMs = 100;
/// Of an answer: a result with the predictions of a million samples has a tenth of it.
constexpr std::size_t kLongestReply = std::size_t{256} << 20;
/// Of what a library prints, which may never end a line.
constexpr std::size_t kLongestPrinted = std::size_t{16} << 10;

[[noreturn]] void throw_errno(const char* doing, int code) {
  throw Error(std::string(doing) + ": " + std::generic_category().message(code), "worker");
}

class Descriptor {
 public:
  Descriptor() = default;
  /// Moves it above the numbers that the child's own descriptors get.
  explicit Descriptor(int raw) : value_(::fcntl(raw, F_DUPFD_CLOEXEC, 10)) {
    const int code = errno;
    ::close(raw);
    if (value_ < 0) throw_errno("cannot open a pipe", code);
  }
  ~Descriptor() { close(); }
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    close();
    value_ = std::exchange(other.value_, -1);
    return *this;
  }
  void close() {
    if (value_ >= 0) ::close(std::exchange(value_, -1));
  }
  int get() const { return value_; }

 private:
  int value_ = -1;
};

struct Pipe {
  Descriptor read;
  Descriptor write;

  static Pipe make() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw_errno("cannot open a pipe", errno);
    return of(ends);
  }
  /// A socket pair: writing to a worker that is gone is then an error and no signal.
  static Pipe make_socket() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
      throw_errno("cannot open a socket", errno);
    }
    return of(ends);
  }

 private:
  static Pipe of(const std::array<int, 2>& ends) {
    Pipe pipe;
    pipe.read = Descriptor(ends[0]);
    pipe.write = Descriptor(ends[1]);
    return pipe;
  }
};

/// Splits what a descriptor brings into lines.
class LineReader {
 public:
  LineReader(Descriptor source, std::size_t longest_line)
      : source_(std::move(source)), lines_(longest_line) {}

  bool at_end() const { return source_.get() < 0; }
  int descriptor() const { return source_.get(); }

  /// Reads once; call when there is something to read.
  void read(const LineSplitter::OnLine& on_line) {
    std::array<char, 65536> buffer;
    const ssize_t size = ::read(source_.get(), buffer.data(), buffer.size());
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (size > 0) return lines_.add({buffer.data(), static_cast<std::size_t>(size)}, on_line);
    source_.close();
    lines_.finish(on_line);
  }

 private:
  Descriptor source_;
  LineSplitter lines_;
};

class SpawnActions {
 public:
  SpawnActions() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    // A group of its own: Ctrl-C reaches this program alone, which then ends the worker. Signals
    // as at login, whatever this program ignores or blocks.
    sigset_t none;
    sigemptyset(&none);
    sigset_t all;
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnActions() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;

  void duplicate(const Descriptor& from, int to) {
    posix_spawn_file_actions_adddup2(&actions_, from.get(), to);
  }

  pid_t spawn(const std::filesystem::path& program) {
    const std::string path = program.string();
    // The path may be /proc/self/exe, which says nothing in a list of processes.
    std::string name = "quantbench";
    std::string argument = "worker";
    const std::array<char*, 3> arguments = {name.data(), argument.data(), nullptr};
    pid_t child = -1;
    const int code =
        ::posix_spawn(&child, path.c_str(), &actions_, &attributes_, arguments.data(), environ);
    if (code != 0) {
      throw Error("cannot start the worker: " + std::generic_category().message(code), path);
    }
    return child;
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

/// Sends all; a worker that is gone is noticed when it is waited for.
void send_line(int socket, const std::string& line) {
  const std::string text = line + "\n";
  std::string_view left = text;
  while (!left.empty()) {
    const ssize_t sent = ::send(socket, left.data(), left.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return;
    left.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string describe_signal(int signal, const measure::MemoryKills& kills) {
  std::string text = "worker killed by signal " + std::to_string(signal);
  if (signal != SIGKILL) return text + " (" + ::strsignal(signal) + ")";
  const std::string reason = kills.reason();
  return reason.empty() ? text + " (out of memory?)" : "not enough memory: " + reason;
}

/// Reads what a worker says and prints.
class Supervisor {
 public:
  Supervisor(WorkerListener listener, LineReader replies, LineReader errors)
      : listener_(std::move(listener)), replies_(std::move(replies)), errors_(std::move(errors)) {}

  /// Reads until the worker says something to its caller, or until both streams end, which they do
  /// when it is gone. nullopt: it is gone.
  std::optional<Json> watch(pid_t child) {
    while (!said_ && (!replies_.at_end() || !errors_.at_end())) {
      std::array<pollfd, 2> sources = {
          {{replies_.descriptor(), POLLIN, 0}, {errors_.descriptor(), POLLIN, 0}}};
      ::poll(sources.data(), sources.size(), kPollMs);
      if (listener_.cancel != nullptr && listener_.cancel->load() && !cancelled_) {
        cancelled_ = true;
        ::kill(child, SIGKILL);
      }
      if (sources[0].revents != 0) {
        replies_.read([&](const std::string& line, LineSplitter::Length length) {
          if (length == LineSplitter::Length::kWhole) return on_reply(line);
          talks_endlessly_ = true;
          ::kill(child, SIGKILL);
        });
      }
      if (sources[1].revents != 0) {
        errors_.read([&](const std::string& line, LineSplitter::Length) { on_printed(line); });
      }
    }
    return std::exchange(said_, std::nullopt);
  }

  WorkerOutcome outcome(int status) {
    if (cancelled_) {
      outcome_.kind = WorkerOutcome::Kind::kCancelled;
      outcome_.error = Error("cancelled");
    } else if (talks_endlessly_) {
      outcome_.kind = WorkerOutcome::Kind::kCrashed;
      outcome_.error = Error("the worker's answer is longer than " +
                             std::to_string(kLongestReply >> 20) + " MiB");
    } else if (!answered_) {
      outcome_.kind = WorkerOutcome::Kind::kCrashed;
      std::string what = WIFSIGNALED(status)
                             ? describe_signal(WTERMSIG(status), kills_)
                             : "worker ended with status " + std::to_string(WEXITSTATUS(status)) +
                                   " and no result";
      if (last_words_.tell_of_memory()) {
        what = not_enough_memory(last_words_.text()) + "; " + what;
      } else if (!last_words_.text().empty()) {
        what += ": " + last_words_.text();
      }
      outcome_.error = Error(what);
    }
    return std::move(outcome_);
  }

 private:
  void on_reply(const std::string& line) {
    Json reply;
    try {
      reply = parse_own_json(line, "worker");
    } catch (const Error&) {
      return;  // cut off by a crash, which is reported
    }
    if (reply.contains("progress")) {
      if (listener_.progress) listener_.progress(reply.at("progress").get<double>());
    } else if (reply.contains("warning")) {
      if (listener_.warning) listener_.warning(reply.at("warning").get<std::string>());
    } else if (reply.contains("said")) {
      said_ = std::move(reply.at("said"));
    } else if (reply.contains("answer")) {
      answered_ = true;
      outcome_.kind = WorkerOutcome::Kind::kDone;
      outcome_.answer = record_from_json<StageAnswer>(std::move(reply.at("answer")), "worker");
    } else if (reply.contains("error")) {
      answered_ = true;
      const bool of_stage = value_or(reply, "of_stage", true, "worker");
      outcome_.kind = of_stage ? WorkerOutcome::Kind::kError : WorkerOutcome::Kind::kCrashed;
      outcome_.error = error_from_json(reply.at("error"));
    }
  }

  void on_printed(const std::string& line) {
    const std::string_view text = trim(line);
    if (text.empty()) return;
    last_words_.add(text);
    spdlog::debug("worker: {}", text);
  }

  WorkerListener listener_;
  LineReader replies_;
  LineReader errors_;
  /// Not yet passed on. The worker waits for an answer before it says more.
  std::optional<Json> said_;
  const measure::MemoryKills kills_;
  LastWords last_words_;
  WorkerOutcome outcome_;
  bool answered_ = false;
  bool cancelled_ = false;
  bool talks_endlessly_ = false;
};

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace worker_parts

using namespace worker_parts;

struct WorkerProcess::Parts {
  pid_t child = -1;
  std::chrono::steady_clock::time_point begin;
  /// What it reads.
  Descriptor input;
  Supervisor supervisor;
};

WorkerProcess::WorkerProcess(const std::filesystem::path& program, const Job& job,
                             WorkerListener listener) {
  const auto begin = std::chrono::steady_clock::now();
  Pipe jobs = Pipe::make_socket();
  Pipe replies = Pipe::make();
  Pipe errors = Pipe::make();
  SpawnActions actions;
  actions.duplicate(jobs.read, STDIN_FILENO);
  actions.duplicate(errors.write, STDOUT_FILENO);
  actions.duplicate(errors.write, STDERR_FILENO);
  actions.duplicate(replies.write, kReplyDescriptor);
  const pid_t child = actions.spawn(program);
  jobs.read.close();
  replies.write.close();
  errors.write.close();
  parts_ = std::make_unique<Parts>(
      child, begin, std::move(jobs.write),
      Supervisor(std::move(listener), LineReader(std::move(replies.read), kLongestReply),
                 LineReader(std::move(errors.read), kLongestPrinted)));
  Json message = record_to_json(job);
  message["parent"] = ::getpid();
  message["log_level"] = static_cast<int>(spdlog::default_logger_raw()->level());
  send_line(parts_->input.get(), to_line(message));
}

WorkerProcess::~WorkerProcess() {
  if (parts_->child < 0) return;
  ::kill(parts_->child, SIGKILL);
  wait_for(parts_->child);
}

std::optional<Json> WorkerProcess::listen() { return parts_->supervisor.watch(parts_->child); }

void WorkerProcess::say(const Json& message) { send_line(parts_->input.get(), to_line(message)); }

void WorkerProcess::pause() {
  ::kill(parts_->child, SIGSTOP);
  // The signal stops a thread when it next enters the kernel, on another processor a moment later.
  siginfo_t state{};
  while (::waitid(P_PID, static_cast<id_t>(parts_->child), &state, WSTOPPED | WEXITED | WNOWAIT) <
             0 &&
         errno == EINTR) {
  }
  if (state.si_code == CLD_STOPPED) {  // takes the news, so that the next stop is news again
    ::waitid(P_PID, static_cast<id_t>(parts_->child), &state, WSTOPPED | WNOHANG);
  }
}

void WorkerProcess::resume() { ::kill(parts_->child, SIGCONT); }

void WorkerProcess::keep_on(const std::vector<int>& processors) {
  measure::keep_on(parts_->child, processors);
}

WorkerOutcome WorkerProcess::finish() {
  parts_->input.close();
  while (listen()) {  // what it says now has no reader
  }
  WorkerOutcome outcome = parts_->supervisor.outcome(wait_for(std::exchange(parts_->child, -1)));
  outcome.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - parts_->begin).count();
  return outcome;
}

WorkerOutcome run_worker(const std::filesystem::path& program, const Job& job,
                         const WorkerListener& listener) {
  return WorkerProcess(program, job, listener).finish();
}

}  // namespace quantbench::execute
