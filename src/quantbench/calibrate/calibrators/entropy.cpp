#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/calibrate/calibrator.h"

namespace quantbench::calibrate {

namespace {

/// Candidates times bins grow with the square of the bins; histograms that widened further than
/// this are searched at half the resolution, as often as it takes.
constexpr std::size_t kMostSearchedBins = std::size_t{1} << 15;

/// float32 sum in numpy's order (pairwise, eight partial sums), since candidates may differ by
/// less than a sum in another order would.
float pairwise_sum(std::span<const float> values) {
  const std::size_t n = values.size();
  if (n < 8) return std::accumulate(values.begin(), values.end(), 0.0F);
  if (n <= 128) {
    float r[8];
    std::copy_n(values.begin(), 8, r);
    std::size_t i = 8;
    for (; i + 8 <= n; i += 8) {
      for (std::size_t lane = 0; lane < 8; ++lane) r[lane] += values[i + lane];
    }
    float sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
    for (; i < n; ++i) sum += values[i];
    return sum;
  }
  std::size_t half = n / 2;
  half -= half % 8;
  return pairwise_sum(values.first(half)) + pairwise_sum(values.subspan(half));
}

/// Zeros become a little, taken from the rest (numpy float32, as the peer does it); false when
/// nothing is there to take from.
bool smooth(std::span<const std::int64_t> counts, std::vector<float>& out) {
  constexpr double kEpsilon = 0.0001;
  const auto zeros = static_cast<double>(std::count(counts.begin(), counts.end(), 0));
  const double rest = static_cast<double>(counts.size()) - zeros;
  if (rest == 0) return false;
  const double taken = kEpsilon * zeros / rest;
  if (taken >= 1.0) return false;
  out.resize(counts.size());
  const auto given = static_cast<float>(kEpsilon);
  const auto less = static_cast<float>(-taken);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    out[i] = static_cast<float>(counts[i]) + (counts[i] == 0 ? given : less);
  }
  return true;
}

/// One histogram and the search over it. Follows HistogramCollector.get_entropy_threshold of ONNX
/// Runtime step by step, its integer truncation of the expanded distribution included.
class EntropySearch {
 public:
  EntropySearch(std::span<const std::int64_t> counts, std::size_t quantized_bins)
      : counts_(counts), quantized_bins_(quantized_bins), sums_(counts.size() + 1, 0) {
    std::partial_sum(counts.begin(), counts.end(), sums_.begin() + 1);
  }

  /// Edges [first, last] of the best candidate.
  std::pair<std::size_t, std::size_t> best() {
    const std::size_t centre = counts_.size() / 2;
    float least = 0;
    std::optional<std::pair<std::size_t, std::size_t>> found;
    for (std::size_t half = quantized_bins_ / 2; half <= centre; ++half) {
      const std::size_t start = centre - half;
      const std::size_t end = std::min(centre + half + 1, counts_.size());
      const float divergence = divergence_of(start, end);
      if (!found || divergence < least) {
        least = divergence;
        found = {start, end};
      }
    }
    return found.value_or(std::pair<std::size_t, std::size_t>(0, counts_.size()));
  }

 private:
  std::int64_t sum(std::size_t from, std::size_t to) const { return sums_[to] - sums_[from]; }

  float divergence_of(std::size_t start, std::size_t end) {
    const std::size_t size = end - start;
    p_.assign(counts_.begin() + static_cast<std::ptrdiff_t>(start),
              counts_.begin() + static_cast<std::ptrdiff_t>(end));
    p_.front() += sum(0, start);
    p_.back() += sum(end, counts_.size());

    q_.assign(size, 0);
    const std::size_t merged = size / quantized_bins_;
    for (std::size_t index = 0; index < quantized_bins_; ++index) {
      const std::size_t from = index * merged;
      const std::size_t to = from + merged;
      std::int64_t quantized = sum(start + from, start + to);
      if (index + 1 == quantized_bins_) quantized += sum(start + to, end);
      std::int64_t used = 0;
      for (std::size_t i = from; i < to; ++i) used += p_[i] != 0;
      if (used == 0) continue;
      const auto share =
          static_cast<std::int64_t>(static_cast<double>(quantized) / static_cast<double>(used));
      std::fill(q_.begin() + static_cast<std::ptrdiff_t>(from),
                q_.begin() + static_cast<std::ptrdiff_t>(to), share);
    }
    if (!smooth(p_, smooth_p_) || !smooth(q_, smooth_q_)) {
      return std::numeric_limits<float>::infinity();
    }
    const float p_sum = pairwise_sum(smooth_p_);
    const float q_sum = pairwise_sum(smooth_q_);
    terms_.resize(size);
    for (std::size_t i = 0; i < size; ++i) {
      const float p = smooth_p_[i] / p_sum;
      const float q = smooth_q_[i] / q_sum;
      terms_[i] = p * std::log(p / q);
    }
    return pairwise_sum(terms_);
  }

