#pragma once

#include <optional>
#include <vector>

#include "quantbench/measure/machine_watch.h"
#include "quantbench/measure/paired_ratio.h"
#include "quantbench/measure/trust.h"

namespace quantbench::measure {

/// What a verdict on one timing rests on.
struct Evidence {
  MachineEvents machine = {};
  /// The model's own turns.
  const Starts* turns = nullptr;
  /// Of a row that was timed beside its original.
  std::optional<PairedEstimate> speedup = {};
  const LogRatios* ratios = nullptr;
  /// False: the latencies still fell when they were timed.
  bool steady = true;
};

/// How far the timing can be trusted, and why not further. A reason that holds for the whole
/// machine has the same words for every row, so that a report says it once.
///
/// An interval wider than a fifth, the quota of the control group used up in a twentieth of its
/// periods, or a tenth of the machine's time stolen make a timing not to be trusted. Everything
/// else is a reason for care: a paired ratio loses little by it, a latency in milliseconds does.
Verdict judge(const Evidence& evidence);

/// Whether values lie around two levels, far apart: the best cut in two explains more than 0.85 of
/// their variance (0.75 for a flat, 0.64 for a normal distribution), each part has a fifth of them,
/// and the levels differ by 5 % or more.
bool has_two_levels(std::vector<double> values);

}  // namespace quantbench::measure
