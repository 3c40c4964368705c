#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "quantbench/hub/settings.h"

namespace quantbench::hub {

/// How far the download of a file is.
struct Progress {
  std::string repository;  ///< "distilbert-base-uncased-finetuned-sst-2-english"
  std::string file;
  std::uint64_t done = 0;   ///< bytes, those of an earlier try included
  std::uint64_t total = 0;  ///< bytes; 0: unknown
  bool finished = false;    ///< sent once, last
};

struct Options {
  Settings settings;
  std::function<void(const Progress&)> on_progress = {};
  /// One line: a wait for the Hub, the cache used instead of it.
  std::function<void(const std::string&)> on_warning = {};
  /// Set from elsewhere to end it all with Interrupted; what was downloaded stays for the next
  /// try.
  const std::atomic<bool>* cancel = nullptr;
  /// Waits between tries; default: sleeps, waking up for `cancel`.
  std::function<void(std::chrono::milliseconds)> sleep = {};
};

}  // namespace quantbench::hub