  std::span<const std::int64_t> counts_;
  std::size_t quantized_bins_;
  std::vector<std::int64_t> sums_;
  std::vector<std::int64_t> p_;
  std::vector<std::int64_t> q_;
  std::vector<float> smooth_p_;
  std::vector<float> smooth_q_;
  std::vector<float> terms_;
};

/// The clipping, symmetric around zero, whose quantized distribution diverges least (Kullback-
/// Leibler) from the clipped one (S. Migacz, "8-bit inference with TensorRT", GTC 2017).
class Entropy final : public Calibrator {
 public:
  std::string summary() const override { return "the range with the least loss of information"; }

  Fields<MethodOptions> fields() const override {
    return Fields<MethodOptions>()
        .add(&MethodOptions::histogram_bins, num_bins_parameter(128))
        .add(&MethodOptions::quantized_bins, {.name = "num_quantized_bins",
                                              .minimum = 1,
                                              .maximum = 1e6,
                                              .help = "Bins that a candidate is quantized to",
                                              .aliases = {"quantized_bins"},
                                              .flag = "quantized_bins"})
        .add(&MethodOptions::symmetric, symmetric_range_parameter(false));
  }

  // Batch by batch, the histogram keeps the bins of the first batch, and the search settles on a
  // range that is far too narrow: 2.3 dB at a model's output where all at once gives 34.9 dB.
  Collection usual_collection() const override { return Collection::kAllAtOnce; }

  Needs needs(const MethodOptions& options) const override {
    if (options.quantized_bins == 0 || options.quantized_bins > bins(options)) {
      throw Error("the entropy method's quantized bins (" + std::to_string(options.quantized_bins) +
                  ") must be between 1 and its bins (" + std::to_string(bins(options)) + ")");
    }
    return {{{HistogramSpec::Of::kValue, bins(options)}}, {}};
  }

  quantize::Range range(const TensorStatistics& statistics,
                        const MethodOptions& options) const override {
    const Histogram& histogram = statistics.histogram({HistogramSpec::Of::kValue, bins(options)});
    std::vector<std::int64_t> counts(histogram.counts().begin(), histogram.counts().end());
    std::vector<float> edges(histogram.edges().begin(), histogram.edges().end());
    while (counts.size() > kMostSearchedBins) halve(counts, edges);
    const auto [first, last] = EntropySearch(counts, options.quantized_bins).best();
    const Extent& extent = statistics.extent();
    quantize::Range range{std::max(edges[first], extent.low), std::min(edges[last], extent.high)};
    if (!options.symmetric.value_or(false)) return range;
    const float magnitude = std::max(-range.low, range.high);
    return {-magnitude, magnitude};
  }

 private:
  static std::size_t bins(const MethodOptions& options) {
    return options.histogram_bins.value_or(128);
  }

  static void halve(std::vector<std::int64_t>& counts, std::vector<float>& edges) {
    if (counts.size() % 4 != 0) {
      counts.insert(counts.begin(), 0);
      counts.push_back(0);
      edges.insert(edges.begin(), edges.front());
      edges.push_back(edges.back());
    }
    for (std::size_t i = 0; i < counts.size() / 2; ++i) {
      counts[i] = counts[2 * i] + counts[2 * i + 1];
      edges[i + 1] = edges[2 * i + 2];
    }
    counts.resize(counts.size() / 2);
    edges.resize(counts.size() + 1);
  }
};

}  // namespace

void register_entropy(CalibratorRegistry& registry) {
  registry.add("entropy", std::make_unique<Entropy>());
}

}  // namespace quantbench::calibrate
