#include "quantbench/search/mending.h"

#include <algorithm>
#include <cmath>

namespace quantbench::search {

Mending::Mending(std::size_t broken, const Candidate& candidate)
    : broken_(broken), gain_(candidate.gain_value()) {
  begin(candidate.quantized_nodes.size(), 0);
}

void Mending::begin(std::size_t operators, std::size_t guess) {
  operators_ = operators;
  // All of them in float make it the original.
  numbers_.most = operators == 0 ? 0 : operators - 1;
  has_guess_ = guess > 0 && guess <= numbers_.most;
  const auto root = std::lround(std::sqrt(static_cast<double>(numbers_.most)));
  numbers_.step = has_guess_ ? guess : std::max<std::size_t>(1, root);
}

void Mending::rank(const std::vector<std::string>& operators, std::size_t guess,
                   const std::vector<std::string>& quantized) {
  const auto has = [](const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  std::size_t damaging = 0;
  for (std::size_t i = 0; i < operators.size(); ++i) {
    if (!has(quantized, operators[i])) continue;
    ranked_.push_back(operators[i]);
    if (i < guess) ++damaging;
  }
  // Those that are ranked by another approach than they are quantized by may be missing.
  for (const std::string& name : quantized) {
    if (!has(ranked_, name)) ranked_.push_back(name);
  }
  begin(ranked_.size(), damaging);
}

std::vector<std::size_t> Mending::next(std::size_t at_a_time) const {
  Fewest numbers = numbers_;
  numbers.at_a_time = has_guess_ ? 1 : at_a_time;
  return numbers.next();
}

void Mending::fail(std::size_t count) {
  if (count <= failed()) return;
  numbers_.take({count}, {false});
  if (was_refused_) {
    numbers_.step = count;
  } else if (has_guess_) {
    numbers_.step = std::max<std::size_t>(1, count / 4);
  }
  has_guess_ = false;
}

void Mending::refuse(std::size_t count) {
  was_refused_ = true;
  fail(count);
  is_finished_ = false;
  taken = std::nullopt;
}

std::vector<std::string> Mending::first(std::size_t count) const {
  return {ranked_.begin(), ranked_.begin() + static_cast<std::ptrdiff_t>(count)};
}

double Mending::hoped_gain(std::size_t count) const {
  constexpr double kRoom = 1.5;
  if (operators_ == 0) return 0;
  const double share = static_cast<double>(count) / static_cast<double>(operators_);
  return 1 / (1 / gain_ + share / kRoom * (1 - 1 / gain_));
}

double Mending::hoped_gain() const {
  const std::vector<std::size_t> counts = next(1);
  return counts.empty() ? 0 : hoped_gain(counts[0]);
}

std::size_t Mending::most_with_gain_above(double least, std::size_t count) const {
  std::size_t out = numbers_.most;
  while (out > count && hoped_gain(out) <= least) --out;
  return std::max(out, count);
}

}  // namespace quantbench::search
