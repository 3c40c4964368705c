#include <memory>

#include "quantbench/report/card/card.h"
#include "quantbench/report/card/remarks.h"
#include "quantbench/report/card/time_tables.h"
#include "quantbench/report/registry.h"

namespace quantbench::report {

namespace {

/// Cards 001 and 002 (July 2022): one row per quantized configuration, with its original beside it.
class OriginalOptimizedColumns : public Layout {
 public:
  std::optional<CardForm> card() const override {
    return CardForm{.summary =
                        "each quantized configuration beside its original, accuracy and times in "
                        "separate tables",
                    .compares = true,
                    .default_for = spec::SpecForm::kModelNameOrPath};
  }

  std::string render(const Document& result, Remarks remarks) const override {
    const std::vector<const store::Row*> rows = compared_rows(result, "original_optimized_columns");
    Table figures = parameter_table(result, rows);
    add_original_and_optimized_figures(figures, result, rows);
    const auto times = [&](const analysis::Shape& shape) {
      Table table = parameter_table(result, rows);
      add_original_and_optimized_times(table, result, rows, shape);
      return table;
    };
    return finish(front_matter(result, Generation::kJuly) + heading(result, true) +
                      parameters(result, DatasetForm::kBullets) +
                      evaluation_sections(result, figures, times),
                  result, remarks == Remarks::kNone ? "" : remarks_section(result));
  }
};

}  // namespace

void register_original_optimized_columns(LayoutRegistry& registry) {
  registry.add("original_optimized_columns", std::make_unique<OriginalOptimizedColumns>());
}

}  // namespace quantbench::report
