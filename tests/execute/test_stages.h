#pragma once

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <new>
#include <system_error>
#include <thread>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/log.h"
#include "quantbench/execute/worker_protocol.h"
#include "quantbench/stages/registry.h"

namespace quantbench::execute::test {

/// A stage that misbehaves as its parameters say.
struct Misbehave {
  static constexpr plan::StageDeclaration kDeclaration{.name = "misbehave",
                                                       .summary = "action -> a fault"};

  struct Params {
    std::string action;
    std::size_t bytes = 0;

    static constexpr auto fields() {
      return std::tuple(field("action", &Params::action), field("bytes", &Params::bytes));
    }
  };
  struct Places {
    std::string pid_file;

    static constexpr auto fields() { return std::tuple(field("pid_file", &Places::pid_file)); }
  };
  struct Result {
    std::string text;

    static constexpr auto fields() { return std::tuple(field("text", &Result::text)); }
  };

  static Result run(const plan::Context<Misbehave>& context) {
    const std::string& action = context.params.action;
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
    if (action == "long_answer") return {std::string(std::size_t{1} << 25, 'x')};
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
      std::printf("{\"answer\": {\"forged\": true}}\n");
      std::fflush(stdout);
      spdlog::warn("a caution");
      spdlog::info("chatter");
    }
    if (action == "sleep") {
      const std::string& pid_file = context.places.pid_file;
      if (!pid_file.empty()) std::ofstream(pid_file) << ::getpid() << std::endl;
      context.progress(0.25);
      std::this_thread::sleep_for(std::chrono::minutes(2));
    }
    if (action == "allocate") {
      std::vector<char> memory(context.params.bytes, 1);
      for (std::size_t i = 0; i < memory.size(); i += 4096) memory[i] = static_cast<char>(i);
      return {std::string(1, memory.back())};
    }
    return {"done: " + action};
  }
};

/// A stage that waits until others of its kind run at the same time.
struct Meet {
  static constexpr plan::StageDeclaration kDeclaration{.name = "meet",
                                                       .summary = "number -> others at a time"};

  struct Params {
    std::size_t number = 0;
    std::size_t others = 0;  ///< that it waits for
    bool fails = false;      ///< then

    static constexpr auto fields() {
      return std::tuple(field("number", &Params::number), field("others", &Params::others),
                        field("fails", &Params::fails));
    }
  };
  struct Places {
    std::filesystem::path directory;

    static constexpr auto fields() { return std::tuple(field("directory", &Places::directory)); }
  };
  struct Result {
    std::size_t met = 0;

    static constexpr auto fields() { return std::tuple(field("met", &Result::met)); }
  };

  /// Files there, one of each that runs.
  static std::size_t present(const std::filesystem::path& directory) {
    const std::filesystem::directory_iterator files(directory);
    return static_cast<std::size_t>(std::distance(begin(files), end(files)));
  }

  static Result run(const plan::Context<Meet>& context) {
    const auto& directory = context.places.directory;
    const auto mine = directory / std::to_string(context.params.number);
    std::ofstream(mine) << "here";
    std::size_t most = 0;
    for (int i = 0; i < 1000 && most <= context.params.others; ++i) {
      most = std::max(most, present(directory));
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    // Long enough for those that wait for this one to see it.
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    std::filesystem::remove(mine);
    if (context.params.fails) throw Error("it met the others and failed");
    return {most};
  }
};

inline void register_test_stages() {
  stages::add<Misbehave>(stages::stages());
  stages::add<Meet>(stages::stages());
}

}  // namespace quantbench::execute::test
