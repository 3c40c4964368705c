#include "quantbench/spec/yaml_writer.h"

#include <cctype>

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

}  // namespace

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
