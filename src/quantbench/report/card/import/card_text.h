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

/// A card's lines, and their original form.
struct CardText {
  std::vector<Line> lines;
  bool crlf = false;
  bool flattened = false;  ///< the line breaks were lost and have been put back
};

/// Splits a card into lines. If its line breaks were lost (one line, white space collapsed), they
/// are restored from the card's grammar; empty lines and padding stay lost. Throws Error
/// "name:line: ..." for text that is not UTF-8 or too large, and for a table whose rows cannot be
/// restored.
CardText read_card_text(std::string_view text, const std::string& name);

/// Cells of a table's line, unescaped and trimmed. Empty unless the line has the form `| a | b |`.
std::vector<std::string> split_cells(std::string_view line);

/// `:---:`
bool is_alignment(std::string_view cell);

}  // namespace quantbench::report
