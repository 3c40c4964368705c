#include "quantbench/calibrate/calibrator.h"

namespace quantbench::calibrate {

Parameter num_bins_parameter(std::size_t bins) {
  return {.name = "num_bins",
          .fallback = bins,
          .minimum = 1,
          .maximum = 1e8,
          .help = "Bins of the histogram to begin with",
          .flag = "histogram_bins"};
}

Parameter symmetric_range_parameter(bool by_default) {
  return {.name = "symmetric_range",
          .fallback = by_default,
          .help = "Range symmetric around zero",
          .opposite = "asymmetric_range"};
}

MethodOptions method_options(const Calibrator& calibrator, const Json& values) {
  const Fields<MethodOptions> fields = calibrator.fields();
  MethodOptions options = fields.read(values);
  const Json own = fields.write(options);
  for (const Parameter& parameter : fields.parameters()) {
    if (own.contains(parameter.name)) continue;
    const Json value = values.value(parameter.name, Json());
    if (!value.is_null()) {
      options.other[parameter.name] = value;
    } else if (parameter.has_fallback()) {
      options.other[parameter.name] = parameter.fallback;
    }
  }
  return options;
}

Json values_of(const Calibrator& calibrator, const MethodOptions& options) {
  Json values = calibrator.fields().write(options);
  values.update(options.other);
  return values;
}

}  // namespace quantbench::calibrate
