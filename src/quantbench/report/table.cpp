#include "quantbench/report/table.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "quantbench/base/text.h"
#include "quantbench/report/markdown.h"

namespace quantbench::report {

namespace {

std::string escape_bars(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string centred(const std::string& text, std::size_t width) {
  const std::size_t padding = width - std::min(width, utf8_length(text));
  const std::size_t left = padding / 2;
  return std::string(left, ' ') + escape_bars(text) + std::string(padding - left, ' ');
}

}  // namespace

void Table::add_column(std::string header, std::vector<std::string> cells) {
  columns_.push_back({markdown::text(header), std::move(cells)});
}

void Table::add_separator(std::size_t rows) { add_column("", std::vector<std::string>(rows, "|")); }

std::string Table::to_markdown() const {
  std::size_t rows = 0;
  std::vector<std::size_t> widths;
  for (const Column& column : columns_) {
    std::size_t width = std::max<std::size_t>(3, utf8_length(column.header));
    for (const std::string& cell : column.cells) width = std::max(width, utf8_length(cell));
    widths.push_back(width);
    rows = std::max(rows, column.cells.size());
  }
  std::string header = "|";
  std::string alignment = "|";
  std::vector<std::string> lines(rows, "|");
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    header += " " + centred(columns_[c].header, widths[c]) + " |";
    alignment += " :" + std::string(widths[c] - 2, '-') + ": |";
    for (std::size_t r = 0; r < rows; ++r) {
      lines[r] += " " + centred(columns_[c].cells[r], widths[c]) + " |";
    }
  }
  std::string out = header + "\n" + alignment + "\n";
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

}  // namespace quantbench::report
