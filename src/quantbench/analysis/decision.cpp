#include "quantbench/analysis/decision.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "quantbench/analysis/bootstrap.h"
#include "quantbench/analysis/figures.h"
#include "quantbench/analysis/paired.h"
#include "quantbench/analysis/right_wrong.h"
#include "quantbench/base/text.h"
#include "quantbench/measure/normal.h"
#include "quantbench/metric/outcomes.h"

namespace quantbench::analysis {

namespace {

using metric::Outcomes;
using metric::Part;

/// Losses are differences of sums: what is equal on paper may differ by rounding.
constexpr double kRounding = 1e-9;

bool is_lower_better(const metric::Figure& meaning) {
  return meaning.better == metric::Better::kLower;
}

/// nullopt where a sample is more than right or wrong, or where samples differ in size. Samples
/// that count for neither model are left out.
std::optional<RightWrong> right_wrong(const Outcomes& first, const Outcomes& second) {
  RightWrong out;
  double size = 0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (first[i] == Part{} && second[i] == Part{}) continue;
    if (size == 0) size = first[i].denominator;
    for (const Part& part : {first[i], second[i]}) {
      if (part.denominator != size) return std::nullopt;
      if (part.numerator != 0 && part.numerator != size) return std::nullopt;
    }
    ++out.samples;
    if (first[i].numerator > second[i].numerator) ++out.lost;
    if (first[i].numerator < second[i].numerator) ++out.gained;
  }
  if (!(size > 0)) return std::nullopt;
  return out;
}

/// Standard error of the difference of both ratios: what each sample adds to it, to first order
/// (see paired_interval).
double spread_of(const Outcomes& first, const Outcomes& second) {
  const Part all_first = sum_of(first);
  const Part all_second = sum_of(second);
  double squares = 0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    const double change =
        (first[i].numerator - all_first.ratio() * first[i].denominator) / all_first.denominator -
        (second[i].numerator - all_second.ratio() * second[i].denominator) / all_second.denominator;
    squares += change * change;
  }
  return std::sqrt(squares);
}

/// A number without trailing zeros: "0.006", "-0.5", "12".
std::string shortest(double number) {
  std::array<char, 64> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed, 6)
          .ptr;
  std::string out(text.data(), end);
  out.erase(out.find_last_not_of('0') + 1);
  if (out.ends_with('.')) out.pop_back();
  return out == "-0" ? "0" : out;
}

/// In thousandths of the whole.
std::string rounded_up(double loss, double unit) {
  return shortest(std::ceil(1000 * loss / unit - 1e-6) / 1000 * unit);
}

std::string rounded(double loss, double unit, double parts = 1000) {
  return shortest(std::round(parts * loss / unit) / parts * unit);
}

std::string samples_text(const Bound& bound) {
  return with_commas(static_cast<std::int64_t>(bound.samples)) +
         (bound.samples == 1 ? " sample" : " samples");
}

std::string sentence_of_shown(const Decision& decision, const Bound& bound) {
  const std::string confidence =
      " with " + shortest(100 * bound.confidence) + " % confidence on " + samples_text(bound);
  const double gain = std::floor(-1000 * bound.upper / bound.unit + 1e-6) / 1000 * bound.unit;
  if (gain > 0) return "is better by at least " + shortest(gain) + confidence;
  std::string most = rounded_up(bound.upper, bound.unit);
  if (std::ceil(1000 * bound.upper / bound.unit - 1e-6) / 1000 * bound.unit > decision.budget)
    most = shortest(decision.budget);
  return "loses at most " + most + confidence;
}

std::string sentence_of_not_shown(const Decision& decision, const Bound& bound) {
  if (decision.refused_before > 0) {
    return "is within the accepted " + shortest(decision.budget) + " on " + samples_text(bound) +
           ", but this is not shown: " +
           with_commas(static_cast<std::int64_t>(decision.refused_before)) +
           (decision.refused_before == 1 ? " faster model was" : " faster models were") +
           " refused on the same samples before";
  }
  std::string out =
      samples_text(bound) + " cannot show a loss below " + rounded_up(bound.upper, bound.unit);
  if (decision.samples_needed) {
    out += "; about " + with_commas(*decision.samples_needed) + " would show " +
           shortest(decision.budget);
  } else {
    out += "; the loss on them is " + rounded(bound.loss, bound.unit, 100'000) +
           ", all that is accepted";
  }
  return out;
}

std::string sentence_of_outside(const Decision& decision, const Bound& bound) {
  const double excess = bound.loss - decision.budget;
  const double parts = excess < 0.002 * bound.unit ? 100'000 : 1000;
  return "loses " + rounded(bound.loss, bound.unit, parts) + " on " + samples_text(bound) +
         ", which is " + rounded(excess, bound.unit, parts) + " more than the accepted " +
         shortest(decision.budget);
}

}  // namespace

