#pragma once

#include <string>
#include <utility>
#include <vector>

namespace quantbench::report {

/// A markdown table as the cards have it: every cell centred (an odd space goes to the right) in a
/// column as wide as its widest cell, at least 3. A bar in a cell is written `\|` and, as in the
/// cards, counts as one character. The cards part groups of columns by a column with an empty
/// header and a bar in every cell. Headers are plain text; cells are Markdown (markdown.h).
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

/// Adds a column with one cell an item of a list: what `text` says of it.
template <typename Item, typename Text>
void add_column(Table& table, std::string header, const std::vector<Item>& list, const Text& text) {
  std::vector<std::string> cells;
  for (const Item& item : list) cells.push_back(text(item));
  table.add_column(std::move(header), std::move(cells));
}

}  // namespace quantbench::report
