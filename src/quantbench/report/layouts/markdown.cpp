#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "quantbench/analysis/comparison.h"
#include "quantbench/analysis/row_name.h"
#include "quantbench/report/card/card.h"
#include "quantbench/report/registry.h"

namespace quantbench::report {

namespace {

/// One table for a pull request or a README: a line a row, metrics with what quantization changed
/// of them, then mean latency and speedup at every batch size and input length.
class Markdown : public Layout {
 public:
  std::string render(const store::RunResult& result, Remarks /*remarks*/) const override {
    const std::vector<analysis::Comparison> comparisons = analysis::compare_with_originals(result);
    const std::vector<std::size_t> order = analysis::originals_first(result);
    Table table;
    const auto column = [&](const std::string& header, const auto& text) {
      add_column(table, header, order,
                 [&](std::size_t i) { return text(result.rows[i], comparisons[i]); });
    };
    column("row", [&](const store::Row& row, const analysis::Comparison&) {
      return shown(analysis::short_name(result, row));
    });
    for (const std::string& name : table_figures(result, Generation::kSeptember)) {
      const int digits = decimals(result, name);
      column(name, [&](const store::Row& row, const analysis::Comparison& comparison) {
        const auto change = analysis::figure(comparison.changes, name);
        return fixed_point(analysis::figure(row.evaluation, name), digits) +
               (change ? fmt::format(" ({:+.{}f})", *change, digits) : "");
      });
    }
    for (const analysis::Shape& shape : shapes(result)) {
      column(fmt::format("{} x {} (ms)", shape.batch_size, shape.input_length),
             [&](const store::Row& row, const analysis::Comparison& comparison) {
               return cell(row, comparison, shape);
             });
    }
    const bool any_note = std::any_of(result.rows.begin(), result.rows.end(),
                                      [](const auto& row) { return !note(row).empty(); });
    if (any_note)
      column("note", [](const store::Row& row, const analysis::Comparison&) { return note(row); });
    return table.to_markdown();
  }

 private:
  static std::string cell(const store::Row& row, const analysis::Comparison& comparison,
                          const analysis::Shape& shape) {
    const auto found = analysis::compared_timing(row, comparison, shape);
    if (!found) return "-";
    return fixed_point(found->timing.latency_mean, 2) +
           (found->speedup ? fmt::format(" ({:.2f}x)", *found->speedup) : "");
  }

  static std::string note(const store::Row& row) {
    if (row.status == store::Row::Status::kOk) return row.quantization_note();
    return shown(store::status_name(row.status) + ": " + row.message);
  }
};

}  // namespace

void register_markdown(LayoutRegistry& registry) {
  registry.add("markdown", std::make_unique<Markdown>());
}

}  // namespace quantbench::report
