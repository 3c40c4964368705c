#pragma once

#include <array>
#include <atomic>
#include <csignal>

namespace quantbench::cli {

/// While it lives, Ctrl-C, SIGTERM and SIGHUP set `interrupted()` instead of ending the process:
/// finished stages are in the store, and the same command continues from there. A terminal that
/// closes sends SIGHUP more than once; under nohup, which ignores it, it stays ignored.
class RunSignals {
 public:
  enum class Second {
    kEndsTheProcess,  ///< a second Ctrl-C or SIGTERM does, at once
    kIsCounted
  };
  explicit RunSignals(Second second);
  ~RunSignals();
  RunSignals(const RunSignals&) = delete;
  RunSignals& operator=(const RunSignals&) = delete;

  const std::atomic<bool>& interrupted() const;
  /// How often Ctrl-C came.
  int asked() const;
  /// SIGTERM or SIGHUP came: whoever sent it does not wait for an answer.
  bool told_to_end() const;

 private:
  static constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, kSignals.size()> former_{};
};

}  // namespace quantbench::cli
