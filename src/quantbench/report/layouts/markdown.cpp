#include "quantbench/report/markdown.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "quantbench/analysis/comparison.h"
#include "quantbench/analysis/row_name.h"
#include "quantbench/analysis/streams.h"
#include "quantbench/base/text.h"
#include "quantbench/report/answer_text.h"
#include "quantbench/report/card/card.h"
#include "quantbench/report/labels.h"
#include "quantbench/report/machines.h"
#include "quantbench/report/registry.h"
#include "quantbench/report/steps_table.h"

namespace quantbench::report {

namespace {

/// One table for a pull request or a README: a line a row, metrics with what quantization changed
/// of them, then mean latency and speedup at every batch size and input length.
class Markdown : public Layout {
 public:
  std::string render(const Document& result, Remarks /*remarks*/) const override {
    if (result.other_machines.empty()) return render_machine(result);
    const std::vector<const store::RunResult*> machines = machines_of(result);
    const std::vector<std::string> names = machine_names(result);
    std::string out;
    for (const std::string& answer : machine_answers(result)) {
      out += "* " + markdown::text(answer) + "\n";
    }
    for (std::size_t i = 0; i < machines.size(); ++i) {
      out += "\n### " + markdown::text(names[i]) + "\n\n" + render_machine(*machines[i]);
    }
    return out;
  }

 private:
  static std::string render_machine(const Document& result) {
    const std::vector<analysis::Comparison> comparisons = analysis::compare_with_originals(result);
    const std::vector<std::string> names = analysis::row_names(result);
    const std::vector<analysis::Shape> shape_list = shapes(result);
    std::vector<std::size_t> order = analysis::fastest_first(
        result, shape_list.empty() ? analysis::Shape{} : shape_list.front());
    // What a search stopped stands in its path.
    if (result.tuning) {
      std::erase_if(order, [&](std::size_t i) {
        return result.rows[i].status == store::Row::Status::kSkipped;
      });
    }
    Table table;
    add_column(table, "row", order, [&](std::size_t i) { return shown(names[i]); });
    const auto column = [&](const std::string& header, const auto& text) {
      add_column(table, header, order,
                 [&](std::size_t i) { return text(result.rows[i], comparisons[i]); });
    };
    for (const std::string& name : table_figures(result, Generation::kSeptember)) {
      const int digits = decimals(result, name);
      column(name, [&](const store::Row& row, const analysis::Comparison& comparison) {
        const auto change = analysis::figure(comparison.changes, name);
        return fixed_point(analysis::figure(row.evaluation, name), digits) +
               (change ? fmt::format(" ({:+.{}f})", *change, digits) : "");
      });
    }
    for (const analysis::Shape& shape : shape_list) {
      const bool medians = std::ranges::any_of(result.rows, [&](const store::Row& row) {
        const auto* timing = analysis::timing_at(row.timings, shape);
        return timing != nullptr && timing->latency_50 > 0;
      });
      column(shape_label(result, shape) + (medians ? " (ms / p50)" : " (ms)"),
             [&](const store::Row& row, const analysis::Comparison& comparison) {
               return cell(row, comparison, shape);
             });
    }
    for (const analysis::Load& load : analysis::loads(result)) {
      column(stream_label(load.streams) + ", " + shape_label(result, load.shape) + " (samples/s)",
             [&](const store::Row& row, const analysis::Comparison&) {
               const auto* figures = analysis::figures_under(row, load);
               return figures == nullptr ? "-" : per_second(figures->samples_per_second);
             });
    }
    const bool any_note = std::any_of(result.rows.begin(), result.rows.end(),
                                      [](const auto& row) { return !note(row).empty(); });
    if (any_note)
      column("note", [](const store::Row& row, const analysis::Comparison&) { return note(row); });
    return answer_paragraph(result) + shared_line(result) + table.to_markdown() +
           path_of_search(result);
  }

  /// Folded: a search may have a hundred steps.
  static std::string path_of_search(const Document& result) {
    if (!result.tuning || result.tuning->steps.empty()) return {};
    const std::size_t steps = result.tuning->steps.size();
    return fmt::format("\n<details>\n<summary>The path of the search: {} step{}</summary>\n\n",
                       steps, steps == 1 ? "" : "s") +
           steps_table(result).to_markdown() + "\n</details>\n";
  }

  /// The first sentence in bold: it is what the table is read for.
  static std::string answer_paragraph(const Document& result) {
    std::vector<std::string> sentences = answer_sentences(result);
    for (std::string& sentence : sentences) sentence = markdown::text(sentence);
    sentences.front() = "**" + sentences.front() + "**";
    return join(sentences, " ") + "\n\n";
  }

  static std::string shared_line(const Document& result) {
    std::vector<std::string> parts;
    for (const auto& [key, value] : analysis::shared_parameters(result))
      parts.push_back(markdown::text(key) + " " + shown(value));
    return parts.empty() ? "" : "All quantized rows: " + join(parts, ", ") + "\n\n";
  }

  /// "2.11x, 1.98 to 2.25"
  static std::string speedup_text(const measure::Ratio& speedup) {
    const std::string value = fmt::format("{:.2f}x", speedup.value);
    if (!speedup.interval) return value;
    return value + fmt::format(", {:.2f} to {:.2f}", speedup.interval->low, speedup.interval->high);
  }

  /// The median, where it is known.
  static std::string median_text(const measure::Timing& timing) {
    if (!(timing.latency_50 > 0)) return {};
    return " / " + fixed_point(timing.latency_50, 2);
  }

  static std::string cell(const store::Row& row, const analysis::Comparison& comparison,
                          const analysis::Shape& shape) {
    const auto found = analysis::compared_timing(row, comparison, shape);
    if (!found) return "-";
    return fixed_point(found->timing.latency_mean, 2) + median_text(found->timing) +
           (found->speedup ? " (" + speedup_text(*found->speedup) + ")" : "");
  }

  static std::string note(const store::Row& row) {
    if (row.status == store::Row::Status::kOk) return markdown::text(row.quantization_note());
    return shown(store::status_name(row.status) + ": " + row.message);
  }
};

}  // namespace

void register_markdown(LayoutRegistry& registry) {
  registry.add("markdown", std::make_unique<Markdown>());
}

}  // namespace quantbench::report
