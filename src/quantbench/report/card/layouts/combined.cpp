#include <memory>

#include "quantbench/report/card/card.h"
#include "quantbench/report/card/remarks.h"
#include "quantbench/report/card/time_tables.h"
#include "quantbench/report/registry.h"

namespace quantbench::report {

namespace {

/// Card 003 (July 2022): one table per batch size and input length, with time and accuracy,
/// original and optimized. It gives neither the machine nor the duration.
class Combined : public Layout {
 public:
  std::optional<CardForm> card() const override {
    return CardForm{
        .summary =
            "each quantized configuration beside its original, times and accuracy in one table",
        .compares = true,
        .combined = true,
        .default_for = spec::SpecForm::kModelNameOrPathNoBackend};
  }

  std::string render(const Document& result, Remarks remarks) const override {
    const std::vector<const store::Row*> rows = compared_rows(result, "combined");
    const CardStyle& style = result.style;
    const std::string gap(static_cast<std::size_t>(style.gap.value_or(1)), '\n');
    std::string card = front_matter(result, Generation::kJuly) + heading(result, false) +
                       parameters(result, DatasetForm::kBullets) + "## Evaluation\n";
    bool first = true;
    for (const analysis::Shape& shape : shapes(result)) {
      if (!first) card += gap;
      first = false;
      Table table = parameter_table(result, rows);
      add_original_and_optimized_times(table, result, rows, shape);
      add_original_and_optimized_figures(table, result, rows);
      card += "Below, time metrics for\n* Batch size: " + std::to_string(shape.batch_size) +
              "\n* Input length: " + std::to_string(shape.input_length) + "\n" +
              table.to_markdown();
    }
    return finish(card, result, remarks == Remarks::kNone ? "" : remarks_section(result));
  }
};

}  // namespace

void register_combined(LayoutRegistry& registry) {
  registry.add("combined", std::make_unique<Combined>());
}

}  // namespace quantbench::report
