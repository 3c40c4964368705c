#include "quantbench/report/card/card.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "quantbench/base/text.h"

namespace quantbench::report {

namespace {

constexpr std::string_view kOverall = "overall_";

std::string one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return text;
}

/// A name in the front matter, quoted when YAML would take it for something else.
std::string yaml_name(const std::string& text) {
  const bool plain =
      !text.empty() && text.find_first_of(":#'\"\\{}[],&*!|>%@`\n\t") == std::string::npos &&
      text.front() != '-' && text.front() != '?' && text.front() != ' ' && text.back() != ' ';
  return plain ? text : to_line(Json(text));
}

std::string lines_text(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

/// Figures that a metric is known to give, in the order in which it gives them.
std::vector<std::string> figures_of_metric(const std::string& metric) {
  if (metric == "seqeval") {
    return {"overall_precision", "overall_recall", "overall_f1", "overall_accuracy"};
  }
  if (metric == "squad" || metric == "squad_v2") return {"exact_match", "exact", "f1"};
  return {metric};
}

void add_once(std::vector<std::string>& list, const std::string& name) {
  if (std::find(list.begin(), list.end(), name) == list.end()) list.push_back(name);
}

/// Names of all figures that any row has.
std::vector<std::string> figures_present(const store::RunResult& result) {
  std::vector<std::string> present;
  for (const store::Row& row : result.rows) {
    for (const auto& [name, value] : row.evaluation) add_once(present, name);
  }
  return present;
}

std::string bullet(const std::string& key, const Json& value, const std::string& form) {
  if (form == "bare") return "* **" + key + "**: " + python_repr(value) + "\n";
  if (form == "inline") return "* **" + key + "**: " + shown(value) + "\n";
  std::string out = "* **" + key + "**:\n";
  for (const auto& [sub, item] : value.items())
    out += "    * **" + sub + "**: " + shown(item) + "\n";
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

void add_shape(std::vector<analysis::Shape>& list, const analysis::Shape& shape) {
  if (std::find(list.begin(), list.end(), shape) == list.end()) list.push_back(shape);
}

std::vector<std::int64_t> integers(const Json& spec, const char* key) {
  std::vector<std::int64_t> out;
  const auto found = spec.find(key);
  if (found == spec.end() || !found->is_array()) return out;
  for (const Json& value : *found) {
    if (value.is_number_integer()) out.push_back(value.get<std::int64_t>());
  }
  return out;
}

}  // namespace

std::string shown(const Json& value) {
  return "`" + (value.is_string() ? one_line(value.get<std::string>()) : python_repr(value)) + "`";
}

std::string fixed_point(std::optional<double> value, int decimals) {
  return value ? fmt::format("{:.{}f}", *value, decimals) : "-";
}

std::vector<std::string> figures_of(const store::RunResult& result, Generation generation) {
  std::vector<std::string> ordered = result.figures;
  if (ordered.empty()) {
    const std::vector<std::string> present = figures_present(result);
    const auto has = [&](const std::string& name) {
      return std::find(present.begin(), present.end(), name) != present.end();
    };
    const Json metrics = result.spec.value("metrics", Json::array());
    for (const Json& metric : metrics) {
      if (!metric.is_string()) continue;
      for (const std::string& name : figures_of_metric(metric.get<std::string>())) {
        if (has(name)) add_once(ordered, name);
      }
    }
    for (const std::string& name : present) {
      if (!analysis::is_time_figure(name)) add_once(ordered, name);
    }
    for (const char* name : analysis::time_figures()) {
      if (has(name)) add_once(ordered, name);
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

std::vector<std::string> table_figures(const store::RunResult& result, Generation generation) {
  const CardStyle style = CardStyle::from_json(result.card);
  if (style.table_figures) return *style.table_figures;
  std::vector<std::string> names = figures_of(result, generation);
  std::erase_if(names, analysis::is_time_figure);
  return names;
}

std::string front_matter(const store::RunResult& result, Generation generation) {
  const CardStyle style = CardStyle::from_json(result.card);
  if (style.front_matter) return "---\n" + lines_text(*style.front_matter) + "---\n\n";
  std::string out = "---\n";
  out += "pipeline_tag: " + yaml_name(result.spec.value("task", "")) + "\n";
  const Json dataset = result.spec.value("dataset", Json::object());
  out += "datasets:\n- " + yaml_name(dataset.value("path", "")) + "\n";
  out += "metrics:\n";
  for (const std::string& name : figures_of(result, generation)) out += "- " + name + "\n";
  if (!result.model_type.empty()) out += "tags:\n- " + yaml_name(result.model_type) + "\n";
  return out + "---\n\n";
}

std::string heading(const store::RunResult& result, bool with_backend) {
  const CardStyle style = CardStyle::from_json(result.card);
  if (style.heading) return lines_text(*style.heading) + "\n";
  const std::string task = "**task**: " + shown(result.spec.value("task", Json("")));
  if (!with_backend) return task + "\n\n";
  const Json samples = result.spec.value("max_eval_samples", Json());
  return task + "  \n**Backend:** " + shown(result.spec.value("backend", Json("local"))) +
         "  \n**Backend args:** " + shown(result.spec.value("backend_args", Json::object())) +
         "  \n**Number of evaluation samples:** " +
         shown(samples.is_null() ? Json("All dataset") : samples) + "  \n\n";
}

std::string parameters(const store::RunResult& result, DatasetForm dataset) {
  const CardStyle style = CardStyle::from_json(result.card);
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
    out += "* **" + key + "**: " + join(texts, ",  ") + "\n";
  }
  return out + "\n";
}

std::vector<const store::Row*> card_rows(const store::RunResult& result, bool quantized_only) {
  std::vector<std::pair<std::vector<std::string>, const store::Row*>> keyed;
  for (const store::Row& row : result.rows) {
    if (quantized_only && !row.quantized) continue;
    std::vector<std::string> texts;
    for (const auto& [key, values] : result.benchmarked.items()) {
      texts.push_back(shown(parameter_of(row, key)));
    }
    keyed.emplace_back(std::move(texts), &row);
  }
  if (!CardStyle::from_json(result.card).rows_as_given) {
    std::stable_sort(keyed.begin(), keyed.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
  }
  std::vector<const store::Row*> rows;
  for (const auto& [texts, row] : keyed) rows.push_back(row);
  return rows;
}

std::vector<analysis::Shape> shapes(const store::RunResult& result) {
  const CardStyle style = CardStyle::from_json(result.card);
  if (style.shapes) return *style.shapes;
  std::vector<analysis::Shape> timed;
  for (const store::Row& row : result.rows) {
    for (const auto* timings : {&row.timings, &row.original_timings}) {
      for (const measure::Timing& timing : *timings) add_shape(timed, analysis::shape_of(timing));
    }
  }
  if (!result.card.empty()) return timed;
  std::vector<analysis::Shape> ordered;
  for (const std::int64_t batch : integers(result.spec, "batch_sizes")) {
    for (const std::int64_t length : integers(result.spec, "input_lengths")) {
      const analysis::Shape shape{batch, length};
      const bool was_timed = std::find(timed.begin(), timed.end(), shape) != timed.end();
      if (was_timed || timed.empty()) add_shape(ordered, shape);
    }
  }
  for (const analysis::Shape& shape : timed) add_shape(ordered, shape);
  return ordered;
}

int decimals(const store::RunResult& result, const std::string& column) {
  const CardStyle style = CardStyle::from_json(result.card);
  const auto kept = style.decimals.find(column);
  if (kept != style.decimals.end()) return kept->second;
  return column == "latency_mean" || column == "throughput" ? 2 : 3;
}

analysis::Digits card_digits(const store::RunResult& result) {
  return [&result](const std::string& column) { return decimals(result, column); };
}

Table parameter_table(const store::RunResult& result, const std::vector<const store::Row*>& rows) {
  Table table;
  for (const auto& [key, values] : result.benchmarked.items()) {
    std::vector<std::string> cells;
    for (const store::Row* row : rows) cells.push_back(shown(parameter_of(*row, key)));
    table.add_column(key, std::move(cells));
  }
  return table;
}

std::string finish(std::string card, const store::RunResult& result, const std::string& remarks) {
  const CardStyle style = CardStyle::from_json(result.card);
  if (style.final_newlines) {
    while (card.ends_with('\n')) card.pop_back();
    card.append(static_cast<std::size_t>(*style.final_newlines), '\n');
  }
  const std::string& section = style.remarks.empty() ? remarks : style.remarks;
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
