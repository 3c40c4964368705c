#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "quantbench/dataset/dataset.h"
#include "quantbench/task/task.h"

namespace quantbench::task {

/// One sample during its evaluation.
struct Sample {
  std::size_t row = 0;  ///< index in the split
  dataset::Example example;
  std::vector<Features> features;                     ///< one per forward pass
  std::vector<std::vector<runtime::Tensor>> outputs;  ///< of each pass
  std::atomic<std::size_t> passes_left = 0;
};

/// One forward pass of a sample.
struct Pass {
  Sample* sample = nullptr;
  std::size_t index = 0;

  const Features& features() const { return sample->features[index]; }
  std::vector<runtime::Tensor>& outputs() const { return sample->outputs[index]; }
};

/// Samples that are in memory together, in the order of the split.
using Window = std::deque<Sample>;

/// The next work of a stream: make features of samples, or run passes through the model in one
/// forward.
struct Job {
  std::shared_ptr<Window> window;  ///< kept while one of its samples is in use
  std::vector<Sample*> samples;    ///< make their features, set `passes_left`, then call `prepared`
  std::vector<Pass> passes;        ///< or run these, at least one
};

/// Gives the work of an evaluation to its streams. It reads and tokenizes a window of samples and
/// groups their passes into forwards. The longest forwards run first, so streams finish at about
/// the same time. A stream without a forward prepares the next window. Memory does not grow with
/// the split: a window has at most 8192 rows, and 4 MiB of raw samples and 64 MiB of features per
/// stream.
///
/// With `join_equal_lengths`, passes with the same number of tokens share a forward, without
/// padding: in a matrix product of 200 rows, a row takes half the time of one in a product of 20
/// rows. The grouping depends only on the split and the number of streams, never on timing.
class Schedule {
 public:
  Schedule(const Processor& processor, const dataset::Split& split,
           const EvaluationOptions& options, std::size_t streams);

  /// The next job; nullopt when all work is given out or after `stop`. Waits for other streams if
  /// the next job needs their samples. Throws Error if a row cannot be read.
  std::optional<Job> next();
  /// Call this for each job of samples after making their features.
  void prepared(const Job& job);
  /// Call this after an error: streams get no more jobs and stop waiting.
  void stop();

 private:
  bool full() const;
  Job read();
  std::vector<std::vector<Pass>> forwards(Window& window) const;

  const Processor& processor_;
  const dataset::Split& split_;
  const EvaluationOptions& options_;
  std::size_t streams_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
  std::size_t read_ = 0;  ///< rows
  /// The window being filled.
  std::shared_ptr<Window> filling_ = std::make_shared<Window>();
  std::size_t raw_bytes_ = 0;
  std::size_t feature_bytes_ = 0;
  std::size_t in_preparation_ = 0;  ///< jobs
  /// The window before it, with its remaining forwards, longest last.
  std::shared_ptr<Window> running_;
  std::vector<std::vector<Pass>> forwards_;
};

/// Groups passes of `size` consecutive samples into forwards of at most `size` passes.
std::vector<std::vector<Pass>> consecutive_forwards(Window& window, std::size_t size);

/// Groups passes with the same number of tokens. Groups are small enough to give each of `streams`
/// several forwards. Passes without a token axis stay alone.
std::vector<std::vector<Pass>> equal_length_forwards(Window& window, std::size_t streams);

}  // namespace quantbench::task
