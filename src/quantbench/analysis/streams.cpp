#include "quantbench/analysis/streams.h"

#include <algorithm>

namespace quantbench::analysis {

Load load_of(const measure::StreamFigures& figures) {
  return {figures.streams, {figures.batch_size, figures.input_length}};
}

std::vector<Load> loads(const store::RunResult& result) {
  std::vector<Load> out;
  for (const store::Row& row : result.rows) {
    for (const measure::StreamFigures& figures : row.streams) {
      const Load load = load_of(figures);
      if (std::ranges::find(out, load) == out.end()) out.push_back(load);
    }
  }
  return out;
}

const measure::StreamFigures* figures_under(const store::Row& row, const Load& load) {
  const auto found = std::ranges::find_if(
      row.streams, [&](const auto& figures) { return load_of(figures) == load; });
  return found == row.streams.end() ? nullptr : &*found;
}

}  // namespace quantbench::analysis
