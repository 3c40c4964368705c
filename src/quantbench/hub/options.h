#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "quantbench/hub/settings.h"

namespace quantbench::hub {

/// How far the download of a file is, and with it the fetch that the file is one of.
struct Progress {
  std::string repository;  ///< "distilbert-base-uncased-finetuned-sst-2-english"
  std::string file;
  std::uint64_t done = 0;   ///< bytes, those of an earlier try included
  std::uint64_t total = 0;  ///< bytes; 0: unknown
  bool finished = false;    ///< sent once a file, last

  /// Of all files of the fetch that were not in the cache.
  struct Fetch {
    std::uint64_t done = 0;
    std::uint64_t total = 0;  ///< bytes; 0: unknown
    std::size_t files = 1;
    std::size_t finished = 0;  ///< files
  };
  Fetch fetch = {};
};

struct Options {
  Settings settings;
  /// Called by the threads that download, one at a time, as is on_warning.
  std::function<void(const Progress&)> on_progress = {};
  /// One line: a wait for the Hub, the cache used instead of it.
  std::function<void(const std::string&)> on_warning = {};
  /// Set from elsewhere to end it all with Interrupted; what was downloaded stays for the next
  /// try.
  const std::atomic<bool>* cancel = nullptr;
  /// Set where another file of the same fetch has failed: the Hub's own.
  const std::atomic<bool>* failed = nullptr;
  /// Waits between tries; default: sleeps, waking up for `cancel`. May be called by several threads
  /// at once.
  std::function<void(std::chrono::milliseconds)> sleep = {};

  bool cancelled() const {
    return (cancel != nullptr && cancel->load()) || (failed != nullptr && failed->load());
  }
};

/// Settings::from_environment with these callbacks; `on_progress` only where the environment wants
/// progress bars.
Options options_from_environment(std::function<void(const Progress&)> on_progress,
                                 std::function<void(const std::string&)> on_warning);

}  // namespace quantbench::hub
