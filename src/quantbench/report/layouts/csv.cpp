#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quantbench/analysis/comparison.h"
#include "quantbench/analysis/row_name.h"
#include "quantbench/base/text.h"
#include "quantbench/base/utf8.h"
#include "quantbench/report/card/card.h"
#include "quantbench/report/machines.h"
#include "quantbench/report/registry.h"

namespace quantbench::report {

namespace {

bool begins_formula(std::string_view text) {
  const auto begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return false;
  text.remove_prefix(begin);
  for (const std::string_view start :
       {"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"}) {
    if (text.starts_with(start)) return true;
  }
  return false;
}

/// Text for a cell (RFC 4180): quoted when it has to be, on one line, and never a formula for a
/// spreadsheet. What one would take for a formula begins with an apostrophe instead
/// (https://owasp.org/www-community/attacks/CSV_Injection); semicolons are quoted since they part
/// cells for some.
std::string field(const std::string& plain) {
  std::string text = visible(plain);
  const bool formula = begins_formula(plain) || begins_formula(text);
  if (formula) text.insert(0, "'");
  if (!formula && text.find_first_of(",;\"") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

/// A parameter as a spreadsheet has it: nothing for None, lists with commas, objects as JSON.
std::string plain_value(const Json& value) {
  if (value.is_null()) return {};
  if (value.is_object()) return to_line(value);
  return analysis::plain_text(value);
}

std::string number(double value) { return std::isnan(value) ? "" : python_repr(Json(value)); }

/// One line a row and shape, and one a row, shape and number of concurrent streams. One column a
/// figure; empty where there is no value. Of several machines the first column names the machine. A
/// search has a column `decision` at the end.
class Csv : public Layout {
 public:
  std::string render(const Document& result, Remarks /*remarks*/) const override {
    const std::vector<std::string> figures = figures_of(result, Generation::kSeptember);
    std::vector<std::string> header;
    if (!result.other_machines.empty()) header.emplace_back("machine");
    for (const auto& [key, values] : result.benchmarked.items()) header.push_back(field(key));
    for (const char* name : {"status", "message", "operators_quantized", "operators_left",
                             "peak_memory_bytes", "model_bytes"}) {
      header.emplace_back(name);
    }
    for (const std::string& name : figures) {
      header.push_back(field(name));
      if (!analysis::is_time_figure(name)) header.push_back(field(name + "_change"));
    }
    for (const char* name : {"batch_size",
                             "input_length",
                             "nb_forwards",
                             "throughput",
                             "latency_mean",
                             "latency_std",
                             "latency_50",
                             "latency_90",
                             "latency_95",
                             "latency_99",
                             "latency_999",
                             "speedup",
                             "speedup_low",
                             "speedup_high",
                             "load_seconds",
                             "first_forward",
                             "resident_memory_bytes",
                             "processor_time",
                             "joules",
                             "streams",
                             "samples_per_second",
                             "joules_per_sample"}) {
      header.emplace_back(name);
    }
    if (result.tuning) header.emplace_back("decision");
    std::string out = join(header, ",") + "\r\n";
    if (result.other_machines.empty()) return out + lines_of(result, figures, {});
    const std::vector<const store::RunResult*> machines = machines_of(result);
    const std::vector<std::string> names = machine_names(result);
    for (std::size_t i = 0; i < machines.size(); ++i) {
      out += lines_of(*machines[i], figures, field(names[i]) + ",");
    }
    return out;
  }

 private:
  static constexpr std::size_t kTimingFields = 22;
  static constexpr std::size_t kProcessFields = 5;
  static constexpr std::size_t kStreamFields = 3;

  /// `begin`: of every line.
  static std::string lines_of(const Document& result, const std::vector<std::string>& figures,
                              const std::string& begin) {
    std::string out;
    const std::vector<analysis::Comparison> comparisons = analysis::compare_with_originals(result);
    for (const store::Row* row : card_rows(result, false)) {
      const analysis::Comparison& comparison =
          comparisons[static_cast<std::size_t>(row - result.rows.data())];
      const std::string start = begin + row_fields(result, *row, comparison, figures);
      const std::string end = decision_field(result, *row) + "\r\n";
      if (row->timings.empty() && row->streams.empty())
        out += start + std::string(kTimingFields, ',') + end;
      for (std::size_t i = 0; i < row->timings.size(); ++i)
        out += start + timing_fields(row->timings[i], comparison.speedups[i]) + end;
      for (const measure::StreamFigures& streams : row->streams)
        out += start + stream_fields(streams) + end;
    }
    return out;
  }

  /// The outcome at the row that a search names, "tied" at its equals; "" without a search.
  static std::string decision_field(const Document& result, const store::Row& row) {
    if (!result.tuning) return {};
    const auto index = &row - result.rows.data();
    if (index == result.tuning->row) return "," + field(result.tuning->outcome);
    const bool is_tied = std::ranges::find(result.tuning->tied, index) != result.tuning->tied.end();
    return is_tied ? ",tied" : ",";
  }

  static std::string row_fields(const Document& result, const store::Row& row,
                                const analysis::Comparison& comparison,
                                const std::vector<std::string>& figures) {
    std::vector<std::string> fields;
    for (const auto& [key, values] : result.benchmarked.items()) {
      const Json value = row.parameters.value(key, Json());
      fields.push_back(value.is_number() ? plain_value(value) : field(plain_value(value)));
    }
    fields.push_back(store::status_name(row.status));
    fields.push_back(field(row.message));
    const bool counted = row.quantization.has_value();
    fields.push_back(counted ? std::to_string(row.quantization->quantized_count()) : "");
    fields.push_back(counted ? std::to_string(row.quantization->left_count()) : "");
    fields.push_back(row.peak_memory_bytes > 0 ? std::to_string(row.peak_memory_bytes) : "");
    fields.push_back(row.model_bytes > 0 ? std::to_string(row.model_bytes) : "");
    for (const std::string& name : figures) {
      const std::optional<double> value = analysis::figure(row.evaluation, name);
      fields.push_back(value ? number(*value) : "");
      if (analysis::is_time_figure(name)) continue;
      const std::optional<double> change = analysis::figure(comparison.changes, name);
      fields.push_back(change ? number(*change) : "");
    }
    return join(fields, ",");
  }

  static std::string timing_fields(const measure::Timing& timing,
                                   const std::optional<measure::Ratio>& speedup) {
    std::string out = "," + std::to_string(timing.batch_size) + "," +
                      std::to_string(timing.input_length) + "," +
                      (timing.nb_forwards > 0 ? std::to_string(timing.nb_forwards) : "");
    for (const double value :
         {timing.throughput, timing.latency_mean, timing.latency_std, timing.latency_50,
          timing.latency_90, timing.latency_95, timing.latency_99, timing.latency_999}) {
      out += "," + number(value);
    }
    out += "," + (speedup ? number(speedup->value) : "");
    const bool sure = speedup && speedup->interval;
    out += "," + (sure ? number(speedup->interval->low) : "");
    out += "," + (sure ? number(speedup->interval->high) : "");
    return out + process_fields(timing.process) + std::string(kStreamFields, ',');
  }

  static std::string process_fields(const std::optional<measure::ProcessFigures>& process) {
    if (!process) return std::string(kProcessFields, ',');
    const auto known = [](const std::optional<double>& value) {
      return "," + (value ? number(*value) : "");
    };
    return known(process->load_seconds) + known(process->first_forward) + "," +
           std::to_string(process->resident_memory_bytes) + known(process->processor_time) +
           known(process->joules);
  }

  static std::string stream_fields(const measure::StreamFigures& figures) {
    std::string out =
        "," + std::to_string(figures.batch_size) + "," + std::to_string(figures.input_length) +
        "," + std::to_string(figures.nb_forwards) + ",," + number(figures.latency_mean) + ",";
    for (const double value :
         {figures.latency_50, figures.latency_90, figures.latency_95, figures.latency_99}) {
      out += "," + number(value);
    }
    const auto& joules = figures.joules_per_sample;
    // latency_999 and what is known of single callers only stay empty.
    return out + std::string(4 + kProcessFields, ',') + "," + std::to_string(figures.streams) +
           "," + number(figures.samples_per_second) + "," + (joules ? number(*joules) : "");
  }
};

}  // namespace

void register_csv(LayoutRegistry& registry) { registry.add("csv", std::make_unique<Csv>()); }

}  // namespace quantbench::report
