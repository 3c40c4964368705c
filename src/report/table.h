#pragma once

#include <string>
#include <vector>

namespace quantbench::report {

/// A markdown table as the cards have it: every cell centred (an odd space goes to the right) in a
/// column as wide as its widest cell, at least 3. A bar in a cell is written `\|` and, as in the
/// cards, counts as one character. The cards part groups of columns by a column with an empty
/// header and a bar in every cell.
class Table {
 public:
  void add_column(std::string header, std::vector<std::string> cells);
  /// The column that parts groups; `rows` bars.
  void add_separator(std::size_t rows);
  /// Header line, alignment line, one line a row; every line ends with a line break.
  std::string to_markdown() const;

 private:
  struct Column {
    std::string header;
    std::vector<std::string> cells;
  };
  std::vector<Column> columns_;
};

}  // namespace quantbench::report
