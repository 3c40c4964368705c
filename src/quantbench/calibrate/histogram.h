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
  /// Initial number of bins; even for kValue.
  std::size_t bins = 2048;

  auto operator<=>(const HistogramSpec&) const = default;
};

/// Counts of values, with the bins of the histogram at the time of `Histogram::begin`.
struct Tally {
  std::vector<std::uint32_t> cells;
  std::size_t bins = 0;
  /// Upper end of the last bin. It is closed only until a histogram of magnitudes grows, so values
  /// on it are counted separately.
  float last = 0;
  std::uint64_t at_last = 0;
  /// Finite magnitudes above `last`.
  std::vector<float> beyond;
  /// False: some finite values outside the bins are not in `beyond`.
  bool complete = true;
};

/// A histogram that widens as values arrive. It equals
/// onnxruntime.quantization.calibrate.HistogramCollector after the same batches, bin for bin: the
/// first batch sets the bin width, and later batches with a larger range append bins of that width.
/// Edges are float32, computed with the operations of numpy.linspace and numpy.arange in the same
/// order, because a value on an edge must fall on the same side.
///
/// Counting a batch has four steps: `widen` with its extent, `count` for every piece of it (in
/// parallel, with one tally per thread), `add` for each tally, `settle`. A histogram that has bins
/// may count before it widens: see `widen`.
class Histogram {
 public:
  /// Maximum number of bins of a tensor. A batch beyond it halves the resolution instead, which
  /// ONNX Runtime does not do (its memory has no limit).
  static constexpr std::size_t kMostBins = std::size_t{1} << 18;

  explicit Histogram(HistogramSpec spec) : spec_(spec) {}

  const HistogramSpec& spec() const { return spec_; }
  bool started() const { return !edges_.empty(); }
  /// True if values of this extent can be counted without `widen`.
  bool covers(const Extent& batch) const;
  /// Extends the bins to the batch. The first call sets up the bins. An empty extent changes
  /// nothing. True: bins were only appended, so `complete` tallies of this batch may still be
  /// added. False: count the batch again.
  bool widen(const Extent& batch);

  /// Empties the tally for the current bins.
  void begin(Tally& tally) const;
  /// Counts the values. Do not call `widen` between `begin` and this. NaN, infinities and, after
  /// adding, values outside the bins are dropped, as in numpy.histogram.
  void count(std::span<const float> values, Tally& tally) const;
  void add(const Tally& tally);
  /// Ends the batch. ONNX Runtime counts a batch that widens a histogram of magnitudes with float64
  /// edges and rounds the edges afterwards.
  void settle();

  std::span<const std::int64_t> counts() const { return counts_; }
  /// counts().size() + 1 ascending edges. Bin i is [edges[i], edges[i + 1]); the last bin is
  /// closed.
  std::span<const float> edges() const { return edges_; }
  std::int64_t total() const;
  /// Number of times the resolution was halved (see kMostBins).
  int coarsenings() const { return coarsenings_; }

 private:
  void start(float first, float last);
  void widen_magnitudes(float greatest);
  void widen_values(float threshold);
  void coarsen();
  void set_uniform_edges(float first, float last, std::size_t bins);
  void edges_changed();
  std::size_t locate(float x) const;
  /// Counts one value, or equal values, by the edges.
  void decide(float value, std::uint32_t times, Tally& tally) const;

  HistogramSpec spec_;
  std::vector<std::int64_t> counts_;
  std::vector<float> edges_;
  /// The edges after `settle`; empty if it changes nothing.
  std::vector<float> later_edges_;
  /// kValue: the half-width t. Separate from edges_, because its growth has its own rounding.
  float threshold_ = 0;
  int coarsenings_ = 0;

  /// The bin of x, below edges_[bins], is the integer part of (x - edges_[0]) * scale. If the
  /// fraction is within `margin` of a whole number, the edges decide.
  struct Line {
    std::size_t bins = 0;
    float scale = 0;
    float margin = 0;
  };
  Line line_over(std::size_t bins) const;
  /// Fraction of counted values that a line leaves to the edges.
  double left_by(const Line& line) const;

  Line line_;
  /// The first bins, whose edges lie on a line. Appended bins are slightly off it.
  std::size_t uniform_ = 0;
};

/// numpy.linspace(first, last, bins + 1, dtype=float32) for float32 ends.
std::vector<float> linspace(float first, float last, std::size_t bins);

}  // namespace quantbench::calibrate
