#include "quantbench/graph/pass.h"

#include <algorithm>

namespace quantbench::graph {

std::vector<std::string> preparation_passes() {
  std::vector<std::string> names = passes().names();
  std::ranges::stable_sort(names, {},
                           [](const std::string& name) { return passes().get(name).position(); });
  return names;
}

std::vector<std::string> naming_passes() {
  std::vector<std::string> names = preparation_passes();
  std::erase_if(names, [](const std::string& name) { return !passes().get(name).gives_names(); });
  return names;
}

int apply_passes(Model& model, std::span<const std::string> names) {
  // A pass makes new work for another at most once per node. Graphs settle in two or three rounds.
  constexpr int kMostRounds = 10;
  PassContext context(model);
  int total = 0;
  for (int round = 0; round < kMostRounds; ++round) {
    int changed = 0;
    for (const std::string& name : names) {
      const Pass& pass = passes().get(name);
      if (pass.repeats() || round == 0) changed += pass.apply(model, context);
    }
    total += changed;
    if (changed == 0) break;
  }
  return total;
}

}  // namespace quantbench::graph
