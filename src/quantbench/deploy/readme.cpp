#include "quantbench/deploy/readme.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "quantbench/analysis/comparison.h"
#include "quantbench/analysis/figures.h"
#include "quantbench/analysis/row_name.h"
#include "quantbench/analysis/speedup.h"
#include "quantbench/base/text.h"
#include "quantbench/report/decision_text.h"
#include "quantbench/report/labels.h"
#include "quantbench/report/markdown.h"
#include "quantbench/report/table.h"
#include "quantbench/runtime/session.h"
#include "quantbench/spec/yaml_writer.h"

namespace quantbench::deploy {

namespace {

namespace markdown = report::markdown;
using report::Document;

/// The row that is deployed, and what its figures are compared with.
struct View {
  const Document& result;
  const store::Row& row;
  std::string name;
  analysis::Comparison comparison;
};

std::string front_matter(const View& view) {
  const Json model = view.result.sources.value("model", Json());
  std::string out = "---\n" +
                    spec::yaml_line("pipeline_tag", view.result.spec.value("task", Json())) +
                    spec::yaml_line("tags", Json::array({"onnx", "quantbench"}));
  if (model.is_object() && model.contains("id")) {
    out += spec::yaml_line("base_model", model.at("id"));
    if (view.row.quantized) out += spec::yaml_line("base_model_relation", "quantized");
  }
  return out + "---\n";
}

std::string introduction(const View& view) {
  const std::string model = analysis::text_of(view.result.spec.value("name_or_path", Json("")));
  std::string out = "# " + markdown::text(model) + ": " + markdown::text(view.name) + "\n\n";
  out += "An ONNX model, written and measured by quantbench " +
         markdown::text(view.result.quantbench_version) + ": row " +
         markdown::code_span(view.name) +
         (view.result.run_id.empty() ? std::string(" of a run")
                                     : " of run " + markdown::code_span(view.result.run_id)) +
         ". [CARD.md](CARD.md) is the card of the whole run. `sha256sum -c SHA256SUMS` checks the "
         "files.\n\n";
  const auto& tuning = view.result.tuning;
  if (tuning && tuning->row == &view.row - view.result.rows.data())
    out += markdown::text(join(report::decision_sentences(view.result), " ")) + "\n\n";
  const std::string note = view.row.quantization_note();
  if (!note.empty()) out += "Operators: " + markdown::text(note) + ".\n\n";
  return out;
}

std::string figures(const View& view) {
  struct Line {
    std::string name;
    std::string before;
    std::string after;
    std::string change;
  };
  std::vector<Line> lines;
  const auto& originals = analysis::original_evaluation(view.result, view.row);
  for (const std::string& name : analysis::figure_names(view.result)) {
    const auto value = analysis::figure(view.row.evaluation, name);
    if (!value) continue;
    const auto before = analysis::figure(originals, name);
    const auto meaning = analysis::meaning_of(view.result, name);
    lines.push_back({markdown::text(name), before ? fmt::format("{:.4f}", *before) : "-",
                     fmt::format("{:.4f}", *value),
                     before && meaning ? report::change_text(*meaning, *value - *before) : "-"});
  }
  const auto& timings = analysis::original_timings(view.result, view.row);
  for (std::size_t i = 0; i < view.row.timings.size(); ++i) {
    const measure::Timing& timing = view.row.timings[i];
    const analysis::Shape shape = analysis::shape_of(timing);
    const auto& speedup = view.comparison.speedups.at(i);
    const double before =
        speedup ? analysis::original_latency(analysis::timing_at(timings, shape), timing) : 0;
    lines.push_back({"latency, " + report::shape_words(view.result, shape),
                     before > 0 ? report::milliseconds(before) + " ms" : "-",
                     report::milliseconds(timing.latency_mean) + " ms",
                     speedup ? fmt::format("{:.2f} times as fast", speedup->value) : "-"});
  }
  if (lines.empty()) return {};
  const bool is_compared = view.row.quantized;
  report::Table table;
  report::add_column(table, "", lines, [](const Line& line) { return line.name; });
  if (is_compared) {
    report::add_column(table, "original", lines, [](const Line& line) { return line.before; });
  }
  report::add_column(table, "this model", lines, [](const Line& line) { return line.after; });
  if (is_compared) {
    report::add_column(table, "change", lines, [](const Line& line) { return line.change; });
  }
  std::string out = "## Figures\n\n" + table.to_markdown() + "\n";
  for (const std::string& warning : view.row.warnings) {
    out += "- " + markdown::text(warning) + "\n";
  }
  return view.row.warnings.empty() ? out : out + "\n";
}

/// Key and value of a parameter, or of the members of one that is an object.
void add_leaves(const std::string& key, const Json& value,
                std::vector<std::pair<std::string, std::string>>& out) {
  if (value.is_object()) {
    for (const auto& [name, item] : value.items()) add_leaves(key + "." + name, item, out);
  } else if (!value.is_null()) {
    out.emplace_back(key, analysis::plain_text(value));
  }
}

/// The facts of the framework that ran the row, of those that the run has.
Json runtime_of(const Document& result, const std::string& framework) {
  for (const Json& facts : result.runtimes) {
    if (facts.is_object() && facts.value("name", Json()) == framework) return facts;
  }
  return Json::object();
}

std::string settings(const View& view, const spec::Cell& cell) {
  std::vector<std::pair<std::string, std::string>> lines;
  const Json runtime = runtime_of(view.result, cell.framework);
  add_leaves("framework",
             cell.framework + " " + analysis::text_of(runtime.value("version", Json(""))), lines);
  const std::string model_key = view.result.spec.value("model_key", std::string());
  const auto add = [&](const Json& parameters) {
    for (const auto& [key, value] : parameters.items()) {
      if (key == "dataset" || key == "framework" || key == model_key) continue;
      add_leaves(key, value, lines);
    }
  };
  add(view.result.fixed);
  add(view.row.parameters);
  add_leaves("samples of the evaluation", view.result.evaluation_samples, lines);
  if (view.result.machine.is_object()) {
    add_leaves("CPU", view.result.machine.value("cpu", Json()), lines);
  }
  report::Table table;
  report::add_column(table, "setting", lines,
                     [](const auto& line) { return markdown::code_span(line.first); });
  report::add_column(table, "value", lines,
                     [](const auto& line) { return markdown::text(line.second); });
  return "## Settings of the measurement\n\n" + table.to_markdown() + "\n";
}

/// What a program that loads the model does by default, beside what the run did.
std::string optimization_level(const spec::Cell& cell) {
  const auto* runtime = runtime::runtimes().find(cell.framework);
  if (runtime == nullptr || !runtime->is_default()) return {};
  const int level = cell.framework_args.optimization_level;
  if (level == spec::kAllOptimizations) {
    return "The run measured at graph optimization level " + std::to_string(level) +
           " (all), the default of every program above that uses ONNX Runtime.\n";
  }
  return fmt::format(
      "**The run measured at graph optimization level {0}.** The programs above use {1} (all) "
      "unless they are told otherwise, so latencies and figures can differ from the table. To "
      "measure at their level, run the benchmark with `--set "
      "framework_args.optimization_level={1}`.\n",
      level, spec::kAllOptimizations);
}

}  // namespace

std::string readme(const Document& result, std::size_t row, const spec::Cell& cell,
                   const Loading& loading) {
  const View view{result, result.rows.at(row), analysis::row_names(result).at(row),
                  analysis::compare_with_originals(result).at(row)};
  const std::string other =
      "Another runtime computes the same graph with kernels of its own: its latency, and the last "
      "digits of its outputs, are its own.\n\n";
  return front_matter(view) + introduction(view) + figures(view) + loading_section(loading) +
         settings(view, cell) + other + optimization_level(cell);
}

}  // namespace quantbench::deploy
