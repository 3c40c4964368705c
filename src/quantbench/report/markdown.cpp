#include "quantbench/report/markdown.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstddef>

#include "quantbench/base/utf8.h"
#include "quantbench/report/card/import/python_literal.h"

namespace quantbench::report::markdown {

namespace {

constexpr std::size_t kNone = std::string_view::npos;

bool is_letter_or_digit(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || static_cast<unsigned char>(c) >= 0x80;
}

bool is_punctuation(char c) { return std::ispunct(static_cast<unsigned char>(c)) != 0; }

std::size_t run_of_backticks(std::string_view text, std::size_t begin) {
  const std::size_t end = text.find_first_not_of('`', begin);
  return (end == kNone ? text.size() : end) - begin;
}

/// Length of the longest run of backticks.
std::size_t longest_run(std::string_view text) {
  std::size_t longest = 0;
  for (std::size_t at = 0; (at = text.find('`', at)) != kNone;) {
    const std::size_t length = run_of_backticks(text, at);
    longest = std::max(longest, length);
    at += length;
  }
  return longest;
}

bool has_control(std::string_view text) {
  if (valid_utf8_prefix(text) != text.size()) return true;
  for (std::size_t at = 0; at < text.size();) {
    if (is_control(next_code_point(text, at))) return true;
  }
  return false;
}

/// A bar after a backslash: in a table, whether it ends the cell is told in two ways.
void escape_bars_after_backslashes(std::string& literal) {
  for (std::size_t at = 0; (at = literal.find("\\|", at)) != kNone;)
    literal.replace(at + 1, 1, "\\x7c");
}

std::string repr_for_code(const Json& value) {
  std::string repr = python_repr(value);
  escape_bars_after_backslashes(repr);
  return repr;
}

/// True for a string that a code span cannot hold as it is, or that would be read as another one.
bool needs_repr(const std::string& text) {
  if (text.empty() || has_control(text) || text.find("\\|") != kNone) return true;
  const std::optional<Json> literal = parse_python_literal(text);
  if (!literal || !literal->is_string()) return false;
  return needs_repr(literal->get_ref<const std::string&>()) && repr_for_code(*literal) == text;
}

/// What stands between the backticks.
std::string code_text(const Json& value) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (!needs_repr(text)) return text;
  }
  return repr_for_code(value);
}

/// True where "https://..." or "www. ..." has to be broken up: GFM makes links of them by itself.
bool begins_link(std::string_view text, std::size_t at) {
  return text.substr(at).starts_with("://") ||
         (text[at] == '.' && at >= 3 &&
          (text.substr(at - 3, 3) == "www" || text.substr(at - 3, 3) == "WWW"));
}

bool begins_entity(std::string_view text, std::size_t at) {
  return at + 1 < text.size() && (text[at + 1] == '#' || is_letter_or_digit(text[at + 1]));
}

/// True for a character at `at` that Markdown acts upon inside a line.
bool is_active(std::string_view text, std::size_t at) {
  switch (text[at]) {
    case '\\':
    case '`':
    case '*':
    case '[':
    case ']':
    case '<':
    case '~':
    case '$':
    case '@':
      return true;
    case '_': {
      const bool within = at > 0 && at + 1 < text.size() && is_letter_or_digit(text[at - 1]) &&
                          is_letter_or_digit(text[at + 1]);
      return !within;
    }
    case '&':
      return begins_entity(text, at);
    default:
      return begins_link(text, at);
  }
}

/// True where a line that begins with the text would be a heading, a quotation, a list or a rule.
bool begins_block(std::string_view text, std::size_t at) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (at == begin) return std::string_view("#>+-=").find(text[at]) != kNone;
  const std::size_t digits = text.find_first_not_of("0123456789", begin);
  const bool is_last = at + 1 == text.size() || text[at + 1] == ' ';
  return at == digits && digits > begin && (text[at] == '.' || text[at] == ')') && is_last;
}

std::string bare_string(const std::string& text) {
  const std::string repr = python_repr(Json(text));
  std::string out;
  for (std::size_t at = 0; at < repr.size(); ++at) {
    const char c = repr[at];
    const bool act = c != '\\' && (c == '|' || is_active(repr, at));
    out += act ? control_escape(static_cast<unsigned char>(c)) : std::string(1, c);
  }
  return out;
}

/// "--- | :---:", with which the line before it becomes the header of a table.
bool is_rule_of_table(std::string_view line) {
  return line.find('-') != kNone && line.find_first_not_of("|:- \t>*+") == kNone;
}

