#include "quantbench/measure/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>

#include "quantbench/measure/statistics.h"

namespace quantbench::measure {

namespace {

constexpr double kMuchStolen = 0.02;
constexpr double kTooMuchStolen = 0.1;
constexpr double kTooOftenThrottled = 0.05;
constexpr double kSlowFrequency = 0.9;
constexpr double kWideInterval = 0.05;
constexpr double kTooWideInterval = 0.2;
constexpr double kDrift = 0.03;
constexpr double kShift = 0.03;
constexpr double kFar = 3;  ///< times the median: an outlier
constexpr double kManyOutliers = 0.01;
constexpr double kManyPreemptions = 50;  ///< a second

class Findings {
 public:
  void care(std::string reason) {
    verdict_.trust = std::max(verdict_.trust, Trust::kWithCare);
    verdict_.reasons.push_back(std::move(reason));
  }
  /// Comes first.
  void refuse(std::string reason) {
    verdict_.trust = Trust::kNot;
    verdict_.reasons.insert(verdict_.reasons.begin(), std::move(reason));
  }
  Verdict verdict() && { return std::move(verdict_); }

 private:
  Verdict verdict_{Trust::kTrusted, {}};
};

void judge_machine(const MachineEvents& seen, Findings& out) {
  if (const double load = seen.other_load.value_or(0); load >= kMuchOtherLoad) {
    // In two steps, so that the rows and shapes of a report say the same words.
    out.care(fmt::format(
        "other programs took {} or more of the machine's processors: the latencies are too long; "
        "end them and measure again (--fresh)",
        load >= 0.5 ? "half" : "a tenth"));
  }
  if (const double stolen = seen.stolen.value_or(0); stolen >= kTooMuchStolen) {
    out.refuse(
        "the hypervisor gave a tenth or more of the processors' time to other machines: "
        "measure on a machine of its own");
  } else if (stolen >= kMuchStolen) {
    out.care(
        "the hypervisor gave some of the processors' time to other machines (2 % or more): "
        "measure on a machine of its own");
  }
  if (const double share = seen.throttled_periods.value_or(0); share >= kTooOftenThrottled) {
    out.refuse(
        "the processor quota of the control group was used up again and again, so that the "
        "threads stood still: raise it, or set intra_op_num_threads below it");
  } else if (share > 0) {
    out.care(
        "the processor quota of the control group was used up at times: raise it, or set "
        "intra_op_num_threads below it");
  }
  if (seen.heat.value_or(0) > 0) {
    out.care("heat slowed the processors down: cool the machine, or lower its highest frequency");
  }
  if (seen.slowest_frequency.value_or(1) < kSlowFrequency) {
    out.care(
        "the processors' frequency changed by a tenth or more: set the governor "
        "'performance', see `quantbench doctor`");
  }
}

/// Latencies of each turn, relative to their start's mean.
std::vector<double> relative_turns(const Starts& starts) {
  std::vector<double> out;
  for (const auto& start : starts) {
    std::vector<double> means;
    for (const Turn& turn : start) means.push_back(mean(turn.latencies));
    const double centre = mean(means);
    for (const double value : means) out.push_back(value / centre);
  }
  return out;
}

void judge_turns(const Starts& starts, Findings& out) {
  std::vector<double> latencies;
  double seconds = 0;
  double preemptions = 0;
  for (const auto& start : starts) {
    for (const Turn& turn : start) {
      latencies.insert(latencies.end(), turn.latencies.begin(), turn.latencies.end());
      preemptions += static_cast<double>(turn.preemptions);
    }
  }
  if (latencies.empty()) return;
  for (const double value : latencies) seconds += value / 1e3;
  const double far = kFar * linear_quantile(latencies, 0.5);
  const auto outliers = static_cast<double>(
      std::count_if(latencies.begin(), latencies.end(), [&](double value) { return value > far; }));
  if (outliers / static_cast<double>(latencies.size()) >= kManyOutliers) {
    out.care(
        "one forward in a hundred or more took three times the median: the mean is above what "
        "most forwards take, look at the median");
  }
  if (preemptions / seconds >= kManyPreemptions) {
    out.care(
        "the system took the processor away from the model more than 50 times a second: end "
        "other programs, or set intra_op_num_threads to the processors that are free");
  }
  if (has_two_levels(relative_turns(starts))) {
    out.care(
        "its latencies lie around two levels: the mean is between them; look at the "
        "distribution");
  }
}

/// By how much the ratio of the last third of the rounds differs from the ratio of the first, and
/// the noise of this difference.
std::pair<double, double> drift_of(const LogRatios& ratios) {
  std::vector<double> all;
  for (const auto& start : ratios) all.insert(all.end(), start.begin(), start.end());
  const std::size_t third = all.size() / 3;
  if (third < 5) return {0, 0};
  const std::span first(all.data(), third);
  const std::span last(all.data() + all.size() - third, third);
  const auto variance_of_mean = [](std::span<const double> values) {
    return sample_variance(values) / static_cast<double>(values.size());
  };
  return {std::abs(linear_quantile({last.begin(), last.end()}, 0.5) -
                   linear_quantile({first.begin(), first.end()}, 0.5)),
          std::sqrt(variance_of_mean(first) + variance_of_mean(last))};
}

void judge_speedup(const Evidence& evidence, Findings& out) {
  const double width = std::expm1(2 * evidence.speedup->half);
  if (width > kTooWideInterval) {
    out.refuse(
        "the interval of its speedup is wider than a fifth: measure longer "
        "(time_benchmark_args.duration), or on an idle machine");
  } else if (width > kWideInterval) {
    out.care(
        "the interval of its speedup is wider than 5 %: measure longer "
        "(time_benchmark_args.duration), or on an idle machine");
  }
  const auto [drift, noise] = drift_of(*evidence.ratios);
  if (drift > std::max(kDrift, 3 * noise)) {
    out.care(
        "its speedup drifted while it was timed: measure longer "
        "(time_benchmark_args.duration), after the machine has warmed up");
  }
  const Shift shift = left_out_shift(*evidence.ratios, *evidence.speedup);
  if (std::abs(shift.value) > std::max(kShift, 3 * shift.error)) {
    out.care(
        "the rounds that its speedup leaves out differ from the others: the model or its original "
        "is slow at times; compare their mean latencies too");
  }
}

}  // namespace

bool has_two_levels(std::vector<double> values) {
  constexpr double kExplained = 0.85;
  constexpr double kApart = 0.05;
  constexpr std::size_t kFewest = 10;
  if (values.size() < kFewest) return false;
  std::sort(values.begin(), values.end());
  const auto n = static_cast<double>(values.size());
  const double centre = mean(values);
  const double deviation = standard_deviation(values);
  double sum = 0;
  double best = 0;
  double apart = 0;
  for (std::size_t i = 0; i + 1 < values.size(); ++i) {
    sum += values[i];
    const auto low = static_cast<double>(i + 1);
    const double high = n - low;
    if (low < n / 5 || high < n / 5) continue;
    const double low_mean = sum / low;
    const double high_mean = (centre * n - sum) / high;
    const double explained = low * high / (n * n) * (high_mean - low_mean) * (high_mean - low_mean);
    if (explained <= best) continue;
    best = explained;
    apart = high_mean / low_mean - 1;
  }
  return apart >= kApart && best > kExplained * deviation * deviation;
}

Verdict judge(const Evidence& evidence) {
  Findings out;
  judge_machine(evidence.machine, out);
  if (!evidence.steady) {
    out.care("its latencies still fell after the warm-up: raise time_benchmark_args.warmup_runs");
  }
  if (evidence.turns != nullptr) judge_turns(*evidence.turns, out);
  if (evidence.speedup && evidence.ratios != nullptr) judge_speedup(evidence, out);
  return std::move(out).verdict();
}

}  // namespace quantbench::measure
