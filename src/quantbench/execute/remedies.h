#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "quantbench/execute/prepare.h"
#include "quantbench/execute/run.h"
#include "quantbench/metric/registry.h"
#include "quantbench/spec/spec.h"
#include "quantbench/store/stage_results.h"

namespace quantbench::execute {

/// A quantized cell that lost much of a figure.
struct Loss {
  const spec::Cell* cell = nullptr;
  double original = 0;  ///< the figure of its original
  double figure = 0;    ///< its own
};

/// The cell of a loss with other options, evaluated on the same samples.
struct Remedy {
  /// What goes wrong without the options, a clause (quantize::Remedy::against).
  std::string against;
  /// The options as a spec has them: "calibration.mask_padding: true".
  std::string change;
  spec::Cell cell;
  double figure = 0;
};

/// What was tried for a loss.
struct Remedies {
  std::vector<Remedy> measured;  ///< the best first
  std::size_t left = 0;          ///< that apply too and were not measured
};

/// How long to look for remedies.
struct RemedySearch {
  std::string figure;  ///< whose loss is to be given back
  metric::Figure meaning;
  /// Evaluations of all losses together, at most.
  std::size_t most_evaluations = 4;
  /// A loss is given back when no more than this is left, in the figure's unit.
  double accepted_loss = 0;
};

/// Evaluates for each loss what approach, calibration and presets declare as remedies of its
/// options, the likeliest first, until one gives the loss back. The stages are the ordinary ones:
/// their results are kept, and those that are known are used. A remedy that fails is left out.
/// Throws Cancelled.
std::vector<Remedies> measure_remedies(const Prepared& prepared, const std::vector<Loss>& losses,
                                       const RemedySearch& search, const Options& options,
                                       store::StageResults& results);

}  // namespace quantbench::execute
