#include "quantbench/analysis/right_wrong.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "quantbench/measure/normal.h"

namespace quantbench::analysis {

namespace {

/// Of the rate of gained samples: the share of cases that its interval leaves out.
constexpr double kLeftOut = 0.001;
/// Rates at which the probability is computed. It changes slowly, over about one standard error of
/// the rate; the interval has seven of them.
constexpr int kRates = 32;
/// A probability below this is taken for 0.
constexpr double kNegligible = 1e-13;

/// Probabilities of the binomial distribution, for up to `most` trials.
class Binomial {
 public:
  explicit Binomial(std::int64_t most) {
    log_factorials_.reserve(static_cast<std::size_t>(most) + 1);
    log_factorials_.push_back(0);
    for (std::int64_t i = 1; i <= most; ++i)
      log_factorials_.push_back(log_factorials_.back() + std::log(static_cast<double>(i)));
  }

  /// Of exactly `count` in `trials`.
  double of(std::int64_t count, std::int64_t trials, double rate) const {
    if (count < 0 || count > trials) return 0;
    if (rate <= 0) return count == 0 ? 1 : 0;
    if (rate >= 1) return count == trials ? 1 : 0;
    return std::exp(log_factorial(trials) - log_factorial(count) - log_factorial(trials - count) +
                    static_cast<double>(count) * std::log(rate) +
                    static_cast<double>(trials - count) * std::log1p(-rate));
  }

  /// Of `count` or fewer. The shorter tail is summed, from its thick end on.
  double up_to(std::int64_t count, std::int64_t trials, double rate) const {
    if (count < 0) return 0;
    if (count >= trials || rate <= 0) return 1;
    if (rate >= 1) return 0;
    const double odds = rate / (1 - rate);
    double sum = 0;
    if (static_cast<double>(count) <= static_cast<double>(trials) * rate) {
      double term = of(count, trials, rate);
      for (std::int64_t i = count; i >= 0 && term > kNegligible * sum; --i) {
        sum += term;
        term *= static_cast<double>(i) / static_cast<double>(trials - i + 1) / odds;
      }
      return sum;
    }
    double term = of(count + 1, trials, rate);
    for (std::int64_t i = count + 1; i <= trials && term > kNegligible * sum; ++i) {
      sum += term;
      term *= static_cast<double>(trials - i) / static_cast<double>(i + 1) * odds;
    }
    return 1 - sum;
  }

 private:
  double log_factorial(std::int64_t n) const {
    return log_factorials_[static_cast<std::size_t>(n)];
  }

  std::vector<double> log_factorials_;
};

/// The root of a falling function between `low`, where it is positive, and `high`.
template <typename Function>
double root(double low, double high, Function function) {
  for (int i = 0; i < 100 && high - low > 1e-15; ++i) {
    const double middle = (low + high) / 2;
    (function(middle) > 0 ? low : high) = middle;
  }
  return (low + high) / 2;
}

class ExactTest {
 public:
  explicit ExactTest(const RightWrong& found)
      : found_(found), binomial_(found.samples), rates_(rates_of_gained()) {}

  /// The largest probability, over the rates of gained samples, of a statistic as low as the
  /// observed one where the loss is `loss`.
  double probability(double loss) const {
    const double least = std::max(rates_.low, std::max(0.0, -loss));
    const double most = std::min(rates_.high, (1 - loss) / 2);
    if (!(least <= most)) return kLeftOut;
    const std::vector<std::int64_t> region = as_low(loss, most);
    double largest = 0;
    for (int i = 0; i < kRates; ++i) {
      // Equal steps of the root of a rate are about equal steps in standard errors.
      const double root_of_rate =
          std::sqrt(least) + (std::sqrt(most) - std::sqrt(least)) * i / (kRates - 1);
      const double rate = std::clamp(root_of_rate * root_of_rate, least, most);
      largest = std::max(largest, probability(region, loss, rate));
    }
    return largest + kLeftOut;
  }

 private:
  struct Rates {
    double low = 0;
    double high = 1;
  };

