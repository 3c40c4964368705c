#include "cli/result_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/terminal.h"
#include "quantbench/analysis/comparison.h"

namespace quantbench::cli {

namespace {

using store::Row;

const std::set<std::string> kTimeFigures = {"total_time_in_seconds", "samples_per_second",
                                            "latency_in_seconds"};

bool differs(const store::RunResult& result, const std::string& key) {
  return std::any_of(result.rows.begin(), result.rows.end(), [&](const Row& row) {
    return row.parameters.value(key, Json()) != result.rows.front().parameters.value(key, Json());
  });
}

std::vector<std::string> shown_parameters(const store::RunResult& result) {
  std::vector<std::string> keys;
  if (result.rows.empty()) return keys;
  for (const auto& [key, value] : result.rows.front().parameters.items()) {
    if (differs(result, key)) keys.push_back(key);
  }
  return keys;
}

/// Names of the task's metrics, without the evaluator's time figures.
std::vector<std::string> shown_metrics(const store::RunResult& result) {
  std::set<std::string> names;
  for (const Row& row : result.rows) {
    for (const auto& [name, value] : row.evaluation) {
      if (!kTimeFigures.contains(name)) names.insert(name);
    }
  }
  return {names.begin(), names.end()};
}

/// Shapes of the row with the most timings.
std::vector<analysis::Shape> timed_shapes(const store::RunResult& result) {
  std::vector<analysis::Shape> shapes;
  for (const Row& row : result.rows) {
    if (row.timings.size() <= shapes.size()) continue;
    shapes.clear();
    for (const measure::Timing& timing : row.timings) shapes.push_back(analysis::shape_of(timing));
  }
  return shapes;
}

/// As the card has it, but a plain name stands without quotes.
std::string parameter_text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : python_repr(value);
}

std::string status_note(const Row& row) {
  switch (row.status) {
    case Row::Status::kFailed:
      return "failed";
    case Row::Status::kSkipped:
      return "skipped";
    case Row::Status::kOk:
      return row.quantization_note();
  }
  return {};
}

void add_figures(std::vector<std::string>& cells, const Row& row,
                 const analysis::Comparison& comparison, const std::vector<std::string>& metrics,
                 const std::vector<analysis::Shape>& shapes) {
  for (const std::string& metric : metrics) {
    const auto figure = row.evaluation.find(metric);
    const auto change = comparison.changes.find(metric);
    cells.push_back(figure == row.evaluation.end() ? "-" : fmt::format("{:.3f}", figure->second));
    cells.push_back(change == comparison.changes.end() ? ""
                                                       : fmt::format("{:+.3f}", change->second));
  }
  for (const analysis::Shape& shape : shapes) {
    const auto found = analysis::compared_timing(row, comparison, shape);
    cells.push_back(found ? fmt::format("{:.2f}", found->timing.latency_mean) : "-");
    cells.push_back(found && found->speedup ? fmt::format("{:.2f}x", *found->speedup) : "");
  }
}

}  // namespace

std::string result_table(const store::RunResult& result) {
  const auto parameters = shown_parameters(result);
  const auto metrics = shown_metrics(result);
  const auto shapes = timed_shapes(result);
  const auto comparisons = analysis::compare_with_originals(result);

  TextTable table;
  for (const std::string& key : parameters) table.columns.push_back({key});
  for (const std::string& metric : metrics) {
    table.columns.push_back({metric, Align::kRight});
    table.columns.push_back({"change", Align::kRight});
  }
  for (const analysis::Shape& shape : shapes) {
    table.columns.push_back(
        {fmt::format("{}x{} ms", shape.batch_size, shape.input_length), Align::kRight});
    table.columns.push_back({"speedup", Align::kRight});
  }
  table.columns.push_back({"MB", Align::kRight});
  table.columns.push_back({"note"});

  std::string messages;
  for (const std::size_t i : analysis::originals_first(result)) {
    const Row& row = result.rows[i];
    auto& cells = table.rows.emplace_back();
    for (const std::string& key : parameters)
      cells.push_back(parameter_text(row.parameters.value(key, Json())));
    add_figures(cells, row, comparisons[i], metrics, shapes);
    cells.push_back(row.model_bytes > 0
                        ? fmt::format("{:.1f}", static_cast<double>(row.model_bytes) / 1e6)
                        : "-");
    cells.push_back(status_note(row));
    if (row.status != Row::Status::kOk)
      messages += "row " + std::to_string(table.rows.size()) + ": " + row.message + "\n";
    for (const std::string& warning : row.warnings)
      messages += "row " + std::to_string(table.rows.size()) + ": warning: " + warning + "\n";
  }
  std::string out = table.render();
  if (!messages.empty()) out += "\n" + messages;
  return out;
}

}  // namespace quantbench::cli
