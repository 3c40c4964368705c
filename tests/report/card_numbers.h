#pragma once

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "quantbench/base/file.h"
#include "quantbench/base/text.h"
#include "quantbench/spec/spec.h"
#include "quantbench/store/result.h"

// Runs as they would have come out of the specs of the reference cards, with the cards' numbers in
// them. Reads the cards with string splitting of its own, so that tests of the renderer lean on
// nothing of the importer.

namespace quantbench::report {

inline const std::filesystem::path kTestData = QUANTBENCH_TEST_DATA;
inline const std::filesystem::path kExamples = kTestData.parent_path().parent_path() / "examples";

inline std::string reference_card(const std::string& number) {
  for (const auto& file : std::filesystem::directory_iterator(kTestData / "cards")) {
    if (file.path().filename().string().starts_with(number)) return read_text(file.path());
  }
  return {};
}

using TextTable = std::vector<std::map<std::string, std::string>>;

/// Every table of a card: rows, header -> cell.
inline std::vector<TextTable> tables_of(const std::string& card) {
  std::vector<TextTable> tables;
  std::vector<std::string> header;
  for (const std::string& line : split(card, '\n')) {
    if (!line.starts_with("|")) {
      header.clear();
      continue;
    }
    std::vector<std::string> cells;
    for (const std::string& cell : split(line, '|')) cells.emplace_back(trim(cell));
    // The bar of a separator cell is written \|, which the split takes for two cells.
    std::vector<std::string> joined;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (cells[i] == "\\") {
        joined.emplace_back("");
        ++i;
      } else {
        joined.push_back(cells[i]);
      }
    }
    if (header.empty()) {
      header = joined;
      tables.emplace_back();
    } else if (!joined[1].starts_with(":-")) {
      std::map<std::string, std::string> row;
      for (std::size_t i = 0; i < joined.size(); ++i) row[header[i]] = joined[i];
      tables.back().push_back(row);
    }
  }
  return tables;
}

inline std::string in_backticks(const Json& value) {
  return "`" + (value.is_string() ? value.get<std::string>() : python_repr(value)) + "`";
}

inline const std::map<std::string, std::string>& matching(const TextTable& table,
                                                          const Json& parameters) {
  for (const auto& row : table) {
    bool same = true;
    for (const auto& [key, value] : parameters.items()) {
      same = same && row.at(key) == in_backticks(value);
    }
    if (same) return row;
  }
  static const std::map<std::string, std::string> none;
  return none;
}

inline measure::Timing timing_of(std::int64_t batch, std::int64_t length, const std::string& mean,
                                 const std::string& throughput) {
  measure::Timing timing;
  timing.batch_size = batch;
  timing.input_length = length;
  timing.latency_mean = std::stod(mean);
  timing.throughput = std::stod(throughput);
  return timing;
}

/// The run of examples/`example` with the figures `figures` and the times of `card`. Rows come in
/// an order that is not the card's.
inline store::RunResult run_with_numbers_of(const std::string& card, const std::string& example,
                                            const std::vector<std::string>& figures,
                                            const std::string& model_type) {
  const spec::Spec spec = spec::load(kExamples / example);
  const std::vector<TextTable> tables = tables_of(card);
  store::RunResult result;
  result.spec = spec.to_json();
  result.fixed = spec.fixed;
  result.benchmarked = spec.benchmarked;
  result.model_type = model_type;
  const bool rows_layout = spec.layout == "configuration_rows";
  for (const spec::Cell& cell : spec.cells) {
    store::Row row;
    row.parameters = cell.parameters;
    row.quantized = cell.apply_quantization;
    const bool original_alone = !rows_layout && !cell.apply_quantization;
    if (original_alone) continue;
    const auto& line = matching(tables[0], cell.parameters);
    for (const std::string& figure : figures) {
      const std::string shown = figure.starts_with("overall_") ? figure.substr(8) : figure;
      if (rows_layout) {
        row.evaluation[figure] = std::stod(line.at(figure));
      } else {
        row.evaluation[figure] = std::stod(line.at(shown + " (optimized)"));
        row.original_evaluation[figure] = std::stod(line.at(shown + " (original)"));
      }
    }
    row.evaluation["total_time_in_seconds"] = 1.5;
    row.evaluation["samples_per_second"] = 10;
    row.evaluation["latency_in_seconds"] = 0.1;
    std::size_t index = spec.layout == "combined" ? 0 : 1;
    for (const std::int64_t batch : spec.batch_sizes) {
      for (const std::int64_t length : spec.input_lengths) {
        const auto& times = matching(tables[index++], cell.parameters);
        if (rows_layout) {
          row.timings.push_back(
              timing_of(batch, length, times.at("latency_mean (ms)"), times.at("throughput (/s)")));
        } else {
          row.timings.push_back(timing_of(batch, length, times.at("latency_mean (optimized, ms)"),
                                          times.at("throughput (optimized, /s)")));
          row.original_timings.push_back(timing_of(batch, length,
                                                   times.at("latency_mean (original, ms)"),
                                                   times.at("throughput (original, /s)")));
        }
      }
    }
    result.rows.push_back(std::move(row));
  }
  std::rotate(result.rows.begin(), result.rows.begin() + 2, result.rows.end());
  std::swap(result.rows[0], result.rows[1]);
  return result;
}

}  // namespace quantbench::report
