#include <signal.h>
#include <spdlog/sinks/base_sink.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <mutex>
#include <new>
#include <optional>
#include <string>

#include "quantbench/base/file.h"
#include "quantbench/base/json_own.h"
#include "quantbench/base/log.h"
#include "quantbench/base/system_error.h"
#include "quantbench/execute/artefacts.h"
#include "quantbench/execute/last_words.h"
#include "quantbench/execute/run.h"
#include "quantbench/execute/worker.h"
#include "quantbench/execute/worker_protocol.h"
#include "quantbench/stages/registry.h"

namespace quantbench::execute {

namespace {

/// Lines to the program that started this one. When that is gone, writing ends this process.
class Replies {
 public:
  void send(const Json& message) {
    const std::string line = to_line(message) + "\n";
    const std::scoped_lock lock(mutex_);
    std::string_view left = line;
    while (!left.empty()) {
      const ssize_t written = ::write(kReplyDescriptor, left.data(), left.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) ::_exit(1);
      left.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  /// Sends at most a few times a second.
  void progress(double share) {
    {
      const std::scoped_lock lock(progress_mutex_);
      const auto now = std::chrono::steady_clock::now();
      if (now - told_ < std::chrono::milliseconds(200)) return;
      told_ = now;
    }
    send({{"progress", share}});
  }

 private:
  std::mutex mutex_;
  std::mutex progress_mutex_;
  std::chrono::steady_clock::time_point told_;
};

/// Warnings go to the parent, which knows how to show them beside a progress bar; the rest to the
/// standard error that it reads as well.
class ReplySink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit ReplySink(Replies& replies) : replies_(replies) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const std::string text(message.payload.data(), message.payload.size());
    if (message.level >= spdlog::level::warn) {
      replies_.send({{"warning", text}});
    } else {
      std::fprintf(stderr, "%s\n", text.c_str());
    }
  }
  void flush_() override {}

 private:
  Replies& replies_;
};

void die_with_parent(std::int64_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);  // it died before the line above
}

/// When memory runs out, the kernel shall end this process and not the one that keeps the results.
void volunteer_for_the_oom_killer() { std::ofstream("/proc/self/oom_score_adj") << 500; }

/// VmHWM of /proc/self/status, bytes. Not getrusage: its maximum includes the parent's memory,
/// carried over when the process was started.
std::int64_t peak_memory_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmHWM:", 0) == 0) return std::atoll(line.c_str() + 6) * 1024;
  }
  return 0;
}

/// A library that ran out of memory says so at the end of a long message, if at all in plain words.
Error with_reason_first(const Error& error) {
  if (!tells_of_memory(error.problem())) return error;
  return Error(not_enough_memory(error.problem()), error.where(), error.hint());
}

StageAnswer run_job(const Job& job, Replies& replies) {
  const plan::Stage& stage = stages::stages().get(job.stage);
  const plan::Advance advance = [&](double share) { replies.progress(share); };
  const plan::Exchange exchange = [&](const Json& said) -> std::optional<Json> {
    replies.send({{"said", said}});
    std::string line;
    if (!std::getline(std::cin, line)) return std::nullopt;
    return parse_own_json(line, "worker");
  };
  StageAnswer answer;
  answer.result = explained_by_files(
      [&] { return stage.run(job.work, advance, job.takes_turns ? exchange : plan::Exchange()); });
  throw_if_file_shrank();
  answer.peak_memory_bytes = peak_memory_bytes();
  if (stage.declaration().makes_artefact) answer.artefact = describe_artefact(job.work.output);
  return answer;
}

}  // namespace

int worker_main() {
  Replies replies;
  std::string text;
  std::getline(std::cin, text);
  Job job;
  try {
    const Json message = parse_own_json(text, "job");
    job = record_from_json<Job>(message, "job");
    die_with_parent(require<std::int64_t>(message, "parent", "job"));
    auto logger = std::make_shared<spdlog::logger>("worker", std::make_shared<ReplySink>(replies));
    logger->set_level(
        static_cast<spdlog::level::level_enum>(require<std::int64_t>(message, "log_level", "job")));
    spdlog::set_default_logger(std::move(logger));
  } catch (const Error& error) {
    std::fprintf(stderr, "quantbench worker: %s; other commands start it, people do not\n",
                 error.what());
    return 2;
  }
  volunteer_for_the_oom_killer();
  try {
    Json reply = Json::object();
    reply["answer"] = record_to_json(run_job(job, replies));
    replies.send(reply);
    return 0;
  } catch (const FileShrank& error) {
    // No fault of the input that ends the run: a row that failed.
    replies.send({{"error", error_to_json(error)}, {"of_stage", false}});
  } catch (const Error& error) {
    replies.send({{"error", error_to_json(with_reason_first(error))}});
  } catch (const std::filesystem::filesystem_error& error) {
    replies.send({{"error", error_to_json(error_of(error))}});
  } catch (const std::system_error& error) {  // no more threads, say
    replies.send({{"error", error_to_json(error_of(error))}});
  } catch (const std::bad_alloc&) {
    replies.send({{"error", error_to_json(Error(not_enough_memory("")))}});
  } catch (const std::exception& error) {
    replies.send({{"error", error_to_json(with_reason_first(Error(error.what())))}});
  }
  return 1;
}

}  // namespace quantbench::execute
