#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/report/card/import/card_text.h"

namespace quantbench::report {

/// The parts of a card's table: the benchmarked parameters of each row, and its figures.
struct CardTable {
  std::vector<std::string> parameters;  ///< headers before the first separator
  std::vector<std::string> figures;     ///< headers after it, separators left out
  struct Row {
    std::vector<Json> parameters;
    /// nullopt: "-"
    std::vector<std::optional<double>> figures;
    std::vector<int> decimals;  ///< decimals; -1 if unknown
    std::size_t line = 0;
  };
  std::vector<Row> rows;
  std::size_t line = 0;  ///< of the header

  bool has(const std::string& figure) const;
};

/// Reads the table at lines[at] and moves `at` behind it. Throws Error "name:line: ...".
CardTable read_card_table(const std::vector<Line>& lines, std::size_t& at, const std::string& name);

}  // namespace quantbench::report
