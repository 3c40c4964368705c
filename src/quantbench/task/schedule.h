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

/// One sample on its way through the model.
struct Sample {
  std::size_t row = 0;  ///< in the split
  dataset::Example example;
  std::vector<Features> features;                     ///< one a forward pass
  std::vector<std::vector<runtime::Tensor>> outputs;  ///< of each
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

/// What a stream does next: make features of samples, or run passes through the model in one
/// forward.
struct Job {
  std::shared_ptr<Window> window;  ///< kept while one of its samples is at work
  std::vector<Sample*> samples;    ///< to make features of, set `passes_left`, then `prepared`
  std::vector<Pass> passes;        ///< or to run, at least one
};

/// Hands the work of an evaluation to its streams. A window of samples is read and tokenized, all
/// its passes are put together to forwards, and these run, the longest first so that no stream
/// waits long for another in the end. A stream that finds no forward left prepares the next window
/// meanwhile. Memory does not grow with the split: a window has at most 8192 rows, and 4 MiB of raw
/// samples and 64 MiB of features a stream.
///
/// With `join_equal_lengths` passes of as many tokens share a forward, which pads none: a matrix
/// product of 200 rows takes half the time a row that one of 20 does. Which ones share depends on
/// the split and the number of streams alone, never on timing.
class Schedule {
 public:
  Schedule(const Processor& processor, const dataset::Split& split,
           const EvaluationOptions& options, std::size_t streams);

  /// The next job; none when all is handed out or after `stop`. Waits for other streams' samples
  /// where theirs are missing to go on. Throws Error when a row cannot be read.
  std::optional<Job> next();
  /// To be called for each job of samples when their features are made.
  void prepared(const Job& job);
  /// After an error: no stream gets or waits for anything more.
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
  /// The window that is being filled.
  std::shared_ptr<Window> filling_ = std::make_shared<Window>();
  std::size_t raw_bytes_ = 0;
  std::size_t feature_bytes_ = 0;
  std::size_t in_preparation_ = 0;  ///< jobs
  /// The window before it, and what of it is still to run, the longest last.
  std::shared_ptr<Window> running_;
  std::vector<std::vector<Pass>> forwards_;
};

/// Passes of consecutive samples, `size` samples at a time, in forwards of at most `size`.
std::vector<std::vector<Pass>> consecutive_forwards(Window& window, std::size_t size);

/// Passes of as many tokens together, few enough that each of `streams` gets several forwards.
/// Those without a token axis stay alone.
std::vector<std::vector<Pass>> equal_length_forwards(Window& window, std::size_t streams);

}  // namespace quantbench::task