std::optional<Bound> bound_of_loss(const metric::Figure& meaning, const Outcomes& original,
                                   const Outcomes& candidate, double confidence,
                                   std::uint64_t seed) {
  if (original.size() != candidate.size()) return std::nullopt;
  const Outcomes& first = is_lower_better(meaning) ? candidate : original;
  const Outcomes& second = is_lower_better(meaning) ? original : candidate;
  if (!(sum_of(first).denominator > 0) || !(sum_of(second).denominator > 0)) return std::nullopt;
  const auto counts = right_wrong(first, second);
  const auto upper =
      counts ? exact_bound(*counts, confidence) : bootstrap_bound(first, second, confidence, seed);
  if (!upper) return std::nullopt;
  const double whole = whole_of(meaning);
  return Bound{.loss = whole * (sum_of(first).ratio() - sum_of(second).ratio()),
               .upper = whole * *upper,
               .spread = whole * spread_of(first, second),
               .confidence = confidence,
               .samples = original.size(),
               .unit = whole};
}

std::optional<measure::Ratio::Interval> loss_interval(const metric::Figure& meaning,
                                                      const Outcomes& original,
                                                      const Outcomes& candidate) {
  const bool lower = is_lower_better(meaning);
  // From the worse to the better direction: a gain of the first over the second is a loss.
  const auto found =
      lower ? paired_interval(original, candidate) : paired_interval(candidate, original);
  if (!found) return std::nullopt;
  const double whole = whole_of(meaning);
  return measure::Ratio::Interval{whole * found->low, whole * found->high};
}

std::optional<std::int64_t> samples_needed(const Bound& bound, double budget) {
  const double room = budget - bound.loss;
  if (!(room > kRounding * bound.unit)) return std::nullopt;
  const double by_root = measure::normal_quantile(bound.confidence) * bound.spread;
  const double by_number = std::max(0.0, bound.upper - bound.loss - by_root);
  // by_number x^2 + by_root x = room, where x is 1 / root of the factor.
  const double discriminant = by_root * by_root + 4 * by_number * room;
  const double x = 2 * room / (by_root + std::sqrt(discriminant));
  const double needed = static_cast<double>(bound.samples) / (x * x);
  if (!std::isfinite(needed) || needed > 1e9) return std::nullopt;
  const double step =
      std::pow(10, std::max(0.0, std::floor(std::log10(std::max(needed, 1.0))) - 1));
  return static_cast<std::int64_t>(std::max(1.0, std::ceil(needed / step - 1e-9) * step));
}

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kShown:
      return "shown";
    case Outcome::kNotShown:
      return "not_shown";
    case Outcome::kOutside:
      break;
  }
  return "outside";
}

Decision decide(const std::optional<Bound>& bound, double budget, std::size_t refused_before) {
  Decision out{.bound = bound, .budget = budget, .refused_before = refused_before};
  if (!bound) return out;
  const double most = budget + kRounding * bound->unit;
  if (bound->loss > most) {
    out.outcome = Outcome::kOutside;
  } else if (bound->upper <= most && refused_before == 0) {
    out.outcome = Outcome::kShown;
  } else if (refused_before == 0) {
    out.samples_needed = samples_needed(*bound, budget);
  }
  return out;
}

std::string sentence(const Decision& decision) {
  if (!decision.bound)
    return "nothing is shown: it is not known what each sample adds to this figure";
  const Bound& bound = *decision.bound;
  switch (decision.outcome) {
    case Outcome::kShown:
      return sentence_of_shown(decision, bound);
    case Outcome::kNotShown:
      return sentence_of_not_shown(decision, bound);
    case Outcome::kOutside:
      break;
  }
  return sentence_of_outside(decision, bound);
}

Halves halves_of(const Outcomes& outcomes, std::size_t search_samples) {
  const auto middle =
      outcomes.begin() + static_cast<std::ptrdiff_t>(std::min(search_samples, outcomes.size()));
  return {{outcomes.begin(), middle}, {middle, outcomes.end()}};
}

std::optional<double> value_on(const metric::Figure& meaning, const Outcomes& outcomes) {
  const Part sum = sum_of(outcomes);
  if (!(sum.denominator > 0)) return std::nullopt;
  return whole_of(meaning) * sum.ratio();
}

}  // namespace quantbench::analysis
