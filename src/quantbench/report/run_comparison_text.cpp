#include "quantbench/report/run_comparison_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "quantbench/base/text.h"
#include "quantbench/report/card/card.h"
#include "quantbench/report/labels.h"
#include "quantbench/report/markdown.h"

namespace quantbench::report {

namespace {

std::string mark(bool regression) { return regression ? "**regression**" : ""; }

std::string mark(const analysis::TimeChange& one) {
  return one.inconclusive() ? "inconclusive" : mark(one.regression);
}

std::string times_table(const analysis::RunComparison& comparison,
                        const std::vector<analysis::TimeChange>& list) {
  const auto [before, after] = sides(comparison);
  if (list.empty()) return {};
  Table table;
  add_column(table, "row", list, [](const auto& one) { return shown(one.row); });
  add_column(table, "batch x length", list, [](const auto& one) {
    return fmt::format("{} x {}", one.batch_size, one.input_length);
  });
  add_column(table, before + " (ms)", list,
             [](const auto& one) { return fixed_point(one.before, 2); });
  add_column(table, after + " (ms)", list,
             [](const auto& one) { return fixed_point(one.after, 2); });
  add_column(table, "ratio", list, [](const auto& one) { return fixed_point(one.ratio.value, 3); });
  add_column(table, "95 % interval", list,
             [](const auto& one) { return interval_text(one.ratio); });
  add_column(table, "verdict", list, [](const auto& one) { return mark(one); });
  return "\n" + table.to_markdown();
}

std::string figures_table(const analysis::RunComparison& comparison,
                          const std::vector<analysis::FigureChange>& list) {
  if (list.empty()) return {};
  const auto [before, after] = sides(comparison);
  Table table;
  add_column(table, "row", list, [](const auto& one) { return shown(one.row); });
  add_column(table, "metric", list, [](const auto& one) { return markdown::text(one.metric); });
  add_column(table, before, list, [](const auto& one) { return fixed_point(one.before, 4); });
  add_column(table, after, list, [](const auto& one) { return fixed_point(one.after, 4); });
  add_column(table, "change", list,
             [](const auto& one) { return fmt::format("{:+.4f}", one.after - one.before); });
  add_column(table, "verdict", list,
             [](const auto& one) { return one.judged ? mark(one.regression) : "not judged"; });
  return "\n" + table.to_markdown();
}

std::string throughputs_table(const analysis::RunComparison& comparison,
                              const std::vector<analysis::ThroughputChange>& list) {
  if (list.empty()) return {};
  const auto [before, after] = sides(comparison);
  Table table;
  add_column(table, "row", list, [](const auto& one) { return shown(one.row); });
  add_column(table, "load", list, [](const auto& one) { return load_text(one.load); });
  add_column(table, before + " (samples/s)", list,
             [](const auto& one) { return fixed_point(one.before, 1); });
  add_column(table, after + " (samples/s)", list,
             [](const auto& one) { return fixed_point(one.after, 1); });
  add_column(table, "ratio", list, [](const auto& one) { return fixed_point(one.ratio(), 3); });
  add_column(table, before + " p99 (ms)", list,
             [](const auto& one) { return fixed_point(one.latency_99_before, 2); });
  add_column(table, after + " p99 (ms)", list,
             [](const auto& one) { return fixed_point(one.latency_99_after, 2); });
  add_column(table, "verdict", list, [](const auto& one) { return mark(one.regression); });
  return "\n" + table.to_markdown();
}

template <typename Change>
std::vector<Change> regressed(const std::vector<Change>& list) {
  std::vector<Change> out;
  std::copy_if(list.begin(), list.end(), std::back_inserter(out),
               [](const Change& change) { return change.regression; });
  return out;
}

}  // namespace

std::string interval_text(const measure::Ratio& ratio) {
  if (!ratio.interval) return "-";
  return fmt::format("{:.3f} to {:.3f}", ratio.interval->low, ratio.interval->high);
}

Json interval_json(const measure::Ratio& ratio) {
  if (!ratio.interval) return {};
  return {finite_or_null(ratio.interval->low), finite_or_null(ratio.interval->high)};
}

std::pair<std::string, std::string> sides(const analysis::RunComparison& comparison) {
  return comparison.against_originals ? std::pair("original", "row") : std::pair("before", "after");
}

std::string load_text(const analysis::Load& load) {
  return fmt::format("{}, {} x {}", stream_label(load.streams), load.shape.batch_size,
                     load.shape.input_length);
}

std::vector<std::string> inconclusive_lines(const analysis::RunComparison& comparison) {
  std::vector<std::string> lines;
  for (const analysis::TimeChange& one : comparison.times) {
    if (!one.inconclusive()) continue;
    lines.push_back(fmt::format("{}, {} x {}: ratio {:.3f}; {}", one.row, one.batch_size,
                                one.input_length, one.ratio.value, join(one.doubts, "; ")));
  }
  return lines;
}

std::string verdict(const analysis::RunComparison& comparison) {
  const std::size_t count = comparison.regressions();
  const std::string found = count == 0   ? "no regression"
                            : count == 1 ? "1 regression"
                                         : std::to_string(count) + " regressions";
  const std::size_t unclear = comparison.inconclusive();
  const std::size_t loads = comparison.throughputs.size();
  return fmt::format(
      "{}{} in {} latencies{} and {} figures", found,
      unclear == 0 ? "" : fmt::format(", {} inconclusive", unclear), comparison.times.size(),
      loads == 0 ? "" : fmt::format(", {} throughputs", loads), comparison.figures.size());
}

std::string comparison_markdown(const analysis::RunComparison& comparison) {
  std::string out = "**quantbench compare:** " + verdict(comparison) + "\n";
  out += times_table(comparison, regressed(comparison.times)) +
         throughputs_table(comparison, regressed(comparison.throughputs)) +
         figures_table(comparison, regressed(comparison.figures));
  if (const auto lines = inconclusive_lines(comparison); !lines.empty()) {
    out += "\n**Inconclusive:** the measurement cannot tell whether these are regressions.\n\n";
    for (const std::string& line : lines) out += "* " + shown(line) + "\n";
  }
  if (!comparison.broken.empty() || !comparison.notes.empty()) out += "\n";
  for (const std::string& text : comparison.broken) out += "* **regression** " + shown(text) + "\n";
  for (const std::string& text : comparison.notes) out += "* " + shown(text) + "\n";
  // GitHub renders markdown inside an element only after an empty line.
  out += "\n<details><summary>All figures</summary>\n";
  out += times_table(comparison, comparison.times) +
         throughputs_table(comparison, comparison.throughputs) +
         figures_table(comparison, comparison.figures);
  return out + "\n</details>\n";
}

namespace {

Json inconclusive_json(const analysis::RunComparison& comparison) {
  Json list = Json::array();
  for (const analysis::TimeChange& one : comparison.times) {
    if (!one.inconclusive()) continue;
    list.push_back({{"row", one.row},
                    {"parameters", one.parameters},
                    {"batch_size", one.batch_size},
                    {"input_length", one.input_length},
                    {"ratio", finite_or_null(one.ratio.value)},
                    {"interval_95", interval_json(one.ratio)},
                    {"reasons", one.doubts}});
  }
  return list;
}

}  // namespace

Json comparison_json(const analysis::RunComparison& comparison) {
  Json latencies = Json::array();
  for (const analysis::TimeChange& one : comparison.times) {
    latencies.push_back({{"row", one.row},
                         {"parameters", one.parameters},
                         {"batch_size", one.batch_size},
                         {"input_length", one.input_length},
                         {"before_ms", finite_or_null(one.before)},
                         {"after_ms", finite_or_null(one.after)},
                         {"ratio", finite_or_null(one.ratio.value)},
                         {"interval_95", interval_json(one.ratio)},
                         {"regression", one.regression},
                         {"inconclusive", one.inconclusive()}});
  }
  Json metrics = Json::array();
  for (const analysis::FigureChange& one : comparison.figures) {
    metrics.push_back({{"row", one.row},
                       {"parameters", one.parameters},
                       {"metric", one.metric},
                       {"before", finite_or_null(one.before)},
                       {"after", finite_or_null(one.after)},
                       {"regression", one.regression},
                       {"judged", one.judged}});
  }
  Json streams = Json::array();
  for (const analysis::ThroughputChange& one : comparison.throughputs) {
    streams.push_back({{"row", one.row},
                       {"parameters", one.parameters},
                       {"streams", one.load.streams},
                       {"batch_size", one.load.shape.batch_size},
                       {"input_length", one.load.shape.input_length},
                       {"before_samples_per_second", finite_or_null(one.before)},
                       {"after_samples_per_second", finite_or_null(one.after)},
                       {"ratio", finite_or_null(one.ratio())},
                       {"before_latency_99_ms", finite_or_null(one.latency_99_before)},
                       {"after_latency_99_ms", finite_or_null(one.latency_99_after)},
                       {"regression", one.regression}});
  }
  return {{"regressions", comparison.regressions()},
          {"inconclusive", inconclusive_json(comparison)},
          {"latencies", latencies},
          {"streams", streams},
          {"metrics", metrics},
          {"broken", comparison.broken},
          {"notes", comparison.notes}};
}

}  // namespace quantbench::report
