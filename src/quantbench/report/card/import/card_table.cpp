#include "quantbench/report/card/import/card_table.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/report/card/card.h"
#include "quantbench/report/markdown.h"

namespace quantbench::report {

namespace {

[[noreturn]] void refuse(const std::string& what, const std::string& name, std::size_t line) {
  throw Error(what, name + ":" + std::to_string(line));
}

bool is_table_line(const std::string& text) { return trim(text).starts_with("|"); }

/// Reads "12.07", "nan" or "-" so that fixed_point writes it again.
void read_figure(const std::string& text, CardTable::Row& row, const std::string& column,
                 const std::string& name) {
  if (text == "-") {
    row.figures.emplace_back();
    row.decimals.push_back(-1);
    return;
  }
  double value = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  const std::size_t point = text.find('.');
  const bool finite = std::isfinite(value);
  const std::size_t digits = point == std::string::npos ? 0 : text.size() - point - 1;
  // results.json has a place for NaN (null) but none for infinity.
  const bool same = !std::isinf(value) && parsed.ec == std::errc() && parsed.ptr == end &&
                    digits <= 40 && fixed_point(value, static_cast<int>(digits)) == text;
  if (!same) refuse("column '" + column + "': '" + text + "' is not a figure", name, row.line);
  row.figures.emplace_back(value);
  row.decimals.push_back(finite ? static_cast<int>(digits) : -1);
}

}  // namespace

bool CardTable::has(const std::string& figure) const {
  return std::find(figures.begin(), figures.end(), figure) != figures.end();
}

CardTable read_card_table(const std::vector<Line>& lines, std::size_t& at,
                          const std::string& name) {
  const std::size_t place = at < lines.size() ? lines[at].number : lines.back().number;
  if (at >= lines.size() || !is_table_line(lines[at].text)) refuse("expected a table", name, place);
  CardTable table;
  table.line = place;
  const std::vector<std::string> header = split_cells(lines[at++].text);
  if (header.empty()) refuse("a table's line begins and ends with '|'", name, place);
  const auto separator = std::find(header.begin(), header.end(), "");
  for (auto column = header.begin(); column != separator; ++column) {
    table.parameters.push_back(markdown::plain(*column));
  }
  const auto parameters = table.parameters.size();
  for (auto column = separator; column != header.end(); ++column) {
    if (!column->empty()) table.figures.push_back(markdown::plain(*column));
  }
  const auto cells_of = [&](const Line& line) {
    std::vector<std::string> cells = split_cells(line.text);
    if (cells.size() != header.size()) {
      refuse("a row of " + std::to_string(cells.size()) + " cells below a header of " +
                 std::to_string(header.size()),
             name, line.number);
    }
    return cells;
  };
  const bool aligned = at < lines.size() && is_table_line(lines[at].text);
  const std::vector<std::string> alignment =
      aligned ? cells_of(lines[at]) : std::vector<std::string>();
  if (!aligned || !std::all_of(alignment.begin(), alignment.end(), is_alignment)) {
    refuse("expected the line that centres the columns, | :---: | ...", name, place + 1);
  }
  for (++at; at < lines.size() && is_table_line(lines[at].text); ++at) {
    CardTable::Row row;
    row.line = lines[at].number;
    const std::vector<std::string> cells = cells_of(lines[at]);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string& cell = cells[i];
      if (i < parameters) {
        const std::optional<std::string> content = markdown::code_content(cell);
        if (!content) {
          refuse("column '" + header[i] + "': " + cell + " is not in backticks", name, row.line);
        }
        row.parameters.push_back(markdown::code_value(*content));
      } else if (!header[i].empty()) {
        read_figure(cell, row, header[i], name);
      } else if (cell != "|") {
        refuse("expected \\| between groups of columns, found '" + cell + "'", name, row.line);
      }
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace quantbench::report
