#include "quantbench/analysis/pareto.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace quantbench::analysis {

std::vector<std::size_t> pareto_front(std::span<const Candidate> candidates) {
  std::vector<Candidate> sorted;
  for (const Candidate& candidate : candidates) {
    if (!std::isnan(candidate.cost) && !std::isnan(candidate.value)) sorted.push_back(candidate);
  }
  std::stable_sort(sorted.begin(), sorted.end(), [](const Candidate& a, const Candidate& b) {
    return a.cost != b.cost ? a.cost < b.cost : a.value > b.value;
  });
  std::vector<std::size_t> front;
  double best = -std::numeric_limits<double>::infinity();
  for (const Candidate& candidate : sorted) {
    if (candidate.value <= best) continue;
    best = candidate.value;
    front.push_back(candidate.row);
  }
  return front;
}

}  // namespace quantbench::analysis
