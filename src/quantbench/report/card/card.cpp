#include "quantbench/report/card/card.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "quantbench/base/text.h"
#include "quantbench/base/utf8.h"
#include "quantbench/report/markdown.h"
#include "quantbench/spec/declarations.h"
#include "quantbench/spec/yaml_writer.h"

namespace quantbench::report {

namespace {

constexpr std::string_view kOverall = "overall_";

/// Lines of the front matter that an imported card had. None of them ends it: what follows would be
/// Markdown.
bool is_front_matter(const std::vector<std::string>& lines) {
  return std::all_of(lines.begin(), lines.end(), [](const std::string& line) {
    return visible(line) == line && !line.starts_with("---") && !line.starts_with("...");
  });
}

std::string lines_text(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

std::string bullet(const std::string& key, const Json& value, const std::string& form) {
  const std::string start = "* **" + markdown::text(key) + "**:";
  if (form == "bare") return start + " " + markdown::bare(value) + "\n";
  if (form == "inline" || !value.is_object()) return start + " " + shown(value) + "\n";
  std::string out = start + "\n";
  for (const auto& [sub, item] : value.items())
    out += "    * **" + markdown::text(sub) + "**: " + shown(item) + "\n";
  return out;
}

/// `dataset` stands as a list of one map when it is bare.
Json as_listed(const std::string& key, const Json& value, const std::string& form) {
  return key == "dataset" && form == "bare" && value.is_object() ? Json::array({value}) : value;
}

Json parameter_of(const store::Row& row, const std::string& key) {
  const auto found = row.parameters.find(key);
  return found == row.parameters.end() ? Json() : *found;
}

}  // namespace

std::string shown(const Json& value) { return markdown::code_span(value); }

std::string fixed_point(std::optional<double> value, int decimals) {
  return value ? fmt::format("{:.{}f}", *value, decimals) : "-";
}

std::vector<std::string> figures_of(const Document& result, Generation generation) {
  std::vector<std::string> ordered = result.figures;
  if (ordered.empty()) {
    ordered = analysis::figure_names(result);
    for (const char* name : analysis::time_figures()) {
      const bool present =
          std::any_of(result.rows.begin(), result.rows.end(),
                      [&](const auto& row) { return row.evaluation.contains(name); });
      if (present) ordered.emplace_back(name);
    }
  }
  if (generation == Generation::kSeptember) return ordered;
  std::vector<std::string> july;
  for (const std::string& name : ordered) {
    if (analysis::is_time_figure(name) && result.figures.empty()) continue;
    july.push_back(name.starts_with(kOverall) ? name.substr(kOverall.size()) : name);
  }
  return july;
}

std::vector<std::string> table_figures(const Document& result, Generation generation) {
  const CardStyle& style = result.style;
  if (style.table_figures) return *style.table_figures;
  std::vector<std::string> names = figures_of(result, generation);
  std::erase_if(names, analysis::is_time_figure);
  return names;
}

std::string front_matter(const Document& result, Generation generation) {
  const CardStyle& style = result.style;
  if (style.front_matter && is_front_matter(*style.front_matter))
    return "---\n" + lines_text(*style.front_matter) + "---\n\n";
  std::string out = "---\n";
  out += "pipeline_tag: " + spec::yaml_scalar(result.spec.value("task", "")) + "\n";
  const Json dataset = result.spec.value("dataset", Json::object());
  out += "datasets:\n- " + spec::yaml_scalar(dataset.value("path", "")) + "\n";
  out += "metrics:\n";
  for (const std::string& name : figures_of(result, generation))
    out += "- " + spec::yaml_scalar(name) + "\n";
  if (!result.model_type.empty()) out += "tags:\n- " + spec::yaml_scalar(result.model_type) + "\n";
  return out + "---\n\n";
}

std::string heading(const Document& result, bool with_backend) {
  const CardStyle& style = result.style;
  if (style.heading) return markdown::tamed_lines(*style.heading) + "\n";
  const std::string task = "**task**: " + shown(result.spec.value("task", Json("")));
  if (!with_backend) return task + "\n\n";
  const Json samples = result.spec.value("max_eval_samples", Json());
  return task + "  \n**Backend:** " +
         shown(result.spec.value("backend", Json(spec::declarations().default_backend))) +
         "  \n**Backend args:** " + shown(result.spec.value("backend_args", Json::object())) +
         "  \n**Number of evaluation samples:** " +
         shown(samples.is_null() ? Json("All dataset") : samples) + "  \n\n";
}

std::string parameters(const Document& result, DatasetForm dataset) {
  const CardStyle& style = result.style;
  std::string out = "Fixed parameters:\n";
  for (const auto& [key, value] : result.fixed.items()) {
    const auto kept = style.forms.find(key);
    std::string form = value.is_object() && !value.empty() ? "bullets" : "inline";
    if (key == "dataset" && dataset == DatasetForm::kBare) form = "bare";
    if (kept != style.forms.end()) form = kept->second;
    out += bullet(key, as_listed(key, value, form), form);
  }
  out += "\nBenchmarked parameters:\n";
  for (const auto& [key, values] : result.benchmarked.items()) {
    std::vector<std::string> texts;
    for (const Json& value : values) texts.push_back(shown(value));
    out += "* **" + markdown::text(key) + "**: " + join(texts, ",  ") + "\n";
  }
  return out + "\n";
}

std::vector<const store::Row*> card_rows(const Document& result, bool quantized_only) {
  std::vector<std::pair<std::vector<std::string>, const store::Row*>> keyed;
  for (const store::Row& row : result.rows) {
    if (quantized_only && !row.quantized) continue;
    std::vector<std::string> texts;
    for (const auto& [key, values] : result.benchmarked.items()) {
      texts.push_back(shown(parameter_of(row, key)));
    }
    keyed.emplace_back(std::move(texts), &row);
  }
  if (!result.style.rows_as_given) {
    std::stable_sort(keyed.begin(), keyed.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
  }
  std::vector<const store::Row*> rows;
  for (const auto& [texts, row] : keyed) rows.push_back(row);
  return rows;
}

std::vector<analysis::Shape> shapes(const Document& result) {
  if (result.style.shapes) return *result.style.shapes;
  return result.is_imported() ? analysis::timed_shapes(result)
                              : analysis::shapes_in_spec_order(result);
}

int decimals(const Document& result, const std::string& column) {
  const CardStyle& style = result.style;
  const auto kept = style.decimals.find(column);
  if (kept != style.decimals.end()) return kept->second;
  return column == "latency_mean" || column == "throughput" ? 2 : 3;
}

analysis::Digits card_digits(const Document& result) {
  return [&result](const std::string& column) { return decimals(result, column); };
}

Table parameter_table(const Document& result, const std::vector<const store::Row*>& rows) {
  Table table;
  for (const auto& [key, values] : result.benchmarked.items()) {
    std::vector<std::string> cells;
    for (const store::Row* row : rows) cells.push_back(shown(parameter_of(*row, key)));
    table.add_column(key, std::move(cells));
  }
  return table;
}

std::string finish(std::string card, const Document& result, const std::string& remarks) {
  const CardStyle& style = result.style;
  if (style.final_newlines) {
    while (card.ends_with('\n')) card.pop_back();
    card.append(static_cast<std::size_t>(*style.final_newlines), '\n');
  }
  std::string section = remarks;
  if (!style.remarks.empty()) {
    std::vector<std::string> lines = split(style.remarks, '\n');
    lines.pop_back();
    section = markdown::tamed_lines(lines);
  }
  if (!section.empty()) card += (card.ends_with("\n\n") ? "" : "\n") + section;
  if (!style.crlf) return card;
  std::string out;
  for (const char c : card) {
    if (c == '\n') out += '\r';
    out += c;
  }
  return out;
}

}  // namespace quantbench::report
