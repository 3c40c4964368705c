#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <tuple>
#include <vector>

#include "quantbench/base/record.h"

namespace quantbench::measure {

/// Figures of a model that several streams run at the same time, at one batch size and input
/// length. NaN (null in JSON) means unknown.
struct StreamFigures {
  std::int64_t streams = 0;
  std::int64_t batch_size = 0;
  std::int64_t input_length = 0;
  std::int64_t nb_forwards = 0;   ///< of all streams, as are the following
  double samples_per_second = 0;  ///< forwards a second times batch size
  double latency_mean = 0;        ///< ms
  double latency_50 = 0;          ///< ms, linear quantile, as are the following
  double latency_90 = 0;
  double latency_95 = 0;
  double latency_99 = 0;
  /// Resident memory high-water mark of the process with all streams, bytes; 0: not known.
  std::int64_t peak_memory_bytes = 0;
  /// Of the whole machine's processors meanwhile (EnergyMeter), divided by the samples.
  std::optional<double> joules_per_sample;

  static constexpr auto fields() {
    using F = StreamFigures;
    return std::tuple(
        field("streams", &F::streams), field("batch_size", &F::batch_size),
        field("input_length", &F::input_length), field("nb_forwards", &F::nb_forwards),
        field("samples_per_second", &F::samples_per_second),
        field("latency_mean", &F::latency_mean), field("latency_50", &F::latency_50),
        field("latency_90", &F::latency_90), field("latency_95", &F::latency_95),
        field("latency_99", &F::latency_99), field("peak_memory_bytes", &F::peak_memory_bytes),
        field("joules_per_sample", &F::joules_per_sample));
  }
};

struct StreamOptions {
  double duration_s = 30;
  int warmup_runs = 10;  ///< of each stream
  std::int64_t batch_size = 1;
  /// Where /sys lies.
  std::filesystem::path root = "/";
};

/// Calls each of `forwards` again and again, each on a thread of its own, all at the same time.
/// `elapsed` (may be empty) is called on this thread with the finished fraction of the duration, a
/// few times a second.
///
/// - The clock starts when every stream has done its warm-up.
/// - A forward counts if it begins before the end of the duration. Of one that goes on beyond the
///   end, the throughput takes the part of its time that lies before the end; its latency counts
///   whole. (To leave it out, or to take it whole, would bias the throughput by half a forward a
///   stream.)
/// - Every stream goes on until the last counted forward of every other stream has ended, so that
///   all counted forwards see the same load.
///
/// Throws Error if the options make no sense or the system starts too few threads, and the first
/// exception of a forward when all streams have stopped.
StreamFigures time_streams(const std::vector<std::function<void()>>& forwards,
                           const StreamOptions& options,
                           const std::function<void(double share)>& elapsed = {});

}  // namespace quantbench::measure
