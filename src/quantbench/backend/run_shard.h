#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>

#include "quantbench/backend/run_directory.h"
#include "quantbench/execute/run.h"

namespace quantbench::backend {

/// What `quantbench shard` is given. Empty: the run's own (see Jobs).
struct ShardOptions {
  std::filesystem::path file;  ///< RUN/shards/NAME.json
  int attempt = 1;
  std::string node;               ///< empty: the host name
  std::filesystem::path output;   ///< in place of RUN for what the shard writes
  std::filesystem::path cache;    ///< in place of RUN/cache
  std::filesystem::path model;    ///< in place of RunDescription::model
  std::filesystem::path dataset;  ///< in place of RunDescription::dataset
  std::filesystem::path program;  ///< started as worker; empty: /proc/self/exe
  Json machine = {};              ///< facts in place of this machine's; for tests
  std::function<void(const execute::Event&)> on_event;
  const std::atomic<bool>* cancel = nullptr;
};

/// Runs a shard on this machine. One that searches runs the whole benchmark by its strategy; else:
/// plans the run again with the facts of this machine, runs the
/// shard's stages whose results are not there yet, and writes each result as soon as it is known
/// (store::FileResults), at last the ShardEnd. A shard whose ShardEnd is there does nothing.
///
/// Throws Error for faults of the input, after it has written them as ShardEnd::fault; Error
/// without it where RUN itself cannot be read or written; execute::Cancelled.
void run_shard(const ShardOptions& options);

}  // namespace quantbench::backend
