#include <algorithm>
#include <cmath>
#include <memory>

#include "quantbench/base/error.h"
#include "quantbench/calibrate/calibrator.h"

namespace quantbench::calibrate {

namespace {

/// The batches' extents averaged: average += constant * (batch - average), or their mean when they
/// are collected all at once (calibration_moving_average of the spec).
class MovingAverage final : public Calibrator {
 public:
  std::string summary() const override { return "the batches' extents averaged"; }

  Fields<MethodOptions> fields() const override {
    return Fields<MethodOptions>()
        .add(&MethodOptions::averaging_constant, {.name = "calibration_moving_average_constant",
                                                  .nullable = true,
                                                  .maximum = 1,
                                                  .above_minimum = true,
                                                  .help = "Weight of a new batch in the average",
                                                  .flag = "moving_average_constant"})
        .add(&MethodOptions::symmetric, symmetric_range_parameter(false));
  }

  std::optional<Parameter> variant_flag() const override {
    return Parameter{.name = "calibration_moving_average",
                     .type = Parameter::Type::kBool,
                     .nullable = true,
                     .help = "Average the batches' ranges",
                     .flag = "moving_average"};
  }

  Needs needs(const MethodOptions& options) const override {
    if (!(options.averaging_constant >= 0 && options.averaging_constant <= 1)) {
      throw Error("the averaging constant must lie between 0 and 1",
                  "calibration.calibration_moving_average_constant");
    }
    // The histogram only serves the report of what is clipped.
    return {{{HistogramSpec::Of::kValue, options.histogram_bins.value_or(2048)}},
            {options.averaging_constant}};
  }

  quantize::Range range(const TensorStatistics& statistics,
                        const MethodOptions& options) const override {
    const quantize::Range average = statistics.average(options.averaging_constant);
    if (!options.symmetric.value_or(false)) return average;
    const float magnitude = std::max(std::fabs(average.low), std::fabs(average.high));
    return {-magnitude, magnitude};
  }
};

}  // namespace

void register_moving_average(CalibratorRegistry& registry) {
  registry.add("moving_average", std::make_unique<MovingAverage>());
}

}  // namespace quantbench::calibrate
