#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "quantbench/calibrate/extent.h"

namespace quantbench::calibrate {

/// What a histogram counts.
struct HistogramSpec {
  enum class Of {
    kMagnitude,  ///< |x|, bins from the least to the greatest magnitude
    kValue       ///< x, bins over [-t, t] with t the greatest magnitude
  };
  Of of = Of::kMagnitude;
  /// Bins to begin with; even for kValue.
  std::size_t bins = 2048;

  auto operator<=>(const HistogramSpec&) const = default;
};

/// Values counted with the bins that a histogram had at `Histogram::begin`.
struct Tally {
  std::vector<std::uint32_t> cells;
  std::size_t bins = 0;
  /// Upper end of the last bin, which is closed only until a histogram of magnitudes grows: what
  /// lies on it is counted apart.
  float last = 0;
  std::uint64_t at_last = 0;
  /// Finite magnitudes above `last`.
  std::vector<float> beyond;
  /// False: there were finite values outside the bins that `beyond` does not hold.
  bool complete = true;
};

/// A histogram that widens as values arrive, bin for bin the one that
/// onnxruntime.quantization.calibrate.HistogramCollector holds after collecting the same batches:
/// its first batch sets the width of a bin, and later batches that reach further append bins of
/// that width. Edges are float32 and are computed with the operations of numpy.linspace and
/// numpy.arange in their order, since a value on an edge must fall on the same side.
///
/// A batch is counted in four steps: `widen` with its extent, `count` on every piece of it
/// (concurrently, each thread with a tally of its own), `add` for each tally, `settle`. A histogram
/// that is started may count before it widens: see `widen`.
class Histogram {
 public:
  /// Bins one tensor may have; a batch that reaches further halves the resolution instead, which is
  /// where this departs from the peer (whose memory has no bound).
  static constexpr std::size_t kMostBins = std::size_t{1} << 18;

  explicit Histogram(HistogramSpec spec) : spec_(spec) {}

  const HistogramSpec& spec() const { return spec_; }
  bool started() const { return !edges_.empty(); }
  /// True when counting values of this extent needs no `widen`.
  bool covers(const Extent& batch) const;
  /// Makes the bins reach over the batch. The first call sets them up. Empty extents change
  /// nothing. True: bins were at most appended, so that `complete` tallies of this batch begun
  /// before may still be added; else the batch has to be counted anew.
  bool widen(const Extent& batch);

  /// Empties the tally for the bins there are.
  void begin(Tally& tally) const;
  /// Counts the values; `widen` must not have been called since `begin`. NaN, infinities and, once
  /// added, values outside the bins are dropped, as numpy.histogram drops them.
  void count(std::span<const float> values, Tally& tally) const;
  void add(const Tally& tally);
  /// Ends the batch: the peer counts the batch that widens a histogram of magnitudes with edges in
  /// float64, and rounds them afterwards.
  void settle();

  std::span<const std::int64_t> counts() const { return counts_; }
  /// counts().size() + 1 ascending edges; bin i is [edges[i], edges[i + 1]), the last one closed.
  std::span<const float> edges() const { return edges_; }
  std::int64_t total() const;
  /// How often the resolution was halved (see kMostBins).
  int coarsenings() const { return coarsenings_; }

 private:
  void start(float first, float last);
  void widen_magnitudes(float greatest);
  void widen_values(float threshold);
  void coarsen();
  void set_uniform_edges(float first, float last, std::size_t bins);
  void edges_changed();
  std::size_t locate(float x) const;
  /// Counts one value, or equal ones, by the edges.
  void decide(float value, std::uint32_t times, Tally& tally) const;

  HistogramSpec spec_;
  std::vector<std::int64_t> counts_;
  std::vector<float> edges_;
  /// What `settle` makes of edges_; empty when that is no change.
  std::vector<float> later_edges_;
  /// kValue: the half-width t. Kept apart from edges_ for the rounding of its growth.
  float threshold_ = 0;
  int coarsenings_ = 0;

  /// Bin of x, below edges_[bins], is the integer part of (x - edges_[0]) * scale, unless the
  /// fraction is within `margin` of a whole number: then the edges decide.
  struct Line {
    std::size_t bins = 0;
    float scale = 0;
    float margin = 0;
  };
  Line line_over(std::size_t bins) const;
  /// Values that a line leaves to the edges, as a share of those counted so far.
  double left_by(const Line& line) const;

  Line line_;
  /// The first bins, whose edges lie on a line; those appended later are a little off it.
  std::size_t uniform_ = 0;
};

/// numpy.linspace(first, last, bins + 1, dtype=float32) for float32 ends.
std::vector<float> linspace(float first, float last, std::size_t bins);

}  // namespace quantbench::calibrate
