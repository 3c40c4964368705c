#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "quantbench/backend/backend.h"
#include "quantbench/backend/run.h"
#include "quantbench/base/file_lock.h"
#include "quantbench/store/database.h"
#include "quantbench/store/stage_results.h"

namespace quantbench::backend {

/// Brings the jobs of a run to their end: submits what is missing, looks at what has come, submits
/// lost shards again. All that it must remember lies in the run's directory, so that another one
/// can go on after a kill -9. Only one at a time attends a run.
class Coordinator {
 public:
  using Clock = std::chrono::steady_clock;

  enum class End { kAllEnded, kDetached };

  /// `store` gets each result as soon as it is seen. Throws Error where another process attends the
  /// run. All must outlive the coordinator.
  Coordinator(const RunContext& context, const Backend& backend, const RunOptions& options,
              Jobs& jobs, store::Database& store);

  /// Throws Error for a fault of the input, which ends all jobs, and Cancelled.
  End run();

  /// Of shards that did not end: why, by name.
  const std::map<std::string, std::string>& lost() const { return lost_; }
  std::size_t jobs_known() const;

 private:
  struct Watched {
    Shard shard;
    std::optional<Job> job;
    State state;
    bool is_done = false;
    /// The scheduler says that it ended, and its end has not been seen.
    std::optional<Clock::time_point> ended_since;
    /// The name was written down and nothing is known of its submission.
    bool is_doubtful = false;
    int submitted_here = 0;
  };

  void take_up();
  /// Looks at the files that the shards have written. True: something is new.
  bool look();
  bool merge_results();
  void throw_fault(const Watched& watched, const ShardEnd& end);
  void poll();
  void judge(Watched& watched);
  void submit_missing();
  bool is_ready(const Watched& watched) const;
  void submit(Watched& watched, int attempt);
  void note(Watched& watched, Job job);
  void cancel_all();
  bool all_ended() const;
  std::vector<Job> open_jobs() const;
  void show();
  /// Returns early when the user wants something.
  Interrupt rest(std::chrono::milliseconds pause);
  void tell(const std::string& text) const;
  void warn_once(const std::string& text);

  const RunContext& context_;
  const Backend& backend_;
  const RunOptions& options_;
  Jobs& jobs_;
  store::Database& store_;
  FileLock lock_;
  std::vector<Watched> shards_;
  std::map<std::string, std::string> lost_;
  std::set<std::string> merged_;
  std::set<std::string> warned_;
  std::chrono::duration<double> grace_;
  int retries_;
};

}  // namespace quantbench::backend
