#include "quantbench/spec/yaml_writer.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <string_view>

#include "quantbench/base/text.h"

namespace quantbench::spec {

namespace {

bool is_plain_word(const std::string& key) {
  for (const char c : key) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_') return false;
  }
  return !key.empty() && std::isalpha(static_cast<unsigned char>(key[0])) != 0;
}

std::string quoted(const std::string& text) { return to_line(Json(text)); }

std::string key_text(const std::string& key) { return is_plain_word(key) ? key : quoted(key); }

/// What YAML 1.1 or 1.2 takes for something else than text when it is not quoted.
bool is_plain_text(const std::string& text) {
  static const std::set<std::string> kOthers = {"",   "~",   "null", "true", "false", "yes", "no",
                                                "on", "off", "y",    "n",    "nan",   "inf"};
  if (kOthers.contains(to_lower(text))) return false;
  const char first = text.front();
  const bool begins_well =
      std::isalpha(static_cast<unsigned char>(first)) != 0 || first == '_' || first == '/';
  return begins_well && text.back() != ' ' && std::all_of(text.begin(), text.end(), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                  std::string_view("_-./+ ()").find(c) != std::string_view::npos;
         });
}

}  // namespace

std::string yaml_scalar(const std::string& text) {
  return is_plain_text(text) ? text : quoted(text);
}

// YAML's flow style is a superset of JSON, so JSON is what nothing can misread.
std::string yaml_flow(const Json& value) {
  if (value.is_array()) {
    std::string out = "[";
    for (const Json& item : value) out += (out.size() > 1 ? ", " : "") + yaml_flow(item);
    return out + "]";
  }
  if (value.is_object()) {
    std::string out = "{";
    for (const auto& [key, item] : value.items()) {
      out += (out.size() > 1 ? ", " : "") + quoted(key) + ": " + yaml_flow(item);
    }
    return out + "}";
  }
  return to_line(value);
}

std::string yaml_line(const std::string& key, const Json& value) {
  const bool block = value.is_object() && !value.empty();
  if (!block) return key_text(key) + ": " + yaml_flow(value) + "\n";
  std::string out = key_text(key) + ":\n";
  for (const auto& [sub, item] : value.items()) {
    out += "  " + key_text(sub) + ": " + yaml_flow(item) + "\n";
  }
  return out;
}

}  // namespace quantbench::spec
