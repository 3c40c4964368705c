#include <memory>
#include <utility>

#include "quantbench/report/card/card.h"
#include "quantbench/report/card/remarks.h"
#include "quantbench/report/card/time_tables.h"
#include "quantbench/report/registry.h"

namespace quantbench::report {

namespace {

/// Cards 000 and 004 (September 2022): one row per configuration. framework and apply_quantization
/// are ordinary parameters.
class ConfigurationRows : public Layout {
 public:
  std::optional<CardForm> card() const override {
    return CardForm{.summary = "one row for each configuration",
                    .default_for = spec::SpecForm::kNameOrPath};
  }

  std::string render(const Document& result, Remarks remarks) const override {
    const std::vector<const store::Row*> rows = card_rows(result, false);
    Table figures = parameter_table(result, rows);
    for (const std::string& name : table_figures(result, Generation::kSeptember)) {
      std::vector<std::string> cells;
      for (const store::Row* row : rows) {
        cells.push_back(
            fixed_point(analysis::figure(row->evaluation, name), decimals(result, name)));
      }
      figures.add_separator(rows.size());
      figures.add_column(name, std::move(cells));
    }
    const auto times = [&](const analysis::Shape& shape) {
      Table table = parameter_table(result, rows);
      for (const TimeColumn& column : kTimeColumns) {
        const int digits = decimals(result, column.name);
        std::vector<std::string> cells;
        for (const store::Row* row : rows) {
          const measure::Timing* timing = analysis::timing_at(row->timings, shape);
          cells.push_back(
              fixed_point(timing ? std::optional(timing->*column.member) : std::nullopt, digits));
        }
        table.add_separator(rows.size());
        table.add_column(std::string(column.name) + " (" + column.unit + ")", std::move(cells));
      }
      return table;
    };
    return finish(front_matter(result, Generation::kSeptember) + heading(result, true) +
                      parameters(result, DatasetForm::kBare) +
                      evaluation_sections(result, figures, times),
                  result, remarks == Remarks::kNone ? "" : remarks_section(result));
  }
};

}  // namespace

void register_configuration_rows(LayoutRegistry& registry) {
  registry.add("configuration_rows", std::make_unique<ConfigurationRows>());
}

}  // namespace quantbench::report
