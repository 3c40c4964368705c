#include <memory>

#include "quantbench/calibrate/calibrator.h"

namespace quantbench::calibrate {

namespace {

/// The extent of everything seen.
class MinMax final : public Calibrator {
 public:
  std::string summary() const override { return "everything seen"; }

  bool is_default() const override { return true; }

  Fields<MethodOptions> fields() const override {
    return Fields<MethodOptions>().add(&MethodOptions::symmetric, symmetric_range_parameter(false));
  }

  Needs needs(const MethodOptions&) const override { return {}; }

  quantize::Range range(const TensorStatistics& statistics,
                        const MethodOptions& options) const override {
    const Extent& extent = statistics.extent();
    if (options.symmetric.value_or(false)) return {-extent.magnitude(), extent.magnitude()};
    return {extent.low, extent.high};
  }
};

}  // namespace

void register_minmax(CalibratorRegistry& registry) {
  registry.add("minmax", std::make_unique<MinMax>());
}

}  // namespace quantbench::calibrate
