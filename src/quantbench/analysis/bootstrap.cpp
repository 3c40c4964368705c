#include "quantbench/analysis/bootstrap.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <random>
#include <vector>

#include "quantbench/metric/outcomes.h"

namespace quantbench::analysis {

namespace {

using metric::Outcomes;
using metric::Part;

/// Random numbers that do not depend on the standard library's distributions.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  /// Between 0 and 1, without either.
  double uniform() { return (static_cast<double>(engine_() >> 12) + 0.5) * 0x1p-52; }

  /// The sum of `count` exponential numbers of mean 1, for `count` of at least 1.
  double exponential_sum(double count) { return count == 1 ? -std::log(uniform()) : gamma(count); }

 private:
  /// Marsaglia's polar method.
  double normal() {
    if (has_spare_) {
      has_spare_ = false;
      return spare_;
    }
    double x = 0;
    double y = 0;
    double square = 0;
    do {
      x = 2 * uniform() - 1;
      y = 2 * uniform() - 1;
      square = x * x + y * y;
    } while (square >= 1 || square == 0);
    const double factor = std::sqrt(-2 * std::log(square) / square);
    spare_ = y * factor;
    has_spare_ = true;
    return x * factor;
  }

  /// Marsaglia and Tsang, "A Simple Method for Generating Gamma Variables", ACM Transactions on
  /// Mathematical Software 26, 2000.
  double gamma(double shape) {
    const double d = shape - 1.0 / 3;
    const double c = 1 / std::sqrt(9 * d);
    for (;;) {
      const double x = normal();
      const double root = 1 + c * x;
      if (root <= 0) continue;
      const double v = root * root * root;
      if (std::log(uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
    }
  }

  std::mt19937_64 engine_;
  double spare_ = 0;
  bool has_spare_ = false;
};

/// Samples to which both models gave the same parts. Their weights add up.
struct Group {
  Part first;
  Part second;
  double samples = 0;
};

std::vector<Group> groups_of(const Outcomes& first, const Outcomes& second) {
  std::map<std::array<double, 4>, double> counts;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (first[i] == Part{} && second[i] == Part{}) continue;
    ++counts[{first[i].numerator, first[i].denominator, second[i].numerator,
              second[i].denominator}];
  }
  std::vector<Group> out;
  out.reserve(counts.size());
  for (const auto& [parts, samples] : counts)
    out.push_back({{parts[0], parts[1]}, {parts[2], parts[3]}, samples});
  return out;
}

/// The size of a large sample: a tenth of the denominator lies in larger ones. The size of all
/// where they are equal.
double large_size(const Outcomes& outcomes) {
  std::vector<double> sizes;
  sizes.reserve(outcomes.size());
  for (const Part& part : outcomes) sizes.push_back(part.denominator);
  std::sort(sizes.begin(), sizes.end(), std::greater<>());
  const double tenth = 0.1 * sum_of(outcomes).denominator;
  double sum = 0;
  for (const double size : sizes) {
    sum += size;
    if (sum >= tenth) return size;
  }
  return sizes.back();
}

void add_weighted(Part& sum, const Part& part, double weight) {
  sum.numerator += weight * part.numerator;
  sum.denominator += weight * part.denominator;
}

/// How large the added sample is, as a multiple of a large one: the root of the mean square of
/// the changes by the changed samples, where one wholly changed large sample counts among
/// these (see paired_interval).
double size_of_added(const std::vector<Group>& groups, double samples, double whole) {
  Part first;
  Part second;
  for (const Group& group : groups) {
    add_weighted(first, group.first, group.samples);
    add_weighted(second, group.second, group.samples);
  }
  double squares = 0;
  double fourths = 0;
  for (const Group& group : groups) {
    const double change =
        first.ratio() - second.ratio() +
        samples * (group.first.numerator - first.ratio() * group.first.denominator) /
            first.denominator -
        samples * (group.second.numerator - second.ratio() * group.second.denominator) /
            second.denominator;
    squares += group.samples * change * change;
    fourths += group.samples * change * change * change * change;
  }
  const double changed = fourths > 0 ? squares * squares / fourths : 0;
  return std::sqrt((squares + whole * whole) / (changed + 1)) / whole;
}

}  // namespace

std::optional<double> bootstrap_bound(const Outcomes& first, const Outcomes& second,
                                      double confidence, std::uint64_t seed,
                                      std::size_t replicates) {
  if (first.size() != second.size() || replicates == 0) return std::nullopt;
  if (!(sum_of(first).denominator > 0) || !(sum_of(second).denominator > 0)) return std::nullopt;
  std::vector<Group> groups = groups_of(first, second);
  double samples = 0;
  for (const Group& group : groups) samples += group.samples;
  // A wholly changed large sample, by its change of the figure times the samples.
  const double whole = samples * std::max(large_size(first) / sum_of(first).denominator,
                                          large_size(second) / sum_of(second).denominator);
  const double factor = size_of_added(groups, samples, whole);
  const double first_size = factor * large_size(first);
  const double second_size = factor * large_size(second);
  groups.push_back({{first_size, first_size}, {0, second_size}, 1});

  Random random(seed);
  std::vector<double> losses;
  losses.reserve(replicates);
  for (std::size_t i = 0; i < replicates; ++i) {
    Part sum_of_first;
    Part sum_of_second;
    for (const Group& group : groups) {
      const double weight = random.exponential_sum(group.samples);
      add_weighted(sum_of_first, group.first, weight);
      add_weighted(sum_of_second, group.second, weight);
    }
    losses.push_back(sum_of_first.ratio() - sum_of_second.ratio());
    if (!std::isfinite(losses.back())) return std::nullopt;
  }
  const auto place =
      static_cast<std::size_t>(std::ceil(confidence * static_cast<double>(replicates + 1)));
  const auto at = losses.begin() +
                  static_cast<std::ptrdiff_t>(std::clamp(place, std::size_t{1}, replicates) - 1);
  std::nth_element(losses.begin(), at, losses.end());
  return *at;
}

}  // namespace quantbench::analysis
