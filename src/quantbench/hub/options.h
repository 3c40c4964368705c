#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "quantbench/hub/settings.h"

namespace quantbench::hub {

/// Progress of one file's download, and of the whole fetch.
struct DownloadProgress {
  std::string repository;  ///< "distilbert-base-uncased-finetuned-sst-2-english"
  std::string file;
  std::uint64_t done = 0;   ///< bytes, including an earlier try
  std::uint64_t total = 0;  ///< bytes; 0: unknown
  bool finished = false;    ///< sent once per file, last

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
  /// Called by the downloading threads, one at a time, like on_warning.
  std::function<void(const DownloadProgress&)> on_progress = {};
  /// One line: a wait for the Hub, or use of the cache instead.
  std::function<void(const std::string&)> on_warning = {};
  /// Set this to stop everything with Interrupted. Downloaded bytes stay for the next try.
  const std::atomic<bool>* cancel = nullptr;
  /// Set internally after another file of the same fetch has failed.
  const std::atomic<bool>* failed = nullptr;
  /// Waits between tries (default: sleeps, and wakes up for `cancel`). Several threads may call it
  /// at the same time.
  std::function<void(std::chrono::milliseconds)> sleep = {};

  bool cancelled() const {
    return (cancel != nullptr && cancel->load()) || (failed != nullptr && failed->load());
  }
};

/// Settings::from_environment with these callbacks. `on_progress` is dropped if the environment
/// disables progress bars.
Options options_from_environment(std::function<void(const DownloadProgress&)> on_progress,
                                 std::function<void(const std::string&)> on_warning);

}  // namespace quantbench::hub
