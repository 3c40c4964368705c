#include <algorithm>
#include <cmath>
#include <memory>
#include <string>

#include "quantbench/base/error.h"
#include "quantbench/calibrate/calibrator.h"

namespace quantbench::calibrate {

namespace {

/// Candidate ranges: the extent shrunk in this many equal steps.
constexpr int kSteps = 100;

/// The range that loses least: the extent is shrunk towards zero step by step, and the step with
/// the smallest expected squared error of rounding to `levels` values and of clipping is taken.
/// Rounding counts as step^2 / 12 for what lies inside (B. Widrow, "Statistical analysis of
/// amplitude-quantized sampled-data systems", 1961); clipping by the bins of the histogram.
class Mse final : public Calibrator {
 public:
  std::string summary() const override { return "the range with the least squared error"; }

  Fields<MethodOptions> fields() const override {
    return Fields<MethodOptions>()
        .add(&MethodOptions::histogram_bins, num_bins_parameter(2048))
        .add(&MethodOptions::symmetric, symmetric_range_parameter(false));
  }

  Needs needs(const MethodOptions& options) const override {
    if (options.levels < 2) {
      throw Error("the mse method needs at least 2 levels, got " + std::to_string(options.levels));
    }
    return {{spec(options)}, {}};
  }

  quantize::Range range(const TensorStatistics& statistics,
                        const MethodOptions& options) const override {
    const Histogram& histogram = statistics.histogram(spec(options));
    // The quantizer represents zero exactly, so ranges always reach it.
    float low = std::min(statistics.extent().low, 0.0F);
    float high = std::max(statistics.extent().high, 0.0F);
    if (options.symmetric.value_or(false)) {
      high = std::max(-low, high);
      low = -high;
    }
    quantize::Range best{low, high};
    double least = -1;
    for (int step = kSteps; step > 0; --step) {
      const float share = static_cast<float>(step) / kSteps;
      const quantize::Range candidate{low * share, high * share};
      const double error = expected_error(histogram, candidate, options.levels);
      if (least < 0 || error < least) {
        least = error;
        best = candidate;
      }
    }
    return best;
  }

 private:
  static HistogramSpec spec(const MethodOptions& options) {
    return {HistogramSpec::Of::kValue, options.histogram_bins.value_or(2048)};
  }

  /// Sum of squared errors over all values counted.
  static double expected_error(const Histogram& histogram, const quantize::Range& range,
                               int levels) {
    const double step = (static_cast<double>(range.high) - range.low) / (levels - 1);
    double error = 0;
    for (std::size_t bin = 0; bin < histogram.counts().size(); ++bin) {
      const auto count = static_cast<double>(histogram.counts()[bin]);
      if (count == 0) continue;
      const double value =
          (static_cast<double>(histogram.edges()[bin]) + histogram.edges()[bin + 1]) / 2;
      const double beyond = std::max({value - range.high, range.low - value, 0.0});
      // Exact zeros, which padding and ReLU make in numbers, do not round.
      const bool zero = histogram.edges()[bin] <= 0 && histogram.edges()[bin + 1] > 0;
      error += count * (beyond > 0 ? beyond * beyond : zero ? 0 : step * step / 12);
    }
    return error;
  }
};

}  // namespace

void register_mse(CalibratorRegistry& registry) { registry.add("mse", std::make_unique<Mse>()); }

}  // namespace quantbench::calibrate
