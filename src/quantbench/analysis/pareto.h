#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace quantbench::analysis {

/// One candidate. A smaller cost and a larger value are better.
struct Candidate {
  std::size_t row = 0;
  double cost = 0;
  double value = 0;
};

/// The Pareto front, by rising cost: candidates for which no other is better in one and at least
/// equal in the other. Of equal candidates, the first is kept. NaN is never on the front.
std::vector<std::size_t> pareto_front(std::span<const Candidate> candidates);

}  // namespace quantbench::analysis
