#include "quantbench/measure/timing.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <span>

#include "quantbench/base/error.h"
#include "quantbench/measure/statistics.h"
#include "quantbench/measure/summarize.h"

namespace quantbench::measure {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kTellEvery{250};

}  // namespace

Timing summarize(std::vector<double> latencies, double nominal_duration_s) {
  Timing timing;
  timing.nb_forwards = static_cast<std::int64_t>(latencies.size());
  timing.throughput = python_round(static_cast<double>(timing.nb_forwards) / nominal_duration_s, 2);
  timing.latency_mean = mean(latencies);
  timing.latency_std = standard_deviation(latencies);
  std::vector<double> sorted = latencies;
  std::sort(sorted.begin(), sorted.end());
  timing.latency_50 = sorted_quantile(sorted, 0.5);
  timing.latency_90 = sorted_quantile(sorted, 0.9);
  timing.latency_95 = sorted_quantile(sorted, 0.95);
  timing.latency_99 = sorted_quantile(sorted, 0.99);
  timing.latency_999 = sorted_quantile(sorted, 0.999);
  timing.latencies = std::move(latencies);
  return timing;
}

void check_timing(double duration_s, int warmup_runs) {
  if (!(duration_s > 0) || !std::isfinite(duration_s)) {
    throw Error("the duration must be a positive number of seconds",
                "time_benchmark_args.duration");
  }
  if (warmup_runs < 0) {
    throw Error("the number of warm-up runs must not be negative",
                "time_benchmark_args.warmup_runs");
  }
}

Timing time_forwards(const std::function<void()>& forward, const TimingOptions& options,
                     const std::function<void(double share)>& elapsed) {
  check_timing(options.duration_s, options.warmup_runs);
  for (int i = 0; i < options.warmup_runs; ++i) forward();

  const auto budget = std::chrono::duration<double>(options.duration_s);
  std::vector<double> latencies;
  Clock::duration total{};
  Clock::time_point told = Clock::now();
  do {
    const Clock::time_point begin = Clock::now();
    forward();
    const Clock::time_point end = Clock::now();
    total += end - begin;
    latencies.push_back(std::chrono::duration<double, std::milli>(end - begin).count());
    if (elapsed && end - told >= kTellEvery) {
      elapsed(std::min(1.0, total / budget));
      told = end;
    }
  } while (total < budget);
  return summarize(std::move(latencies), options.duration_s);
}

namespace {

/// JSON has no NaN, so unknown figures are null.
double figure(const Json& json, const char* key, const std::string& where) {
  const auto found = json.find(key);
  if (found != json.end() && found->is_null()) return std::numeric_limits<double>::quiet_NaN();
  return require<double>(json, key, where);
}

Json speedup_to_json(const PairedRatio& speedup) {
  return {{"value", speedup.value},
          {"low", finite_or_null(speedup.low)},
          {"high", finite_or_null(speedup.high)},
          {"original_mean", finite_or_null(speedup.original_mean)},
          {"rounds", speedup.rounds},
          {"starts", speedup.starts}};
}

PairedRatio speedup_of(const Json& json, const std::string& where) {
  if (!json.is_object()) throw Error("expected an object", where);
  PairedRatio speedup;
  speedup.value = require<double>(json, "value", where);
  speedup.low = figure(json, "low", where);
  speedup.high = figure(json, "high", where);
  speedup.original_mean = figure(json, "original_mean", where);
  speedup.rounds = require<std::int64_t>(json, "rounds", where);
  const auto starts = require<std::int64_t>(json, "starts", where);
  if (!(speedup.value > 0)) throw Error("'value' must be positive", where);
  if (speedup.low > speedup.value || speedup.high < speedup.value || speedup.low < 0)
    throw Error("'value' must lie between 'low' and 'high'", where);
  if (speedup.rounds < 0) throw Error("'rounds' must not be negative", where);
  if (starts < 0 || starts > std::numeric_limits<int>::max())
    throw Error("'starts' must be a number of starts", where);
  speedup.starts = static_cast<int>(starts);
  return speedup;
}

/// Numbers of forwards: how all of them were divided.
std::vector<std::int64_t> division_of(const Json& json, const char* key, std::int64_t forwards,
                                      const std::string& where) {
  const std::string name = std::string("'") + key + "'";
  if (!json.is_array()) throw Error(name + " must be a list", where);
  std::vector<std::int64_t> parts;
  std::int64_t left = forwards;
  for (const Json& one : json) {
    // No part may have more forwards than are left: so the sum cannot overflow.
    if (!one.is_number_integer() || one.get<std::int64_t>() < 1 || one.get<std::int64_t>() > left)
      throw Error(name + " must contain positive numbers with the sum 'nb_forwards'", where);
    parts.push_back(one.get<std::int64_t>());
    left -= parts.back();
  }
  if (!parts.empty() && left != 0)
    throw Error(name + " must contain positive numbers with the sum 'nb_forwards'", where);
  return parts;
}

}  // namespace

Json Timing::to_json() const {
  Json json = {
      {"batch_size", batch_size}, {"input_length", input_length}, {"nb_forwards", nb_forwards},
      {"throughput", throughput}, {"latency_mean", latency_mean}, {"latency_std", latency_std},
      {"latency_50", latency_50}, {"latency_90", latency_90},     {"latency_95", latency_95},
      {"latency_99", latency_99}, {"latency_999", latency_999},   {"latencies", latencies}};
  if (starts.size() > 1) json["starts"] = starts;
  if (!turns.empty()) json["turns"] = turns;
  if (speedup) json["speedup"] = speedup_to_json(*speedup);
  if (verdict.trust != Trust::kUnknown) json["verdict"] = verdict.to_json();
  if (process) json["process"] = record_to_json(*process);
  return json;
}

Timing Timing::from_json(const Json& json) {
  const std::string where = "timing";
  Timing timing;
  timing.batch_size = require<std::int64_t>(json, "batch_size", where);
  timing.input_length = require<std::int64_t>(json, "input_length", where);
  timing.nb_forwards = require<std::int64_t>(json, "nb_forwards", where);
  timing.throughput = figure(json, "throughput", where);
  timing.latency_mean = figure(json, "latency_mean", where);
  timing.latency_std = figure(json, "latency_std", where);
  timing.latency_50 = figure(json, "latency_50", where);
  timing.latency_90 = figure(json, "latency_90", where);
  timing.latency_95 = figure(json, "latency_95", where);
  timing.latency_99 = figure(json, "latency_99", where);
  timing.latency_999 = figure(json, "latency_999", where);
  if (const auto found = json.find("latencies"); found != json.end()) {
    if (!found->is_array()) throw Error("'latencies' must be a list", where);
    for (const Json& value : *found) {
      if (!value.is_number()) throw Error("'latencies' must contain only numbers", where);
      timing.latencies.push_back(value.get<double>());
    }
  }
  // Older results have none of these.
  if (const auto found = json.find("starts"); found != json.end())
    timing.starts = division_of(*found, "starts", timing.nb_forwards, where);
  if (const auto found = json.find("turns"); found != json.end())
    timing.turns = division_of(*found, "turns", timing.nb_forwards, where);
  if (const auto found = json.find("speedup"); found != json.end())
    timing.speedup = speedup_of(*found, where + ": speedup");
  if (const auto found = json.find("verdict"); found != json.end())
    timing.verdict = Verdict::from_json(*found, where + ": verdict");
  if (const auto found = json.find("process"); found != json.end())
    timing.process = record_from_json<ProcessFigures>(*found, where + ": process");
  return timing;
}

}  // namespace quantbench::measure
