#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace quantbench::analysis {

/// One candidate: the smaller its cost and the larger its value, the better.
struct Candidate {
  std::size_t row = 0;
  double cost = 0;
  double value = 0;
};

/// Rows of the candidates that no other beats in one and equals in the other (the Pareto front), by
/// rising cost. Of equal candidates the first stands for all. NaN is on no front.
std::vector<std::size_t> pareto_front(std::span<const Candidate> candidates);

}  // namespace quantbench::analysis
