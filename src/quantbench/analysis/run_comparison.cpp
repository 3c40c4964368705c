#include "quantbench/analysis/run_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>

#include "quantbench/analysis/figures.h"
#include "quantbench/analysis/row_name.h"
#include "quantbench/analysis/row_pairs.h"
#include "quantbench/analysis/shape.h"
#include "quantbench/base/error.h"
#include "quantbench/base/text.h"

namespace quantbench::analysis {

namespace {

using store::Row;
using store::RunResult;

void compare_times(RunComparison& out, const std::string& name, const Row& before, const Row& after,
                   const Thresholds& thresholds) {
  for (const measure::Timing& timing : after.timings) {
    const measure::Timing* earlier = timing_at(before.timings, shape_of(timing));
    if (earlier == nullptr) continue;
    const auto ratio = measure::latency_ratio(*earlier, timing);
    if (!ratio) continue;
    const bool beyond_noise = !ratio->interval || ratio->interval->low > 1;
    const bool slower = ratio->value > 1 + thresholds.max_latency_regression.amount;
    out.times.push_back({name, after.parameters, timing.batch_size, timing.input_length,
                         earlier->latency_mean, timing.latency_mean, *ratio,
                         slower && beyond_noise});
  }
}

/// Most that the figure may get worse, in its own unit.
double most_of(const Allowance& allowed, const metric::Figure& meaning, double earlier) {
  if (allowed.relative) return allowed.amount * std::abs(earlier);
  if (meaning.point <= 0) return allowed.amount;
  if (allowed.amount >= 1) {
    throw Error(fmt::format("a metric drop of {} is {} points of {}: nothing could be a regression",
                            allowed.amount, 100 * allowed.amount, meaning.name),
                "--max-metric-drop",
                "give 0.01 for one point, or 1% for a share of the value before");
  }
  return allowed.amount * 100 * meaning.point;
}

void compare_figures(RunComparison& out, const std::string& name, const RunResult& run,
                     const Row& before, const Row& after, const Thresholds& thresholds) {
  const Allowance& allowed = thresholds.max_metric_drop;
  for (const auto& [metric, value] : after.evaluation) {
    if (is_time_figure(metric)) continue;
    const std::optional<double> earlier = figure(before.evaluation, metric);
    if (!earlier) continue;
    const auto meaning = meaning_of(run, metric);
    if (!meaning) {
      out.figures.push_back({name, after.parameters, metric, *earlier, value, false, false});
      continue;
    }
    const double drop = loss(*meaning, *earlier, value);
    const double most = most_of(allowed, *meaning, *earlier);
    // A drop equal to the threshold passes, whatever its last bit. A figure that is now NaN does
    // not pass.
    const bool regression = std::isfinite(*earlier) && !(drop <= most + 1e-12);
    out.figures.push_back({name, after.parameters, metric, *earlier, value, regression, true});
  }
}

}  // namespace

Allowance Allowance::parse(const std::string& text, const std::string& option) {
  Allowance out;
  std::string_view number = trim(text);
  if (number.ends_with('%')) {
    out.relative = true;
    number = trim(number.substr(0, number.size() - 1));
  }
  const auto [end, failure] =
      std::from_chars(number.data(), number.data() + number.size(), out.amount);
  const bool whole = failure == std::errc() && end == number.data() + number.size();
  if (!whole || !std::isfinite(out.amount) || out.amount < 0) {
    throw Error("'" + text + "' is not a valid threshold", option,
                "use a share such as 5%, or an amount such as 0.01");
  }
  if (out.relative) out.amount /= 100;
  return out;
}

Allowance Allowance::parse_share(const std::string& text, const std::string& option) {
  Allowance out = parse(text, option);
  if (!out.relative && out.amount >= 1) {
    throw Error(fmt::format("'{}' is {} %", text, 100 * out.amount), option,
                fmt::format("for {} % give {}%", out.amount, text));
  }
  out.relative = true;
  return out;
}

std::size_t RunComparison::regressions() const {
  const auto regressed = [](const auto& change) { return change.regression; };
  return static_cast<std::size_t>(std::count_if(times.begin(), times.end(), regressed) +
                                  std::count_if(figures.begin(), figures.end(), regressed)) +
         broken.size();
}

std::vector<std::string> differing_facts(const Json& before, const Json& after) {
  std::vector<std::string> out;
  if (!before.is_object() || !after.is_object() || before.empty() || after.empty()) return out;
  Json keys = before;
  keys.update(after);
  for (const auto& [key, unused] : keys.items()) {
    const Json first = before.value(key, Json());
    const Json second = after.value(key, Json());
    if (first == second) continue;
    if (first.is_structured() || second.is_structured()) {
      out.push_back(key + " differs");
    } else {
      out.push_back(key + ": " + text_of(first) + ", then " + text_of(second));
    }
  }
  return out;
}

RunComparison compare_runs(const RunResult& before, const RunResult& after,
                           const Thresholds& thresholds) {
  const RowPairs pairs = match_rows(before, after);
  if (pairs.both.empty()) {
    throw Error("the runs have no row in common", "compare",
                "rows are matched by every parameter that either run benchmarks");
  }
  RunComparison out;
  const Names names_before(before);
  const Names names_after(after);
  for (const auto& [first, second] : pairs.both) {
    const std::string name = names_after.of(*second);
    if (first->status == Row::Status::kOk && second->status != Row::Status::kOk)
      out.broken.push_back(name + ": " + store::status_name(second->status) + ", " +
                           second->message);
    compare_times(out, name, *first, *second, thresholds);
    compare_figures(out, name, after, *first, *second, thresholds);
  }
  const auto unsure = std::count_if(out.times.begin(), out.times.end(),
                                    [](const auto& change) { return !change.ratio.interval; });
  if (unsure > 0) {
    out.notes.push_back(fmt::format(
        "{} of {} latencies have no interval (a card, or fewer than 4 forwards): the ratio alone "
        "decides",
        unsure, out.times.size()));
  }
  std::set<std::string> unknown;
  for (const FigureChange& change : out.figures) {
    if (change.judged || !unknown.insert(change.metric).second) continue;
    out.notes.push_back("unknown metric '" + change.metric +
                        "': not judged, because its better direction is unknown");
  }
  for (const Row* row : pairs.only_second)
    out.notes.push_back("only in the second run: " + names_after.of(*row));
  for (const Row* row : pairs.only_first)
    out.notes.push_back("only in the first run: " + names_before.of(*row));
  for (const std::string& fact : differing_facts(before.machine, after.machine))
    out.notes.push_back("the machines differ, " + fact);
  return out;
}

}  // namespace quantbench::analysis
