#include "quantbench/report/card/import/card_parser.h"

#include <charconv>
#include <string_view>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/report/card/import/python_literal.h"
#include "quantbench/report/markdown.h"
#include "quantbench/spec/document.h"

namespace quantbench::report {

namespace {

class CardParser {
 public:
  CardParser(const CardText& text, const std::string& name) : lines_(text.lines), name_(name) {}

  ParsedCard parse() {
    front_matter();
    heading();
    fixed_parameters();
    benchmarked_parameters();
    evaluation();
    remarks();
    return std::move(card_);
  }

 private:
  [[noreturn]] void refuse(const std::string& expected) const {
    if (at_ >= lines_.size()) {
      const std::size_t last = lines_.empty() ? 1 : lines_.back().number;
      throw Error("the card ends, expected " + expected, name_ + ":" + std::to_string(last));
    }
    std::string found(trim(lines_[at_].text));
    if (found.size() > 80) found = found.substr(0, 77) + "...";
    throw Error("expected " + expected + ", found '" + found + "'", place());
  }

  std::string place() const { return name_ + ":" + std::to_string(lines_[at_].number); }

  bool at_end() const { return at_ >= lines_.size(); }
  const std::string& line() const { return lines_[at_].text; }

  std::size_t skip_empty() {
    std::size_t skipped = 0;
    while (!at_end() && trim(line()).empty()) {
      ++at_;
      ++skipped;
    }
    return skipped;
  }

  /// Takes the line `text`.
  void expect(const std::string& text) {
    skip_empty();
    if (at_end() || trim(line()) != text) refuse("'" + text + "'");
    ++at_;
  }

  void front_matter() {
    expect("---");
    // As many empty lines as lie above, so that places come out right.
    std::string yaml(at_, '\n');
    while (!at_end() && trim(line()) != "---") {
      card_.front_matter.push_back(line());
      yaml += line() + "\n";
      ++at_;
    }
    expect("---");
    const spec::Node root = spec::parse_document(yaml, name_);
    const auto names = [&](const char* key) {
      std::vector<std::string> out;
      const spec::Entry* entry = root.find(key);
      if (entry == nullptr) return out;
      for (const spec::Node& item : entry->value.items) {
        if (!item.is_scalar() || !item.scalar.is_string()) {
          throw Error("'" + std::string(key) + "' of the front matter is not a list of names",
                      item.where);
        }
        out.push_back(item.scalar.get<std::string>());
      }
      return out;
    };
    card_.metrics = names("metrics");
    card_.tags = names("tags");
  }

  void heading() {
    while (true) {
      skip_empty();
      if (at_end() || trim(line()) == "Fixed parameters:") break;
      heading_line(trim(line()));
      card_.heading.push_back(line());
      ++at_;
    }
    if (card_.task.empty()) refuse("'**task**: `...`'");
  }

  static std::string text_value(const std::string& content) {
    const Json value = markdown::code_value(content);
    return value.is_string() ? value.get<std::string>() : content;
  }

  /// "**task**: `x`" or "**Backend:** `x`"
  void heading_line(std::string_view text) {
    const std::size_t end = text.find("**", 2);
    const std::size_t value_at = text.find('`');
    const auto value = value_at == std::string_view::npos
                           ? std::nullopt
                           : markdown::code_content(text.substr(value_at));
    const bool adjoins = end != std::string_view::npos && value_at != std::string_view::npos &&
                         value_at >= end + 2 &&
                         trim(text.substr(end + 2, value_at - end - 2)).find_first_not_of(':') ==
                             std::string_view::npos;
    if (!text.starts_with("**") || !adjoins || !value) {
      refuse("'**name**: `value`' or 'Fixed parameters:'");
    }
    std::string_view key = text.substr(2, end - 2);
    if (key.ends_with(':')) key.remove_suffix(1);
    if (key == "task") {
      card_.task = text_value(*value);
    } else if (key == "Backend") {
      card_.backend = text_value(*value);
    } else if (key == "Backend args") {
      card_.backend_args = markdown::code_value(*value);
    } else if (key == "Number of evaluation samples") {
      card_.samples = *value == "All dataset" ? Json() : markdown::code_value(*value);
      if (!card_.samples->is_null() && !card_.samples->is_number_integer()) {
        refuse("a number of samples or `All dataset`");
      }
    } else {
      refuse("task, Backend, Backend args or Number of evaluation samples");
    }
  }

