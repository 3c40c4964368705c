#include "quantbench/report/card/remarks.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "quantbench/analysis/remarks.h"
#include "quantbench/base/text.h"
#include "quantbench/report/answer_text.h"
#include "quantbench/report/card/card.h"
#include "quantbench/report/labels.h"
#include "quantbench/report/machines.h"
#include "quantbench/report/markdown.h"

namespace quantbench::report {

namespace {

/// The benchmarked parameters of a row that are not None, as in the tables.
std::string row_name(const Document& result, const store::Row& row) {
  std::vector<std::string> parts;
  for (const auto& [key, values] : result.benchmarked.items()) {
    const Json value = row.parameters.value(key, Json());
    if (!value.is_null()) parts.push_back(markdown::text(key) + " " + shown(value));
  }
  return parts.empty() ? "original" : join(parts, ", ");
}

std::string megabytes(std::int64_t bytes) {
  return bytes > 0 ? fmt::format("{:.1f}", static_cast<double>(bytes) / 1e6) : "-";
}

std::string kinds(const std::map<std::string, int>& counts) {
  std::vector<std::string> parts;
  for (const auto& [kind, count] : counts) {
    if (count > 0) parts.push_back(std::to_string(count) + " " + markdown::text(kind));
  }
  return parts.empty() ? "none" : join(parts, ", ");
}

std::string operator_table(const Document& result, const std::vector<const store::Row*>& rows) {
  std::vector<std::string> quantized;
  std::vector<std::string> left;
  std::vector<std::string> size;
  std::vector<std::string> memory;
  for (const store::Row* row : rows) {
    const bool counted = row->quantization.has_value();
    quantized.push_back(!counted ? "-"
                        : row->quantization->quantized_count() == 0
                            ? "nothing quantized"
                            : kinds(row->quantization->quantized));
    left.push_back(counted ? std::to_string(row->quantization->left_count()) : "-");
    size.push_back(megabytes(row->model_bytes));
    memory.push_back(megabytes(row->peak_memory_bytes));
  }
  Table table = parameter_table(result, rows);
  table.add_separator(rows.size());
  table.add_column("operators quantized", quantized);
  table.add_column("left in float32", left);
  table.add_separator(rows.size());
  table.add_column("model (MB)", size);
  table.add_column("peak memory (MB)", memory);
  return "## Operators and memory\n" + table.to_markdown() + "\n";
}

/// A line for each row and shape; empty where no process was looked at.
std::string process_table(const Document& result, const std::vector<const store::Row*>& rows) {
  std::vector<const store::Row*> repeated;
  std::vector<measure::Timing> lines;
  for (const store::Row* row : rows) {
    for (const measure::Timing& timing : row->timings) {
      if (!timing.process) continue;
      repeated.push_back(row);
      lines.push_back(timing);
    }
  }
  if (lines.empty()) return {};
  Table table = parameter_table(result, repeated);
  const auto column = [&](const char* header, const auto& text) {
    add_column(table, header, lines, text);
  };
  using measure::Timing;
  const auto any = [&](const auto member) {
    return std::ranges::any_of(
        lines, [&](const Timing& one) { return (*one.process.*member).has_value(); });
  };
  table.add_separator(lines.size());
  column("batch size", [](const Timing& one) { return std::to_string(one.batch_size); });
  column("input length", [](const Timing& one) { return std::to_string(one.input_length); });
  table.add_separator(lines.size());
  column("load (s)", [](const Timing& one) { return fixed_point(one.process->load_seconds, 2); });
  column("first forward (ms)",
         [](const Timing& one) { return fixed_point(one.process->first_forward, 2); });
  column("resident memory (MB)",
         [](const Timing& one) { return megabytes(one.process->resident_memory_bytes); });
  if (any(&measure::ProcessFigures::processor_time)) {
    column("processor time (ms)",
           [](const Timing& one) { return fixed_point(one.process->processor_time, 2); });
  }
  if (any(&measure::ProcessFigures::joules)) {
    column("J/forward", [](const Timing& one) {
      return one.process->joules ? joules(*one.process->joules) : "-";
    });
  }
  return "## Start and running\n" + table.to_markdown() + "\n";
}

/// A line for each row and load; empty without concurrent streams.
std::string stream_table(const Document& result, const std::vector<const store::Row*>& rows) {
  std::vector<const store::Row*> repeated;
  std::vector<measure::StreamFigures> lines;
  for (const store::Row* row : rows) {
    for (const measure::StreamFigures& figures : row->streams) {
      repeated.push_back(row);
      lines.push_back(figures);
    }
  }
  if (lines.empty()) return {};
  Table table = parameter_table(result, repeated);
  const auto column = [&](const char* header, const auto& text) {
    add_column(table, header, lines, text);
  };
  using Figures = measure::StreamFigures;
  table.add_separator(lines.size());
  column("batch size", [](const Figures& one) { return std::to_string(one.batch_size); });
  column("input length", [](const Figures& one) { return std::to_string(one.input_length); });
  column("streams", [](const Figures& one) { return std::to_string(one.streams); });
  table.add_separator(lines.size());
  column("samples/s", [](const Figures& one) { return fixed_point(one.samples_per_second, 2); });
  for (const auto& [header, member] : {std::pair("latency_50 (ms)", &Figures::latency_50),
                                       std::pair("latency_90 (ms)", &Figures::latency_90),
                                       std::pair("latency_95 (ms)", &Figures::latency_95),
                                       std::pair("latency_99 (ms)", &Figures::latency_99)}) {
    column(header, [&](const Figures& one) { return fixed_point(one.*member, 2); });
  }
  column("peak memory (MB)", [](const Figures& one) { return megabytes(one.peak_memory_bytes); });
  if (std::ranges::any_of(lines,
                          [](const Figures& one) { return one.joules_per_sample.has_value(); })) {
    column("J/sample", [](const Figures& one) {
      return one.joules_per_sample ? joules(*one.joules_per_sample) : "-";
    });
  }
  return "## Concurrent streams\n" + table.to_markdown() + "\n";
}

std::string fault_list(const Document& result, const std::vector<const store::Row*>& rows) {
  std::string out;
  for (const store::Row* row : rows) {
    if (row->status == store::Row::Status::kOk) continue;
    out += "* " + row_name(result, *row) + ": " + store::status_name(row->status) + ", " +
           markdown::text(row->message) + "\n";
  }
  return out.empty() ? out : "## Rows without figures\n" + out + "\n";
}

/// Each warning once, with the row it is about or the rows' places in the tables.
std::string warning_list(const Document& result, const std::vector<const store::Row*>& rows) {
  std::string out;
  for (const analysis::Remark& remark : analysis::remarks(result)) {
    if (remark.kind != analysis::Remark::Kind::kWarning) continue;
    std::vector<std::size_t> places;
    for (const std::size_t row : remark.rows) {
      const auto place = std::find(rows.begin(), rows.end(), &result.rows[row]);
      places.push_back(static_cast<std::size_t>(place - rows.begin()) + 1);
    }
    const std::string subject = remark.rows.size() == 1
                                    ? row_name(result, result.rows[remark.rows.front()])
                                    : rows_at(std::move(places)) + " of the tables";
    out += "* " + subject + ": " + markdown::text(remark.text) + "\n";
  }
  return out.empty() ? out : "## Warnings\n" + out + "\n";
}

std::string answer_list(const Document& result) {
  std::string out = "## Answer\n";
  for (const std::string& sentence : answer_sentences(result)) {
    out += "* " + markdown::text(sentence) + "\n";
  }
  return out + "\n";
}

/// Of a run on several kinds of machine: the answer of each. A card's tables have room for one.
std::string machine_list(const Document& result) {
  const std::vector<std::string> answers = machine_answers(result);
  if (answers.empty()) return {};
  std::string out = "## Machines\nEach row is compared with the original of its own machine. " +
                    ("The tables are of " + markdown::text(machine_names(result).front())) +
                    ". Cards of the others: ";
  std::vector<std::string> places;
  for (const std::string& directory : machine_directories(result)) {
    places.push_back(shown(directory + "/README.md"));
  }
  out += join(places, ", ") + ".\n\n";
  for (const std::string& answer : answers) out += "* " + markdown::text(answer) + "\n";
  return out + "\n";
}

/// Scalars, and lists of scalars, of a machine's or runtime's facts.
std::string facts(const Json& object, const std::string& prefix = {}) {
  std::string out;
  if (!object.is_object()) return out;
  for (const auto& [key, value] : object.items()) {
    if (value.is_null() || value.is_object()) continue;
    out += "* **" + markdown::text(prefix + key) + "**: " + shown(value) + "\n";
  }
  return out;
}

/// "onnxruntime version", "onnxruntime providers", ...: two frameworks have the same keys.
std::string runtime_facts(const Json& runtime) {
  if (!runtime.is_object() || !runtime.contains("name") || !runtime["name"].is_string()) {
    return "* **runtime**: " + shown(runtime) + "\n";
  }
  Json others = runtime;
  others.erase("name");
  return facts(others, runtime["name"].get<std::string>() + " ");
}

std::string circumstances(const Document& result) {
  std::string out = "## Circumstances\n";
  out += "* **quantbench**: " + shown(result.quantbench_version) + "\n";
  if (!result.started_at.empty()) out += "* **started_at**: " + shown(result.started_at) + "\n";
  out += "* **protocol**: " + shown(result.spec.value("protocol", Json("default"))) + "\n";
  out += "* **evaluation_samples**: " + shown(result.evaluation_samples) + "\n";
  for (const Json& runtime : result.runtimes) out += runtime_facts(runtime);
  return out + facts(result.machine);
}

}  // namespace

std::string remarks_section(const Document& result) {
  const std::vector<const store::Row*> rows = card_rows(result, false);
  return "# Remarks\n" + answer_list(result) + machine_list(result) + fault_list(result, rows) +
         operator_table(result, rows) + process_table(result, rows) + stream_table(result, rows) +
         warning_list(result, rows) + circumstances(result);
}

}  // namespace quantbench::report
