#include "quantbench/report/card/import/python_literal.h"

#include <charconv>
#include <cstdint>
#include <string>
#include <utility>

#include "quantbench/base/utf8.h"

namespace quantbench::report {

namespace {

constexpr int kMaxDepth = 32;

class LiteralParser {
 public:
  explicit LiteralParser(std::string_view text) : text_(text) {}

  std::optional<Json> parse() {
    std::optional<Json> out = value(0);
    if (at_ != text_.size()) return std::nullopt;
    return out;
  }

 private:
  void skip_spaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  bool take(std::string_view expected) {
    if (text_.substr(at_, expected.size()) != expected) return false;
    at_ += expected.size();
    return true;
  }

  std::optional<Json> value(int depth) {
    if (at_ >= text_.size() || depth > kMaxDepth) return std::nullopt;
    const char c = text_[at_];
    if (c == '[') return list(depth);
    if (c == '{') return map(depth);
    if (c == '\'' || c == '"') return string();
    if (take("None")) return Json(nullptr);
    if (take("True")) return Json(true);
    if (take("False")) return Json(false);
    return number();
  }

  std::optional<Json> list(int depth) {
    Json out = Json::array();
    ++at_;
    while (true) {
      skip_spaces();
      if (take("]")) return out;
      if (!out.empty()) {
        if (!take(",")) return std::nullopt;
        skip_spaces();
      }
      std::optional<Json> item = value(depth + 1);
      if (!item) return std::nullopt;
      out.push_back(std::move(*item));
    }
  }

  std::optional<Json> map(int depth) {
    Json out = Json::object();
    ++at_;
    while (true) {
      skip_spaces();
      if (take("}")) return out;
      if (!out.empty()) {
        if (!take(",")) return std::nullopt;
        skip_spaces();
      }
      if (at_ >= text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) return std::nullopt;
      const std::optional<Json> key = string();
      if (!key || out.contains(key->get<std::string>())) return std::nullopt;
      skip_spaces();
      if (!take(":")) return std::nullopt;
      skip_spaces();
      std::optional<Json> item = value(depth + 1);
      if (!item) return std::nullopt;
      out[key->get<std::string>()] = std::move(*item);
    }
  }

  std::optional<Json> string() {
    const char quote = text_[at_++];
    std::string out;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == quote) return Json(out);
      if (c != '\\') {
        out += c;
      } else if (!escape(out)) {
        return std::nullopt;
      }
    }
    return std::nullopt;
  }

  bool escape(std::string& out) {
    if (at_ >= text_.size()) return false;
    switch (text_[at_++]) {
      case 'n':
        out += '\n';
        return true;
      case 't':
        out += '\t';
        return true;
      case 'r':
        out += '\r';
        return true;
      case '\\':
      case '\'':
      case '"':
        out += text_[at_ - 1];
        return true;
      case 'x':
        return hexadecimal(2, out);
      case 'u':
        return hexadecimal(4, out);
      default:
        return false;
    }
  }

  bool hexadecimal(std::size_t digits, std::string& out) {
    if (at_ + digits > text_.size()) return false;
    std::uint32_t code = 0;
    const char* begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, begin + digits, code, 16);
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (error != std::errc() || end != begin + digits || surrogate) return false;
    append_utf8(out, code);
    at_ += digits;
    return true;
  }

  std::optional<Json> number() {
    const std::size_t length =
        std::min(text_.find_first_not_of("0123456789+-.eE", at_), text_.size());
    const char* begin = text_.data() + at_;
    const char* end = text_.data() + length;
    std::int64_t integer = 0;
    if (const auto parsed = std::from_chars(begin, end, integer);
        parsed.ec == std::errc() && parsed.ptr == end) {
      at_ = length;
      return Json(integer);
    }
    double real = 0;
    const auto parsed = std::from_chars(begin, end, real);
    const std::string_view text(begin, static_cast<std::size_t>(end - begin));
    const bool integral = text.find_first_of(".eE") == std::string_view::npos;
    if (parsed.ec != std::errc() || parsed.ptr != end || integral) return std::nullopt;
    at_ = length;
    return Json(real);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<Json> parse_python_literal(std::string_view text) {
  return LiteralParser(text).parse();
}

}  // namespace quantbench::report
