#include "quantbench/report/steps_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "quantbench/analysis/figures.h"
#include "quantbench/report/markdown.h"

namespace quantbench::report {

std::string with_interval(const std::optional<double>& value, const std::optional<double>& low,
                          const std::optional<double>& high, int digits) {
  if (!value || !std::isfinite(*value)) return {};
  std::string out = fmt::format("{:.{}f}", *value, digits);
  if (!low || !high || !std::isfinite(*low) || !std::isfinite(*high)) return out;
  return out + fmt::format(" ({:.{}f} to {:.{}f})", *low, digits, *high, digits);
}

int loss_digits(const store::RunResult& result) {
  const auto meaning = analysis::meaning_of(result, result.tuning->figure);
  return meaning ? analysis::decimals_of(*meaning) : 4;
}

Table steps_table(const store::RunResult& result) {
  using Step = store::Tuning::Step;
  const std::vector<Step>& steps = result.tuning->steps;
  const int digits = loss_digits(result);
  Table table;
  std::vector<std::size_t> places(steps.size());
  std::iota(places.begin(), places.end(), 1);
  add_column(table, "step", places, [](std::size_t place) { return std::to_string(place); });
  const auto column = [&](const char* header, const auto& text) {
    add_column(table, header, steps, [&](const Step& step) {
      const std::string cell = text(step);
      return cell.empty() ? std::string("-") : markdown::text(cell);
    });
  };
  column("candidate", [](const Step& step) { return step.candidate; });
  column("samples", [](const Step& step) {
    return step.samples > 0 ? std::to_string(step.samples) : std::string();
  });
  column("loss (95 %)", [&](const Step& step) {
    return with_interval(step.loss, step.loss_low, step.loss_high, digits);
  });
  column("speedup (95 %)", [](const Step& step) {
    return with_interval(step.speedup, step.speedup_low, step.speedup_high, 2);
  });
  if (std::ranges::any_of(steps, [](const Step& step) { return step.operators_in_float > 0; })) {
    column("in float", [](const Step& step) {
      return step.operators_in_float > 0 ? std::to_string(step.operators_in_float) : std::string();
    });
  }
  column("verdict", [](const Step& step) { return step.verdict; });
  column("why", [](const Step& step) { return step.reason; });
  return table;
}

}  // namespace quantbench::report
