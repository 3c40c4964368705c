#include "quantbench/aws/xml.h"

#include <charconv>
#include <cstdint>

#include "quantbench/base/error.h"
#include "quantbench/base/utf8.h"

namespace quantbench::aws {

namespace {

constexpr int kDeepest = 32;

class XmlReader {
 public:
  XmlReader(std::string_view text, const std::string& where) : text_(text), where_(where) {}

  XmlElement document() {
    skip_between();
    if (!take("<")) refuse("an element is missing");
    XmlElement root = element(1);
    skip_between();
    if (at_ != text_.size()) refuse("there is text after the last element");
    return root;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw Error("the answer is not XML: " + what, where_);
  }

  bool take(std::string_view token) {
    if (text_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }

  std::string_view until(std::string_view token) {
    const std::size_t end = text_.find(token, at_);
    if (end == std::string_view::npos) refuse("'" + std::string(token) + "' is missing");
    const std::string_view out = text_.substr(at_, end - at_);
    at_ = end + token.size();
    return out;
  }

  static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

  void skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }

  /// What may stand outside the root element.
  void skip_between() {
    while (true) {
      skip_space();
      if (take("<?")) {
        until("?>");
      } else if (take("<!--")) {
        until("-->");
      } else if (text_.substr(at_, 2) == "<!") {
        refuse("it has a document type");
      } else {
        return;
      }
    }
  }

  std::string_view name() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && !is_space(text_[at_]) && text_[at_] != '>' && text_[at_] != '/' &&
           text_[at_] != '=' && text_[at_] != '<') {
      ++at_;
    }
    if (at_ == begin) refuse("a name is missing");
    return text_.substr(begin, at_ - begin);
  }

  /// Behind "<".
  XmlElement element(int depth) {
    if (depth > kDeepest) refuse("its elements are nested too deep");
    XmlElement out;
    out.name = name();
    if (skip_attributes()) return out;
    while (true) {
      const std::size_t next = text_.find('<', at_);
      if (next == std::string_view::npos) refuse("</" + out.name + "> is missing");
      append_text(text_.substr(at_, next - at_), out.text);
      at_ = next;
      if (take("<!--")) {
        until("-->");
      } else if (take("<![CDATA[")) {
        out.text += until("]]>");
      } else if (take("<?")) {
        until("?>");
      } else if (take("</")) {
        if (name() != out.name) refuse("</" + out.name + "> is missing");
        skip_space();
        if (!take(">")) refuse("'>' is missing");
        return out;
      } else {
        take("<");
        out.children.push_back(element(depth + 1));
      }
    }
  }

  /// True when the element ends with "/>".
  bool skip_attributes() {
    while (true) {
      skip_space();
      if (take("/>")) return true;
      if (take(">")) return false;
      name();
      skip_space();
      if (!take("=")) refuse("an attribute has no value");
      skip_space();
      if (take("\"")) {
        until("\"");
      } else if (take("'")) {
        until("'");
      } else {
        refuse("an attribute's value has no quotes");
      }
    }
  }

  void append_text(std::string_view raw, std::string& out) const {
    while (!raw.empty()) {
      const std::size_t ampersand = raw.find('&');
      out += raw.substr(0, ampersand);
      if (ampersand == std::string_view::npos) return;
      const std::size_t end = raw.find(';', ampersand);
      if (end == std::string_view::npos) refuse("an entity has no end");
      append_entity(raw.substr(ampersand + 1, end - ampersand - 1), out);
      raw.remove_prefix(end + 1);
    }
  }

  void append_entity(std::string_view entity, std::string& out) const {
    if (entity == "amp") {
      out += '&';
    } else if (entity == "lt") {
      out += '<';
    } else if (entity == "gt") {
      out += '>';
    } else if (entity == "quot") {
      out += '"';
    } else if (entity == "apos") {
      out += '\'';
    } else if (entity.starts_with('#')) {
      entity.remove_prefix(1);
      const int base = entity.starts_with('x') ? 16 : 10;
      if (base == 16) entity.remove_prefix(1);
      std::uint32_t code = 0;
      const auto [end, error] =
          std::from_chars(entity.data(), entity.data() + entity.size(), code, base);
      if (error != std::errc() || end != entity.data() + entity.size() || code > 0x10FFFF ||
          (code >= 0xD800 && code < 0xE000)) {
        refuse("a character's number is wrong");
      }
      append_utf8(out, code);
    } else {
      refuse("it has an unknown entity");
    }
  }

  std::string_view text_;
  const std::string& where_;
  std::size_t at_ = 0;
};

}  // namespace

const XmlElement* XmlElement::find(std::string_view child) const {
  for (const XmlElement& each : children) {
    if (each.name == child) return &each;
  }
  return nullptr;
}

std::string XmlElement::text_at(std::string_view path) const {
  const XmlElement* element = this;
  while (element != nullptr && !path.empty()) {
    const std::size_t slash = path.find('/');
    element = element->find(path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  return element == nullptr ? std::string() : element->text;
}

XmlElement parse_xml(std::string_view text, const std::string& where) {
  return XmlReader(text, where).document();
}

}  // namespace quantbench::aws
