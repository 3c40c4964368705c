#include "quantbench/base/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/json_builder.h"
#include "quantbench/base/json_own.h"
#include "quantbench/base/json_text.h"
#include "quantbench/base/utf8.h"

namespace quantbench {

namespace {

std::string python_float(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  // repr() uses the shortest digits, positional between 1e-4 and 1e16 and scientific outside.
  const double magnitude = std::fabs(value);
  const bool positional = magnitude == 0.0 || (magnitude >= 1e-4 && magnitude < 1e16);
  char buffer[64];
  const auto format = positional ? std::chars_format::fixed : std::chars_format::scientific;
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, format).ptr;
  std::string text(buffer, end);
  if (positional && text.find('.') == std::string::npos) text += ".0";
  return text;
}

std::string python_string(const std::string& text) {
  // repr() prefers single quotes and switches to double ones only when that avoids an escape.
  const bool use_double =
      text.find('\'') != std::string::npos && text.find('"') == std::string::npos;
  const char quote = use_double ? '"' : '\'';
  std::string out(1, quote);
  const std::size_t valid = valid_utf8_prefix(text);
  for (std::size_t at = 0; at < valid;) {
    const std::size_t begin = at;
    const char32_t c = next_code_point(text, at);
    if (c == static_cast<unsigned char>(quote) || c == '\\') {
      out += '\\';
      out += text[begin];
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (is_control(c)) {
      out += control_escape(c);
    } else {
      out += text.substr(begin, at - begin);
    }
  }
  out += visible(text.substr(valid));
  out += quote;
  return out;
}

/// JSON text whose strings have their control characters escaped. nlohmann escapes those below
/// U+0020 itself.
std::string with_controls_escaped(std::string text) {
  std::string out;
  std::size_t copied = 0;
  for (std::size_t at = 0; at < text.size();) {
    // Most text is ASCII, and may be long.
    if (const auto byte = static_cast<unsigned char>(text[at]); byte < 0x7F) {
      ++at;
      continue;
    }
    const std::size_t begin = at;
    const char32_t c = next_code_point(text, at);
    if (!is_control(c)) continue;
    out.append(text, copied, begin - copied);
    out += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(c));
    copied = at;
  }
  if (copied == 0) return text;
  return out.append(text, copied);
}

template <typename T>
struct Expected;
template <>
struct Expected<std::string> {
  static constexpr const char* kName = "a string";
  static bool matches(const Json& value) { return value.is_string(); }
};
template <>
struct Expected<bool> {
  static constexpr const char* kName = "true or false";
  static bool matches(const Json& value) { return value.is_boolean(); }
};
template <>
struct Expected<std::int64_t> {
  static constexpr const char* kName = "an integer";
  static bool matches(const Json& value) { return value.is_number_integer(); }
};
template <>
struct Expected<double> {
  static constexpr const char* kName = "a number";
  static bool matches(const Json& value) { return value.is_number(); }
};

template <typename T>
T typed(const Json& value, std::string_view key, const std::string& where) {
  if (!Expected<T>::matches(value)) {
    throw Error(
        "key '" + std::string(key) + "' is " + to_line(value) + ", expected " + Expected<T>::kName,
        where);
  }
  return value.get<T>();
}

}  // namespace

namespace {

Json parse(std::string_view text, const std::string& where, std::size_t most_values) {
  const char* position = text.data();
  const char* end = text.data() + text.size();
  JsonBuilder builder(text, position, where, most_values);
  PlainJsonText from(position);
  PlainJsonText to(end);
  Json::sax_parse(JsonCharacters(from), JsonCharacters(to), &builder);
  return builder.take();
}

}  // namespace

Json parse_json(std::string_view text, const std::string& where) {
  return parse(text, where, kMaxJsonValues);
}

Json parse_own_json(std::string_view text, const std::string& where) {
  return parse(text, where, SIZE_MAX);
}

Json& append_member(Json& object, std::string key, Json value) {
  auto& members = object.get_ref<Json::object_t&>();
  if (members.size() == members.capacity()) {
    // The vector below would copy all values to grow: its keys are const, and can throw.
    constexpr std::size_t kFirst = 4;
    Json::object_t larger;
    larger.reserve(std::max(kFirst, 2 * members.size()));
    for (auto& member : members) larger.emplace_back(member.first, std::move(member.second));
    members.swap(larger);
  }
  return members.emplace_back(std::move(key), std::move(value)).second;
}

Json read_json(const std::filesystem::path& path) {
  return parse_json(read_text(path), path.string());
}

Json finite_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(); }

std::string to_line(const Json& value) {
  return with_controls_escaped(value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::string to_lines(const Json& value) {
  return with_controls_escaped(value.dump(2, ' ', false, Json::error_handler_t::replace));
}

std::string python_repr(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
    case Json::value_t::discarded:
      return "None";
    case Json::value_t::boolean:
      return value.get<bool>() ? "True" : "False";
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
    case Json::value_t::binary:
      return value.dump();
    case Json::value_t::number_float:
      return python_float(value.get<double>());
    case Json::value_t::string:
      return python_string(value.get_ref<const std::string&>());
    case Json::value_t::array: {
      std::string out = "[";
      for (const Json& item : value) {
        if (out.size() > 1) out += ", ";
        out += python_repr(item);
      }
      return out + "]";
    }
    case Json::value_t::object: {
      std::string out = "{";
      for (const auto& [key, item] : value.items()) {
        if (out.size() > 1) out += ", ";
        out += python_string(key) + ": " + python_repr(item);
      }
      return out + "}";
    }
  }
  return "None";
}

template <typename T>
T require(const Json& object, std::string_view key, const std::string& where) {
  if (!object.is_object()) throw Error("expected a JSON object", where);
  const auto found = object.find(key);
  if (found == object.end()) throw Error("missing key '" + std::string(key) + "'", where);
  return typed<T>(*found, key, where);
}

template <typename T>
T value_or(const Json& object, std::string_view key, T fallback, const std::string& where) {
  if (!object.is_object()) throw Error("expected a JSON object", where);
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return fallback;
  return typed<T>(*found, key, where);
}

template std::string require(const Json&, std::string_view, const std::string&);
template bool require(const Json&, std::string_view, const std::string&);
template std::int64_t require(const Json&, std::string_view, const std::string&);
template double require(const Json&, std::string_view, const std::string&);
template std::string value_or(const Json&, std::string_view, std::string, const std::string&);
template bool value_or(const Json&, std::string_view, bool, const std::string&);
template std::int64_t value_or(const Json&, std::string_view, std::int64_t, const std::string&);
template double value_or(const Json&, std::string_view, double, const std::string&);

}  // namespace quantbench