  /// Splits "* **key**: rest"; the indentation has to be `nested`'s.
  bool bullet(bool nested, std::string& key, std::string& rest) const {
    if (at_end() || line().starts_with(' ') != nested) return false;
    std::string_view text = trim(line());
    if (!text.starts_with("* **")) return false;
    text.remove_prefix(4);
    const std::size_t end = text.find("**:");
    if (end == std::string_view::npos || end == 0) return false;
    key = markdown::plain(text.substr(0, end));
    rest = trim(text.substr(end + 3));
    return true;
  }

  void fixed_parameters() {
    expect("Fixed parameters:");
    std::string key;
    std::string rest;
    while (bullet(false, key, rest)) {
      check_new(card_.fixed, key);
      if (rest.empty()) {
        ++at_;
        card_.fixed[key] = nested_parameters();
        card_.forms[key] = "bullets";
        continue;
      }
      if (const auto value = markdown::code_content(rest)) {
        card_.fixed[key] = markdown::code_value(*value);
        card_.forms[key] = "inline";
      } else {
        card_.fixed[key] = bare_value(key, rest);
        card_.forms[key] = "bare";
      }
      ++at_;
    }
  }

  void check_new(const Json& known, const std::string& key) const {
    if (known.contains(key)) throw Error("parameter '" + key + "' is listed twice", place());
  }

  Json nested_parameters() {
    Json object = Json::object();
    std::string key;
    std::string rest;
    while (bullet(true, key, rest)) {
      check_new(object, key);
      const auto value = markdown::code_content(rest);
      if (!value) refuse("a value in backticks");
      object[key] = markdown::code_value(*value);
      ++at_;
    }
    return object;
  }

  /// `dataset` of September: a list of one map.
  Json bare_value(const std::string& key, const std::string& text) const {
    const std::optional<Json> literal = parse_python_literal(text);
    if (!literal) refuse("a value in backticks or a Python literal");
    const bool one_map = literal->is_array() && literal->size() == 1 && (*literal)[0].is_object();
    return key == "dataset" && one_map ? (*literal)[0] : *literal;
  }

  void benchmarked_parameters() {
    expect("Benchmarked parameters:");
    card_.benchmarked_line = lines_[at_ - 1].number;
    std::string key;
    std::string rest;
    while (bullet(false, key, rest)) {
      check_new(card_.benchmarked, key);
      card_.benchmarked[key] = values(rest);
      ++at_;
    }
  }

  /// Length of a value that holds backticks itself and therefore stands between two or more of
  /// them: "`` a`b ``". npos for others.
  static std::size_t fenced_value(std::string_view text) {
    constexpr std::size_t kNone = std::string_view::npos;
    if (!text.starts_with("``")) return kNone;
    const std::size_t length = markdown::code_span_length(text);
    if (length == kNone || length == text.size()) return length;
    const std::string_view rest = text.substr(length);
    const std::size_t next = rest.find_first_not_of(' ', 1);
    return rest.starts_with(", ") && next != kNone && rest[next] == '`' ? length : kNone;
  }

  /// "`a`,  `b`"
  Json values(std::string_view text) const {
    Json list = Json::array();
    while (true) {
      if (const std::size_t length = fenced_value(text); length != std::string_view::npos) {
        list.push_back(markdown::code_value(*markdown::code_content(text.substr(0, length))));
        if (length == text.size()) return list;
        text.remove_prefix(text.find('`', length));
        continue;
      }
      // The value ends at the first backtick that the next value or nothing follows.
      std::size_t end = 0;
      std::size_t next = std::string_view::npos;
      while (text.starts_with('`')) {
        end = text.find('`', end + 1);
        if (end == std::string_view::npos) break;
        const std::string_view rest = text.substr(end + 1);
        if (rest.empty()) break;
        if (!rest.starts_with(",")) continue;
        const std::size_t begin = rest.find_first_not_of(' ', 1);
        if (begin == std::string_view::npos || begin == 1 || rest[begin] != '`') continue;
        next = end + 1 + begin;
        break;
      }
      if (end == 0 || end == std::string_view::npos) refuse("values in backticks: `a`,  `b`");
      list.push_back(markdown::code_value(text.substr(1, end - 1)));
      if (next == std::string_view::npos) return list;
      text.remove_prefix(next);
    }
  }

