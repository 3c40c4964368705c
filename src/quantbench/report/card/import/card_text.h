#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace quantbench::report {

struct Line {
  std::string text;
  std::size_t number = 0;  ///< in the file, from 1
};

/// A card's lines, and how they stood in the file.
struct CardText {
  std::vector<Line> lines;
  bool crlf = false;
  bool flattened = false;  ///< the line breaks were lost and have been put back
};

/// Splits a card into lines. A card whose line breaks were lost on the way (it comes as one line,
/// white space collapsed) gets them back at the places where its grammar has them; empty lines and
/// padding stay lost. Throws Error "name:line: ..." for text that is not UTF-8 or too large, and
/// for a lost table that cannot be told apart into rows.
CardText read_card_text(std::string_view text, const std::string& name);

/// Cells of a table's line, unescaped and trimmed. Empty when the line is not of the form `| a | b
/// |`.
std::vector<std::string> split_cells(std::string_view line);

/// `:---:`
bool is_alignment(std::string_view cell);

}  // namespace quantbench::report
