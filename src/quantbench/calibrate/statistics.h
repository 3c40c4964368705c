#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "quantbench/base/parallel.h"
#include "quantbench/calibrate/extent.h"
#include "quantbench/calibrate/histogram.h"
#include "quantbench/calibrate/selection.h"
#include "quantbench/quantize/ranges.h"

namespace quantbench::calibrate {

/// When ranges and histograms are computed. ONNX Runtime's `collect_data` may be called once per
/// batch or once with all batches, with different results.
enum class Collection {
  /// Batch by batch: one pass; histograms widen, moving averages decay.
  kEachBatch,
  /// As if all batches were one, like ONNX Runtime's quantize_static. Histograms need a second
  /// pass, because their edges follow from the extent of all samples. A moving average is a mean.
  kAllAtOnce
};

/// Statistics that calibration methods need. Methods with equal needs share the work.
struct Needs {
  std::vector<HistogramSpec> histograms;
  std::vector<double> averaging_constants;

  void merge(const Needs& other);
};

/// Threads and buffers for collecting. Reused for each tensor.
class Workspace {
 public:
  /// One thread.
  Workspace() : Workspace(1, {}) {}
  Workspace(std::size_t threads, ParallelFor parallel_for);

  void set_parallel_for(const ParallelFor& parallel_for) { parallel_for_ = parallel_for; }

 private:
  friend class TensorStatistics;
  struct Slot {
    Extent extent;
    std::vector<Tally> tallies;  ///< of histograms; no cells: not counted
    std::vector<Selection::Energy> energies;
    std::vector<float> scratch;
  };
  std::vector<Slot> slots_;
  ParallelFor parallel_for_;
};

/// All statistics of one tensor. Their size does not depend on the number of samples.
class TensorStatistics {
 public:
  TensorStatistics(const Needs& needs, Collection collection);

  /// Adds one batch. With Collection::kAllAtOnce, the first pass calls `add` for every batch; then
  /// `add_again` is called for every batch if `needs_second_pass`. Threads that add in parallel
  /// pass their common lock and a workspace each. Values are read outside the lock if the result
  /// does not depend on the order of the batches (everything except histograms batch by batch).
  void add(const Selection& batch, Workspace& workspace, std::mutex* shared = nullptr);
  bool needs_second_pass() const {
    return collection_ == Collection::kAllAtOnce && !histograms_.empty();
  }
  void add_again(const Selection& batch, Workspace& workspace, std::mutex* shared = nullptr);

  /// No finite value was seen.
  bool empty() const { return extent_.empty(); }
  const Extent& extent() const { return extent_; }
  std::uint64_t batches() const { return batches_; }
  /// Number of halvings of a histogram's resolution (Histogram::kMostBins); the maximum over all
  /// histograms.
  int coarsenings() const;
  /// Throws Error unless the needs included it.
  const Histogram& histogram(const HistogramSpec& spec) const;
  /// Moving average of the batches' extents: average += constant * (batch - average). With
  /// Collection::kAllAtOnce, their mean.
  quantize::Range average(double constant) const;
  /// Fraction of the values outside `range`, to the width of a bin. nullopt if there is no
  /// histogram and the range is narrower than the extent.
  std::optional<double> clipped(const quantize::Range& range) const;
  /// Mean over the tokens of 10 log10 of a token's mean square: the level of a typical token. A few
  /// outlier tokens do not raise it. nullopt: tokens are unknown, or no token is above zero.
  std::optional<double> token_level_db() const;

 private:
  struct Average {
    double constant;
    quantize::Range range;
  };

  /// Processes the batch's chunks: fills the slots' extents, and the tallies of the histograms
  /// `counted` (indices).
  Extent gather(const Selection& batch, bool extent, std::span<const std::size_t> counted,
                Workspace& workspace) const;
  void merge_tallies(std::span<const std::size_t> counted, Workspace& workspace);
  void record(const Extent& batch);
  void record_tokens(const Selection& batch, Workspace& workspace);

  Collection collection_;
  std::vector<Histogram> histograms_;
  std::vector<Average> averages_;
  Extent extent_;
  double sum_of_lows_ = 0;
  double sum_of_highs_ = 0;
  std::uint64_t batches_ = 0;
  double sum_of_levels_db_ = 0;
  std::uint64_t tokens_ = 0;
};

}  // namespace quantbench::calibrate
