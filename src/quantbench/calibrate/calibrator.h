#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/base/fields.h"
#include "quantbench/base/json.h"
#include "quantbench/base/registry.h"
#include "quantbench/calibrate/statistics.h"
#include "quantbench/quantize/ranges.h"

namespace quantbench::calibrate {

/// Options of the calibration methods; each takes those it knows. Defaults are the reference's.
struct MethodOptions {
  /// Share of the values, in percent, that the range keeps ("percentile").
  double percentile = 99.999;
  /// Bins of the histogram to begin with; unset: 2048 ("percentile", "mse"), 128 ("entropy").
  std::optional<std::size_t> histogram_bins;
  /// Bins the entropy method quantizes candidates to.
  std::size_t quantized_bins = 128;
  /// Levels of the quantized type that "mse" rounds to.
  int levels = 256;
  /// Weight of a new batch in the moving average ("moving_average").
  double averaging_constant = 0.01;
  /// Range symmetric around zero. Unset: true for "percentile" (a histogram of magnitudes, as the
  /// peer has it by default), false for the others.
  std::optional<bool> symmetric;
  /// Values of parameters that a method declares beyond these.
  Json other = Json::object();
};

/// A way to choose the range of a tensor from its statistics. One file a method in calibrators/.
class Calibrator {
 public:
  virtual ~Calibrator() = default;
  /// What it does, as a noun phrase.
  virtual std::string summary() const { return {}; }
  /// True for the method that is meant where a spec names none.
  virtual bool is_default() const { return false; }
  /// Its parameters, under the names of the spec's `calibration`.
  virtual Fields<MethodOptions> fields() const { return {}; }
  /// A variant of the default method: a spec does not name it, but asks for it with this flag
  /// (kBool).
  virtual std::optional<Parameter> variant_flag() const { return std::nullopt; }
  /// What to gather. Throws Error when an option is out of its range, naming the spec's key.
  virtual Needs needs(const MethodOptions& options) const = 0;
  /// `statistics` is not empty and holds what `needs` asked for.
  virtual quantize::Range range(const TensorStatistics& statistics,
                                const MethodOptions& options) const = 0;
  /// How it collects unless told otherwise.
  virtual Collection usual_collection() const { return Collection::kEachBatch; }
};

/// Declarations that several methods share. `bins`: how many there are by default.
Parameter num_bins_parameter(std::size_t bins);
Parameter symmetric_range_parameter(bool by_default);

/// The options of a method from the values of its parameters: members of the struct, others in
/// `other`. Missing ones have their defaults.
MethodOptions method_options(const Calibrator& calibrator, const Json& values);
/// The values of its parameters; equal ones give equal ranges.
Json values_of(const Calibrator& calibrator, const MethodOptions& options);

using CalibratorRegistry = Registry<Calibrator>;
void register_builtin_calibrators(CalibratorRegistry& registry);
CalibratorRegistry& calibrators();

}  // namespace quantbench::calibrate
