#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <tuple>
#include <vector>

#include "quantbench/base/record.h"
#include "quantbench/measure/energy.h"

namespace quantbench::measure {

/// Forwards of one model, one after the other, while no other model of the group runs.
struct Turn {
  std::vector<double> latencies;  ///< ms, in measured order
  double processor_seconds = 0;   ///< of all threads of the process, during these forwards
  double processor_total = 0;     ///< the same since the process started, s
  std::int64_t preemptions = 0;   ///< involuntary context switches during these forwards
  /// Energy of the machine's processors during these forwards. nullopt: not known.
  std::optional<double> joules = {};

  static constexpr auto fields() {
    return std::tuple(field("latencies", &Turn::latencies),
                      field("processor_seconds", &Turn::processor_seconds),
                      field("processor_total", &Turn::processor_total),
                      field("preemptions", &Turn::preemptions), field("joules", &Turn::joules));
  }
};

/// How long a turn is.
struct TurnLength {
  double seconds = 0.04;    ///< at least, of timed forwards
  std::int64_t fewest = 2;  ///< timed forwards, at least
  /// Seconds of forwards before, and at least one, that are not timed: after a hand-over the
  /// processor's caches hold what another model left there.
  double discarded_seconds = 0.002;

  static constexpr auto fields() {
    return std::tuple(field("seconds", &TurnLength::seconds), field("fewest", &TurnLength::fewest),
                      field("discarded_seconds", &TurnLength::discarded_seconds));
  }
};

/// `energy` is read before and after the timed forwards.
Turn take_turn(const std::function<void()>& forward, const TurnLength& length, EnergyMeter& energy);

/// What a warm-up saw.
struct WarmUp {
  std::int64_t forwards = 0;
  double seconds = 0;
  /// False: the latencies still fell when the time was over.
  bool steady = true;

  static constexpr auto fields() {
    return std::tuple(field("forwards", &WarmUp::forwards), field("seconds", &WarmUp::seconds),
                      field("steady", &WarmUp::steady));
  }
};

/// Forwards until the latencies no longer fall: at least `runs`, and while Pettitt's test for a
/// change point (Applied Statistics 28, 1979) finds at the 1 % level that the later half is faster.
/// Ends after `longest` in any case, once the `runs` are done.
WarmUp warm_up(const std::function<void()>& forward, int runs,
               std::chrono::duration<double> longest);

/// Where the level of a series changes, by Pettitt's test: the index of the first value after the
/// change, and the probability of a difference as large without one.
struct ChangePoint {
  std::size_t index = 0;
  double probability = 1;
};
ChangePoint change_point(const std::vector<double>& values);

}  // namespace quantbench::measure
