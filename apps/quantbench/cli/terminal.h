#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace quantbench::cli {

/// True when the descriptor is a terminal that understands control sequences (a TTY, TERM not
/// "dumb").
bool is_terminal(int descriptor);

/// Columns of the terminal, 80 when unknown.
std::size_t terminal_width(int descriptor);

/// "4 s", "1 min 05 s", "2 h 03 min".
std::string duration_text(double seconds);

/// Number of columns the UTF-8 text takes (one a code point).
std::size_t display_width(std::string_view text);

/// Lines of at most `width` columns, broken at spaces where there are any.
std::vector<std::string> wrapped(const std::string& text, std::size_t width);

enum class Align { kLeft, kRight };

/// A table of plain text, whoever wrote it (control characters are shown, base/utf8.h): columns
/// padded to their widest cell, two spaces between them, a rule under the header.
struct TextTable {
  struct Column {
    std::string title;
    Align align = Align::kLeft;
  };
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;

  std::string render() const;
};

}  // namespace quantbench::cli
