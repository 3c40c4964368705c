#pragma once

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <new>
#include <system_error>
#include <thread>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/log.h"
#include "quantbench/execute/worker_protocol.h"
#include "quantbench/plan/stage.h"

namespace quantbench::execute::test {

/// A stage that misbehaves as its identity says: {"do": "segv"}.
class Misbehave final : public plan::Stage {
 public:
  int version() const override { return 1; }
  plan::Request plan(plan::PlanBuilder&, const plan::Target&) const override { return {}; }

  Json run(const plan::StageContext& context) const override {
    const auto action = context.identity.at("do").get<std::string>();
    if (action == "segv") {
      ::signal(SIGSEGV, SIG_DFL);  // sanitizers have a handler of their own
      ::raise(SIGSEGV);
    }
    if (action == "kill") ::raise(SIGKILL);
    if (action == "exit") std::exit(0);
    if (action == "throw") throw Error("bad scale", "node 'x'", "use another");
    if (action == "bad_alloc") throw std::bad_alloc();
    if (action == "no_threads") {
      throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again));
    }
    if (action == "terminate") {
      std::fprintf(stderr, "free(): invalid pointer\n");
      std::abort();
    }
    if (action == "abort_without_memory") {
      std::fprintf(stderr,
                   "memory allocation of 65536 bytes failed\nstack backtrace:\n   0: main\n"
                   "note: Some details are omitted, run with `RUST_BACKTRACE=full`\n");
      std::abort();
    }
    if (action == "throw_without_memory") {
      throw Error("Exception during initialization: std::bad_alloc", "model.onnx");
    }
    if (action == "long_answer") return {{"text", std::string(std::size_t{1} << 25, 'x')}};
    if (action == "endless_line") {  // 64 MiB of it
      const std::string piece(std::size_t{1} << 20, 'x');
      std::fprintf(stderr, "the beginning ");
      for (int i = 0; i < 64; ++i) std::fputs(piece.c_str(), stderr);
      std::abort();
    }
    if (action == "endless_answer") {
      const std::string piece(std::size_t{1} << 20, 'x');
      while (::write(kReplyDescriptor, piece.data(), piece.size()) > 0) {
      }
    }
    if (action == "noise") {
      std::printf("{\"result\": {\"forged\": true}}\n");
      std::fflush(stdout);
      spdlog::warn("a caution");
      spdlog::info("chatter");
    }
    if (action == "sleep") {
      const std::string pid_file = context.locations.value("pid_file", "");
      if (!pid_file.empty()) std::ofstream(pid_file) << ::getpid() << std::endl;
      context.progress(0.25);
      std::this_thread::sleep_for(std::chrono::minutes(2));
    }
    if (action == "allocate") {
      std::vector<char> memory(context.identity.at("bytes").get<std::size_t>(), 1);
      for (std::size_t i = 0; i < memory.size(); i += 4096) memory[i] = static_cast<char>(i);
      return {{"last", memory.back()}};
    }
    return {{"echo", context.identity}, {"results", context.results}};
  }
};

inline void register_test_stages() {
  stages::stages().add("misbehave", std::make_unique<Misbehave>());
}

}  // namespace quantbench::execute::test
