#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "quantbench/base/json.h"

namespace quantbench::measure {

/// How a model is timed, as the reference does: warm-up forwards, then forwards until their summed
/// latency reaches the duration.
struct TimingOptions {
  double duration_s = 30.0;
  int warmup_runs = 10;
};

/// Figures of one cell at one batch size and input length, with the cards' names and units. NaN
/// (null in JSON): not known, as in a run imported from a card that does not give it.
struct Timing {
  std::int64_t batch_size = 0;
  std::int64_t input_length = 0;
  std::int64_t nb_forwards = 0;
  double throughput = 0;    ///< forwards per second: round(nb_forwards / nominal duration, 2)
  double latency_mean = 0;  ///< ms
  double latency_std = 0;   ///< ms, population (ddof 0)
  double latency_50 = 0;    ///< ms, linear quantile, as are the following
  double latency_90 = 0;
  double latency_95 = 0;
  double latency_99 = 0;
  double latency_999 = 0;
  /// Every latency in ms, in the order measured (for the distribution in reports).
  std::vector<double> latencies;

  /// Every member under its own name.
  Json to_json() const;
  /// Throws Error naming the key that is missing or of the wrong type.
  static Timing from_json(const Json& json);
};

/// Times `forward` on the steady clock, each call by itself. `elapsed` (may be empty) is told the
/// share of the duration done, between forwards and a few times a second. Throws Error when the
/// duration is not positive or warmup_runs is negative.
Timing time_forwards(const std::function<void()>& forward, const TimingOptions& options,
                     const std::function<void(double share)>& elapsed = {});

}  // namespace quantbench::measure
