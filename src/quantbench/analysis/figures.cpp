#include "quantbench/analysis/figures.h"

#include <algorithm>
#include <array>

namespace quantbench::analysis {

namespace {

constexpr std::array<const char*, 3> kTimeFigures = {"total_time_in_seconds", "samples_per_second",
                                                     "latency_in_seconds"};

}  // namespace

std::span<const char* const> time_figures() { return kTimeFigures; }

bool is_time_figure(const std::string& figure) {
  return std::find(kTimeFigures.begin(), kTimeFigures.end(), figure) != kTimeFigures.end();
}

std::optional<double> figure(const std::map<std::string, double>& evaluation,
                             const std::string& name) {
  auto found = evaluation.find(name);
  if (found == evaluation.end()) found = evaluation.find("overall_" + name);
  if (found == evaluation.end()) return std::nullopt;
  return found->second;
}

}  // namespace quantbench::analysis