  void evaluation() {
    skip_empty();
    if (!at_end() && trim(line()) == "## Evaluation") {
      card_.combined = true;
      ++at_;
    } else {
      if (at_end() || trim(line()) != "# Evaluation") refuse("'# Evaluation' or '## Evaluation'");
      ++at_;
      expect("## Non-time metrics");
      skip_empty();
      card_.figures = read_card_table(lines_, at_, name_);
      expect("## Time metrics");
      duration();
    }
    while (true) {
      const std::size_t gap = skip_empty();
      if (at_end() || trim(line()).starts_with("#")) break;
      card_.combined ? combined_block(gap) : block(gap);
    }
    if (card_.combined && card_.blocks.empty()) refuse("'Below, time metrics for'");
  }

  void duration() {
    skip_empty();
    constexpr std::string_view kBefore = "Time benchmarks were run for ";
    constexpr std::string_view kAfter = " seconds per config.";
    if (at_end()) refuse("'Time benchmarks were run for ... seconds per config.'");
    std::string_view text = trim(line());
    const bool fits = text.starts_with(kBefore) && text.ends_with(kAfter);
    const auto value = fits ? parse_python_literal(text.substr(
                                  kBefore.size(), text.size() - kBefore.size() - kAfter.size()))
                            : std::nullopt;
    if (!value || !value->is_number()) {
      refuse("'Time benchmarks were run for ... seconds per config.'");
    }
    card_.duration = *value;
    ++at_;
  }

  std::int64_t integer(std::string_view text, const std::string& expected) const {
    std::int64_t value = 0;
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    if (parsed.ec != std::errc() || parsed.ptr != end || value < 0) refuse(expected);
    return value;
  }

  /// "Below, time metrics for batch size = 1, input length = 64."
  void block(std::size_t gap) {
    const std::string expected = "'Below, time metrics for batch size = ..., input length = ....'";
    constexpr std::string_view kBefore = "Below, time metrics for batch size = ";
    constexpr std::string_view kBetween = ", input length = ";
    std::string_view text = trim(line());
    const std::size_t between = text.find(kBetween);
    if (!text.starts_with(kBefore) || between == std::string_view::npos || !text.ends_with('.')) {
      refuse(expected);
    }
    ParsedCard::Block block;
    block.gap = gap;
    block.batch_size = integer(text.substr(kBefore.size(), between - kBefore.size()), expected);
    text.remove_prefix(between + kBetween.size());
    text.remove_suffix(1);
    block.input_length = integer(text, expected);
    ++at_;
    skip_empty();
    block.table = read_card_table(lines_, at_, name_);
    card_.blocks.push_back(std::move(block));
  }

  void combined_block(std::size_t gap) {
    expect("Below, time metrics for");
    ParsedCard::Block block;
    block.gap = gap;
    const auto shape_line = [&](const std::string& start) {
      const std::string expected = "'" + start + "...'";
      skip_empty();
      if (at_end() || !trim(line()).starts_with(start)) refuse(expected);
      const std::int64_t value = integer(trim(line()).substr(start.size()), expected);
      ++at_;
      return value;
    };
    block.batch_size = shape_line("* Batch size: ");
    block.input_length = shape_line("* Input length: ");
    skip_empty();
    block.table = read_card_table(lines_, at_, name_);
    card_.blocks.push_back(std::move(block));
  }

  void remarks() {
    skip_empty();
    if (at_end()) return;
    if (trim(line()) != "# Remarks") refuse("the end of the card");
    for (; !at_end(); ++at_) card_.remarks += line() + "\n";
  }

  const std::vector<Line>& lines_;
  const std::string& name_;
  std::size_t at_ = 0;
  ParsedCard card_;
};

}  // namespace

ParsedCard parse_card(const CardText& text, const std::string& name) {
  return CardParser(text, name).parse();
}

}  // namespace quantbench::report
