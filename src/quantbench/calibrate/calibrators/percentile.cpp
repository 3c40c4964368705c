#include <algorithm>
#include <memory>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/calibrate/calibrator.h"

namespace quantbench::calibrate {

namespace {

/// First bin whose cumulative share reaches `share` (numpy.searchsorted of the cumulated shares).
std::size_t bin_reaching(const std::vector<double>& cumulated, double share) {
  return static_cast<std::size_t>(std::lower_bound(cumulated.begin(), cumulated.end(), share) -
                                  cumulated.begin());
}

/// Cuts the outermost values: the threshold is the lower edge of the bin in which the cumulative
/// share of the magnitudes reaches the percentile, as in HistogramCollector.compute_percentile of
/// ONNX Runtime; asymmetric, half of the share is cut from either end of a histogram of values.
class Percentile final : public Calibrator {
 public:
  std::string summary() const override { return "all but the outermost values"; }

  Fields<MethodOptions> fields() const override {
    return Fields<MethodOptions>()
        .add(&MethodOptions::percentile, {.name = "calibration_histogram_percentile",
                                          .nullable = true,
                                          .maximum = 100,
                                          .above_minimum = true,
                                          .help = "Share of the values to keep",
                                          .unit = "%",
                                          .flag = "percentile"})
        .add(&MethodOptions::histogram_bins, num_bins_parameter(2048))
        .add(&MethodOptions::symmetric, symmetric_range_parameter(true));
  }

  Needs needs(const MethodOptions& options) const override {
    if (!(options.percentile >= 0 && options.percentile <= 100)) {
      throw Error("the percentile must lie between 0 and 100",
                  "calibration.calibration_histogram_percentile", "99.999, say");
    }
    return {{spec(options)}, {}};
  }

  quantize::Range range(const TensorStatistics& statistics,
                        const MethodOptions& options) const override {
    const Histogram& histogram = statistics.histogram(spec(options));
    const auto total = static_cast<double>(histogram.total());
    std::vector<double> cumulated;
    cumulated.reserve(histogram.counts().size());
    double sum = 0;
    for (const std::int64_t count : histogram.counts()) {
      sum += static_cast<double>(count) / total;
      cumulated.push_back(sum);
    }
    quantize::Range range;
    if (options.symmetric.value_or(true)) {
      const float threshold =
          histogram.edges()[bin_reaching(cumulated, options.percentile / 100.0)];
      range = {-threshold, threshold};
    } else {
      const double cut = (100.0 - options.percentile) / 200.0;
      range = {histogram.edges()[bin_reaching(cumulated, cut)],
               histogram.edges()[bin_reaching(cumulated, 1.0 - cut)]};
    }
    const Extent& extent = statistics.extent();
    return {std::max(range.low, extent.low), std::min(range.high, extent.high)};
  }

 private:
  static HistogramSpec spec(const MethodOptions& options) {
    return {options.symmetric.value_or(true) ? HistogramSpec::Of::kMagnitude
                                             : HistogramSpec::Of::kValue,
            options.histogram_bins.value_or(2048)};
  }
};

}  // namespace

void register_percentile(CalibratorRegistry& registry) {
  registry.add("percentile", std::make_unique<Percentile>());
}

}  // namespace quantbench::calibrate