/// What `tamed` escapes outside of code spans.
bool is_wild(std::string_view line, std::size_t at) {
  switch (line[at]) {
    case '<':
    case '[':
    case ']':
      return true;
    case '&':
      return begins_entity(line, at);
    default:
      return begins_link(line, at);
  }
}

}  // namespace

std::string code_span(const Json& value) {
  const std::string content = code_text(value);
  const std::size_t longest = longest_run(content);
  if (longest == 0) return "`" + content + "`";
  // A fence of its own length: one more backtick than stand in a row inside.
  const std::string fence(longest + 1, '`');
  return fence + " " + content + " " + fence;
}

std::string bare(const Json& value) {
  if (value.is_string()) return bare_string(value.get_ref<const std::string&>());
  if (value.is_array()) {
    std::string out = "[";
    for (const Json& item : value) out += (out.size() > 1 ? ", " : "") + bare(item);
    return out + "]";
  }
  if (value.is_object()) {
    std::string out = "{";
    for (const auto& [key, item] : value.items()) {
      out += (out.size() > 1 ? ", " : "") + bare_string(key) + ": " + bare(item);
    }
    return out + "}";
  }
  return python_repr(value);
}

std::string text(std::string_view plain) {
  const std::string shown = visible(plain);
  std::string out;
  for (std::size_t at = 0; at < shown.size(); ++at) {
    if (is_active(shown, at) || begins_block(shown, at)) out += '\\';
    out += shown[at];
  }
  return out;
}

std::string tamed(std::string_view given) {
  std::string out;
  const std::string line = has_control(given) ? visible(given) : std::string(given);
  // A bullet is not a row of a table: none of the lines that follow it is let through as the rule
  // that would make it one.
  const bool in_table = !line.starts_with("* ") && line.find('|') != kNone;
  if (!line.starts_with("|") && is_rule_of_table(line)) out += '\\';
  for (std::size_t at = 0; at < line.size();) {
    if (line[at] == '\\' && at + 1 < line.size() && is_punctuation(line[at + 1])) {
      out.append(line, at, 2);
      at += 2;
    } else if (line[at] == '`') {
      const std::size_t length = code_span_length(std::string_view(line).substr(at));
      const std::string_view span = std::string_view(line).substr(at, length);
      bool splits = false;  // a bar ends the cell, in a code span, too
      for (std::size_t bar = 0; in_table && (bar = span.find('|', bar)) != kNone; ++bar) {
        splits = splits || bar == 0 || span[bar - 1] != '\\';
      }
      if (length != kNone && !splits) {
        out += span;
        at += length;
        continue;
      }
      for (std::size_t run = run_of_backticks(line, at); run > 0; --run, ++at) out += "\\`";
    } else {
      if (is_wild(line, at)) out += '\\';
      out += line[at++];
    }
  }
  return out;
}

std::string tamed_lines(const std::vector<std::string>& lines) {
  std::string out;
  std::string_view before;
  for (const std::string& line : lines) {
    // A table begins below a heading or an empty line, as this program writes it.
    const bool interrupts = line.starts_with("|") && !before.empty() && !before.starts_with("|") &&
                            !before.starts_with("#");
    out += (interrupts ? "\\" : "") + tamed(line) + "\n";
    before = line;
  }
  return out;
}

std::size_t code_span_length(std::string_view markdown) {
  const std::size_t fence = run_of_backticks(markdown, 0);
  for (std::size_t at = fence; fence > 0 && (at = markdown.find('`', at)) != kNone;) {
    const std::size_t length = run_of_backticks(markdown, at);
    at += length;
    if (length == fence) return at;
  }
  return kNone;
}

std::optional<std::string> code_content(std::string_view span) {
  if (span.size() < 2 || span.front() != '`' || span.back() != '`') return std::nullopt;
  const std::size_t fence = run_of_backticks(span, 0);
  if (fence > 1 && code_span_length(span) == span.size()) {
    std::string_view content = span.substr(fence, span.size() - 2 * fence);
    if (content.size() >= 2 && content.front() == ' ' && content.back() == ' ')
      content = content.substr(1, content.size() - 2);
    return std::string(content);
  }
  // Also what older cards have: `a`b`.
  return std::string(span.substr(1, span.size() - 2));
}

Json code_value(std::string_view content) {
  const std::optional<Json> literal = parse_python_literal(content);
  if (literal && code_text(*literal) == content) return *literal;
  return std::string(content);
}

std::string plain(std::string_view markdown) {
  std::string out;
  for (std::size_t at = 0; at < markdown.size(); ++at) {
    if (markdown[at] == '\\' && at + 1 < markdown.size() && is_punctuation(markdown[at + 1])) ++at;
    out += markdown[at];
  }
  return out;
}

}  // namespace quantbench::report::markdown
