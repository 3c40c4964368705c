#include "quantbench/report/card/time_tables.h"

#include <algorithm>
#include <utility>

#include "quantbench/analysis/comparison.h"
#include "quantbench/base/error.h"
#include "quantbench/report/registry.h"

namespace quantbench::report {

std::string evaluation_sections(const Document& result, const Table& figures_table,
                                const std::function<Table(const analysis::Shape&)>& time_table) {
  const Json arguments = result.spec.value("time_benchmark_args", Json::object());
  std::string out = "# Evaluation\n## Non-time metrics\n" + figures_table.to_markdown() + "\n";
  out += "## Time metrics\nTime benchmarks were run for " +
         python_repr(arguments.value("duration", Json(30))) + " seconds per config.\n";
  const CardStyle& style = result.style;
  const std::string gap(static_cast<std::size_t>(style.gap.value_or(2)), '\n');
  bool first = true;
  for (const analysis::Shape& shape : shapes(result)) {
    out += first ? "\n\n" : gap;
    first = false;
    out += "Below, time metrics for batch size = " + std::to_string(shape.batch_size) +
           ", input length = " + std::to_string(shape.input_length) + ".\n\n" +
           time_table(shape).to_markdown();
  }
  return out + "\n";
}

void add_original_and_optimized_figures(Table& table, const Document& result,
                                        const std::vector<const store::Row*>& rows) {
  for (const std::string& name : table_figures(result, Generation::kJuly)) {
    const int digits = decimals(result, name);
    std::vector<std::string> originals;
    std::vector<std::string> optimized;
    for (const store::Row* row : rows) {
      originals.push_back(
          fixed_point(analysis::figure(analysis::original_evaluation(result, *row), name), digits));
      optimized.push_back(fixed_point(analysis::figure(row->evaluation, name), digits));
    }
    table.add_separator(rows.size());
    table.add_column(name + " (original)", std::move(originals));
    table.add_column(name + " (optimized)", std::move(optimized));
  }
}

void add_original_and_optimized_times(Table& table, const Document& result,
                                      const std::vector<const store::Row*>& rows,
                                      const analysis::Shape& shape) {
  for (const TimeColumn& column : kTimeColumns) {
    const int digits = decimals(result, column.name);
    const auto cell = [&](const measure::Timing* timing) {
      return fixed_point(timing ? std::optional(timing->*column.member) : std::nullopt, digits);
    };
    std::vector<std::string> originals;
    std::vector<std::string> optimized;
    for (const store::Row* row : rows) {
      originals.push_back(
          cell(analysis::timing_at(analysis::original_timings(result, *row), shape)));
      optimized.push_back(cell(analysis::timing_at(row->timings, shape)));
    }
    table.add_separator(rows.size());
    const std::string name = column.name;
    table.add_column(name + " (original, " + column.unit + ")", std::move(originals));
    table.add_column(name + " (optimized, " + column.unit + ")", std::move(optimized));
  }
}

std::vector<const store::Row*> compared_rows(const Document& result, const std::string& layout) {
  const bool has_original =
      std::any_of(result.rows.begin(), result.rows.end(), [](const store::Row& row) {
        return !row.quantized || !row.original_timings.empty() || !row.original_evaluation.empty();
      });
  if (!has_original) {
    throw Error(
        "layout " + layout + " compares with an original, and the run has no unquantized row", {},
        "use " + card_layout_for(spec::SpecForm::kNameOrPath));
  }
  return card_rows(result, true);
}

}  // namespace quantbench::report