  /// Clopper and Pearson's interval.
  Rates rates_of_gained() const {
    const std::int64_t gained = found_.gained;
    const std::int64_t samples = found_.samples;
    Rates rates;
    if (gained > 0) {
      rates.low = root(0, 1, [&](double rate) {
        return kLeftOut / 2 - (1 - binomial_.up_to(gained - 1, samples, rate));
      });
    }
    if (gained < samples) {
      rates.high = root(
          0, 1, [&](double rate) { return binomial_.up_to(gained, samples, rate) - kLeftOut / 2; });
    }
    return rates;
  }

  /// For each number of gained samples that is likely under rates up to `most`: the largest number
  /// of lost samples whose statistic is as low as the observed one, or -1. The statistic rises with
  /// the lost and falls with the gained samples.
  std::vector<std::int64_t> as_low(double loss, double most) const {
    const std::int64_t samples = found_.samples;
    const double limit = score_statistic(found_, loss) + 1e-9;
    const double mean = most * static_cast<double>(samples);
    const auto last = std::min(samples, static_cast<std::int64_t>(mean + 8 * std::sqrt(mean) + 20));
    std::vector<std::int64_t> out;
    std::int64_t lost = -1;
    for (std::int64_t gained = 0; gained <= last; ++gained) {
      while (lost + 1 + gained <= samples &&
             score_statistic({samples, lost + 1, gained}, loss) <= limit)
        ++lost;
      out.push_back(std::min(lost, samples - gained));
    }
    return out;
  }

  double probability(const std::vector<std::int64_t>& region, double loss, double gain_rate) const {
    const double loss_rate = std::clamp(gain_rate + loss, 0.0, 1 - gain_rate);
    double sum = 0;
    for (std::size_t i = 0; i < region.size(); ++i) {
      const auto gained = static_cast<std::int64_t>(i);
      const double share = binomial_.of(gained, found_.samples, gain_rate);
      if (share < kNegligible) continue;
      sum +=
          share * binomial_.up_to(region[i], found_.samples - gained,
                                  gain_rate < 1 ? std::min(1.0, loss_rate / (1 - gain_rate)) : 0);
    }
    return sum;
  }

  RightWrong found_;
  Binomial binomial_;
  Rates rates_;
};

}  // namespace

double score_statistic(const RightWrong& found, double loss) {
  const auto samples = static_cast<double>(found.samples);
  const auto lost = static_cast<double>(found.lost);
  const auto gained = static_cast<double>(found.gained);
  // The most likely rate of gained samples solves a rate^2 + b rate + c = 0.
  const double a = 2 * samples;
  const double b = -lost - gained + (2 * samples - lost + gained) * loss;
  const double c = -gained * loss * (1 - loss);
  const double rate = (std::sqrt(std::max(0.0, b * b - 4 * a * c)) - b) / (2 * a);
  const double variance = samples * std::max(0.0, 2 * rate + loss * (1 - loss));
  const double difference = lost - gained - samples * loss;
  if (variance > 0) return difference / std::sqrt(variance);
  return difference == 0 ? 0 : std::copysign(HUGE_VAL, difference);
}

double score_bound(const RightWrong& found, double confidence) {
  const double z = measure::normal_quantile(confidence);
  return root(found.loss(), 1, [&](double loss) { return score_statistic(found, loss) + z; });
}

double exact_bound(const RightWrong& found, double confidence) {
  const double level = 1 - confidence;
  const ExactTest test(found);
  const double unit = 1 / static_cast<double>(found.samples);
  const auto is_excluded = [&](double loss) { return test.probability(loss) <= level; };

  // The probability jumps where the order of the samples changes with the loss. Therefore the
  // largest loss that is not excluded is looked for from above.
  const double start = score_bound(found, confidence);
  double high = std::min(1.0, start + 2 * unit);
  while (!is_excluded(high)) {
    if (high == 1) return 1;
    high = std::min(1.0, high + unit);
  }
  double low = high - unit / 4;
  while (low > found.loss() && is_excluded(low)) {
    high = low;
    low -= unit / 4;
  }
  for (int i = 0; i < 12; ++i) {
    const double middle = (low + high) / 2;
    (is_excluded(middle) ? high : low) = middle;
  }
  return high;
}

}  // namespace quantbench::analysis
