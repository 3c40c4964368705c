#include "quantbench/report/card/import/card_text.h"

#include <algorithm>
#include <array>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/spec/schema.h"

namespace quantbench::report {

namespace {

constexpr std::size_t kMaxBytes = 16 * 1024 * 1024;

/// Texts that begin a line of a card's body. A longer one stands before those it begins with.
constexpr std::array<std::string_view, 14> kLineStarts = {"**task**",
                                                          "**Backend:**",
                                                          "**Backend args:**",
                                                          "**Number of evaluation",
                                                          "Fixed parameters:",
                                                          "Benchmarked param",
                                                          "* **",
                                                          "## ",
                                                          "# Evaluation",
                                                          "Time benchmarks",
                                                          "Below, time metrics for",
                                                          "* Batch size:",
                                                          "* Input length:",
                                                          "| "};

/// Parts between bars that are not escaped.
std::vector<std::string> split_at_bars(std::string_view text) {
  std::vector<std::string> parts(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == '|') {
      parts.back() += '|';
      ++i;
    } else if (text[i] == '|') {
      parts.emplace_back();
    } else {
      parts.back() += text[i];
    }
  }
  for (std::string& part : parts) part = std::string(trim(part));
  return parts;
}

std::string escaped_row(const std::vector<std::string>& parts, std::size_t first,
                        std::size_t count) {
  std::string line = "|";
  for (std::size_t i = first; i < first + count; ++i) {
    std::string cell = parts[i];
    for (std::size_t at = 0; (at = cell.find('|', at)) != std::string::npos; at += 2) {
      cell.insert(at, "\\");
    }
    line += " " + cell + " |";
  }
  return line;
}

/// Puts back the line breaks of a card that comes as one line.
class LineBreaks {
 public:
  LineBreaks(std::string_view text, std::string where) : text_(text), where_(std::move(where)) {}

  std::vector<Line> restore() {
    front_matter();
    std::vector<std::size_t> starts = line_starts();
    starts.push_back(text_.size());
    for (std::size_t i = 0; i + 1 < starts.size(); ++i) {
      const std::string_view line = trim(text_.substr(starts[i], starts[i + 1] - starts[i]));
      if (line.starts_with("|")) {
        table(line);
      } else if (line.starts_with("* **")) {
        bullet(line);
      } else {
        add(std::string(line));
      }
    }
    return std::move(lines_);
  }

 private:
  void add(std::string line) { lines_.push_back({std::move(line), 1}); }

  /// "--- key: value list: - item - item ---"
  void front_matter() {
    add("---");
    std::size_t at = 3;
    std::string line;
    while (true) {
      at = text_.find_first_not_of(' ', at);
      if (at == std::string_view::npos) throw Error("the front matter has no end", where_);
      const std::size_t end = std::min(text_.find(' ', at), text_.size());
      const std::string word(text_.substr(at, end - at));
      at = end;
      const bool begins = word == "-" || word == "---" || (word.ends_with(':') && word.size() > 1);
      if (begins && !line.empty()) add(std::exchange(line, ""));
      if (word == "---") break;
      line += (line.empty() ? "" : " ") + word;
    }
    add("---");
    body_ = at;
  }

  std::vector<std::size_t> line_starts() const {
    std::vector<std::size_t> starts;
    bool in_backticks = false;
    bool in_table = false;
    for (std::size_t i = body_; i < text_.size(); ++i) {
      if (text_[i] == '`') in_backticks = !in_backticks;
      if (in_backticks || (i > body_ && text_[i - 1] != ' ')) continue;
      const std::string_view rest = text_.substr(i);
      const auto known =
          std::find_if(kLineStarts.begin(), kLineStarts.end(),
                       [&](std::string_view start) { return rest.starts_with(start); });
      if (known == kLineStarts.end()) continue;
      const bool bar = *known == "| ";
      if (bar && in_table) continue;
      in_table = bar;
      starts.push_back(i);
    }
    return starts;
  }

  /// Only the names tell the bullets below `dataset` from those after it.
  void bullet(std::string_view line) {
    const std::size_t end = line.find("**", 4);
    const std::string key(line.substr(4, end == std::string_view::npos ? end : end - 4));
    const bool top = find_parameter(keys_, key) != nullptr;
    if (top) nested_ = line.ends_with(":");
    add(!top && nested_ ? "    " + std::string(line) : std::string(line));
  }

  /// A row ends where the next begins: `| a | b | | :---: | :---: | | x | y |`. The alignment's
  /// cells, which nothing else looks like, give the number of columns.
  void table(std::string_view text) {
    const std::vector<std::string> parts = split_at_bars(text);
    const auto first = std::find_if(parts.begin(), parts.end(), is_alignment);
    const auto last = std::find_if_not(first, parts.end(), is_alignment);
    const auto columns = static_cast<std::size_t>(last - first);
    const std::size_t rows = columns == 0 ? 0 : (parts.size() - 1) / (columns + 1);
    const bool whole = columns > 0 && parts.size() == 1 + rows * (columns + 1) &&
                       static_cast<std::size_t>(first - parts.begin()) == columns + 2;
    if (!whole) {
      throw Error("a table lost its line breaks, and they cannot be restored", where_);
    }
    for (std::size_t row = 0; row < rows; ++row) {
      add(escaped_row(parts, 1 + row * (columns + 1), columns));
    }
  }

  std::string_view text_;
  std::string where_;
  std::size_t body_ = 0;
  bool nested_ = false;
  const spec::Schema keys_ = spec::spec_keys();
  std::vector<Line> lines_;
};

}  // namespace

bool is_alignment(std::string_view cell) {
  return cell.size() >= 3 && cell.front() == ':' && cell.back() == ':' &&
         cell.find_first_not_of('-', 1) == cell.size() - 1;
}

std::vector<std::string> split_cells(std::string_view line) {
  std::vector<std::string> parts = split_at_bars(line);
  if (parts.size() < 3 || !parts.front().empty() || !parts.back().empty()) return {};
  parts.erase(parts.begin());
  parts.pop_back();
  return parts;
}

CardText read_card_text(std::string_view text, const std::string& name) {
  if (text.size() > kMaxBytes) throw Error("larger than a card can be", name);
  const std::size_t bad = find_invalid_utf8(text);
  if (bad != std::string_view::npos) {
    const auto line =
        1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(bad), '\n');
    throw Error("not UTF-8 text", name + ":" + std::to_string(line));
  }
  CardText card;
  const std::string_view first = trim(text.substr(0, text.find('\n')));
  const bool one_line = trim(text).find('\n') == std::string_view::npos;
  if (one_line && first.starts_with("--- ")) {
    card.flattened = true;
    card.lines = LineBreaks(trim(text), name + ":1").restore();
    return card;
  }
  card.crlf = text.find("\r\n") != std::string_view::npos;
  for (std::string& line : split(text, '\n')) {
    if (card.crlf && line.ends_with('\r')) line.pop_back();
    card.lines.push_back({std::move(line), card.lines.size() + 1});
  }
  if (card.lines.back().text.empty()) card.lines.pop_back();
  return card;
}

}  // namespace quantbench::report
