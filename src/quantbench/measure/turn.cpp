#include "quantbench/measure/turn.h"

#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

#include "quantbench/measure/machine_load.h"
#include "quantbench/measure/statistics.h"

namespace quantbench::measure {

namespace {

using Clock = std::chrono::steady_clock;

std::int64_t preemptions() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_nivcsw;
}

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

double milliseconds_of(const std::function<void()>& forward) {
  const Clock::time_point begin = Clock::now();
  forward();
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

constexpr double kSurely = 0.01;

}  // namespace

Turn take_turn(const std::function<void()>& forward, const TurnLength& length,
               EnergyMeter& energy) {
  const Clock::time_point begin = Clock::now();
  do {
    forward();
  } while (seconds_since(begin) < length.discarded_seconds);
  Turn turn;
  const double processor_before = own_processor_seconds();
  const std::int64_t preemptions_before = preemptions();
  const std::optional<double> joules_before = energy.joules();
  double total = 0;
  while (total < length.seconds * 1e3 ||
         turn.latencies.size() < static_cast<std::size_t>(length.fewest)) {
    turn.latencies.push_back(milliseconds_of(forward));
    total += turn.latencies.back();
  }
  const std::optional<double> joules = energy.joules();
  // A meter that has counted nothing so far has begun at zero.
  if (joules) turn.joules = *joules - joules_before.value_or(0);
  turn.preemptions = preemptions() - preemptions_before;
  turn.processor_total = own_processor_seconds();
  turn.processor_seconds = turn.processor_total - processor_before;
  return turn;
}

ChangePoint change_point(const std::vector<double>& values) {
  const std::size_t count = values.size();
  if (count < 4) return {};
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> rank(count);
  for (std::size_t i = 0; i < count;) {
    std::size_t end = i;
    while (end < count && values[order[end]] == values[order[i]]) ++end;
    // Equal values share the mean of their ranks.
    for (std::size_t k = i; k < end; ++k) {
      rank[order[k]] = (static_cast<double>(i + end) + 1) / 2;
    }
    i = end;
  }
  const auto n = static_cast<double>(count);
  double most = 0;
  double sum = 0;
  ChangePoint out;
  for (std::size_t i = 0; i + 1 < count; ++i) {
    sum += rank[i];
    const double statistic = std::abs(2 * sum - static_cast<double>(i + 1) * (n + 1));
    if (statistic <= most) continue;
    most = statistic;
    out.index = i + 1;
  }
  out.probability = std::min(1.0, 2 * std::exp(-6 * most * most / (n * n * n + n * n)));
  return out;
}

WarmUp warm_up(const std::function<void()>& forward, int runs,
               std::chrono::duration<double> longest) {
  constexpr std::size_t kFewestToJudge = 12;
  const Clock::time_point begin = Clock::now();
  WarmUp out;
  std::vector<double> latencies;
  const auto run_once = [&] {
    latencies.push_back(milliseconds_of(forward));
    ++out.forwards;
  };
  for (int i = 0; i < runs; ++i) run_once();
  while (seconds_since(begin) < longest.count()) {
    if (latencies.size() < kFewestToJudge) {
      run_once();
      continue;
    }
    const ChangePoint change = change_point(latencies);
    const auto middle = latencies.begin() + static_cast<std::ptrdiff_t>(change.index);
    out.steady = change.probability > kSurely || mean(std::span(latencies.begin(), middle)) <=
                                                     mean(std::span(middle, latencies.end()));
    if (out.steady) break;
    // What was before the change says nothing of the state after it; as many forwards again.
    const std::size_t again = latencies.size();
    latencies.erase(latencies.begin(), middle);
    for (std::size_t i = 0; i < again && seconds_since(begin) < longest.count(); ++i) run_once();
  }
  out.seconds = seconds_since(begin);
  return out;
}

}  // namespace quantbench::measure
