#include "quantbench/report/html/escape.h"

#include "quantbench/base/utf8.h"

namespace quantbench::report::html {

namespace {

/// The value with the control characters of every text shown; line breaks stay.
Json visible_texts(const Json& value) {
  if (value.is_string()) return visible_lines(value.get_ref<const std::string&>());
  Json out = value;
  if (value.is_array()) {
    for (Json& item : out) item = visible_texts(item);
  } else if (value.is_object()) {
    out = Json::object();
    for (const auto& [key, item] : value.items()) out[visible(key)] = visible_texts(item);
  }
  return out;
}

}  // namespace

std::string escape(std::string_view text) {
  const std::string shown = visible(text);
  std::string out;
  out.reserve(shown.size());
  for (const char c : shown) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string script_json(const Json& value) {
  // ASCII only, which takes care of the two line separators; the three others stand only in
  // strings.
  const std::string text = visible_texts(value).dump(-1, ' ', true, Json::error_handler_t::replace);
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "\\u003c";
        break;
      case '>':
        out += "\\u003e";
        break;
      case '&':
        out += "\\u0026";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace quantbench::report::html
