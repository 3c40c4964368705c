#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <tuple>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/base/record.h"
#include "quantbench/measure/trust.h"

namespace quantbench::measure {

/// Timing of a model, as in the reference: warm-up forwards, then forwards until the sum of their
/// latencies reaches the duration.
struct TimingOptions {
  double duration_s = 30.0;
  int warmup_runs = 10;
};

/// Speedup of a row over its original, both timed in the same turns: latency of the original /
/// latency of the row, so larger is faster.
struct PairedRatio {
  double value = 0;
  double low = 0;  ///< 95 % interval. Both ends NaN (null in JSON): not known
  double high = 0;
  double original_mean = 0;  ///< ms, mean latency of the original in these turns
  std::int64_t rounds = 0;   ///< turns that both had
  int starts = 0;            ///< times that the processes were started
};

/// What a model takes besides its latency, in the process that was timed.
struct ProcessFigures {
  double load_seconds = 0;                 ///< to open the model, of the last start
  double first_forward = 0;                ///< ms, the first forward after that
  std::int64_t resident_memory_bytes = 0;  ///< that the process holds when it is warm
  /// Processor time of a forward over all threads, ms. nullopt: not measured.
  std::optional<double> processor_time = {};
  /// Energy of the machine's processors while a forward ran (EnergyMeter). nullopt: not known.
  std::optional<double> joules = {};
  /// Processors that its threads were kept on; empty: the system chose.
  std::vector<int> processors = {};

  static constexpr auto fields() {
    using F = ProcessFigures;
    return std::tuple(field("load_seconds", &F::load_seconds),
                      field("first_forward", &F::first_forward),
                      field("resident_memory_bytes", &F::resident_memory_bytes),
                      field("processor_time", &F::processor_time), field("joules", &F::joules),
                      field("processors", &F::processors));
  }
};

/// Throws Error if the duration is not positive or warmup_runs is negative.
void check_timing(double duration_s, int warmup_runs);

/// Figures of one cell at one batch size and input length, with the cards' names and units. NaN
/// (null in JSON) means unknown, for example in a run imported from a card without this figure.
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
  /// Every latency in ms, in measured order. Reports show the distribution.
  std::vector<double> latencies;
  /// Number of forwards of each start of the process, in measured order. Empty: one start.
  std::vector<std::int64_t> starts = {};
  /// Number of forwards of each turn, in measured order. Empty: timed in one piece. Turn n of a
  /// start belongs to round n, as does turn n of the other models that were timed with this one.
  std::vector<std::int64_t> turns = {};
  /// nullopt: the row is an original, or was timed without its original beside it.
  std::optional<PairedRatio> speedup = {};
  Verdict verdict = {};
  std::optional<ProcessFigures> process = {};

  /// Every member under its own name. `starts` is written when it has more than one entry, `turns`
  /// when it has any, `speedup` and `process` when there is one, `verdict` when it is known.
  Json to_json() const;
  /// Throws Error naming the key that is missing or of the wrong type.
  static Timing from_json(const Json& json);
};

/// Times each call of `forward` on the steady clock. `elapsed` (may be empty) is called with the
/// finished fraction of the duration, between forwards, a few times per second. Throws Error if the
/// duration is not positive or warmup_runs is negative.
Timing time_forwards(const std::function<void()>& forward, const TimingOptions& options,
                     const std::function<void(double share)>& elapsed = {});

}  // namespace quantbench::measure
