#include "quantbench/analysis/row_name.h"

#include <vector>

#include "quantbench/base/text.h"

namespace quantbench::analysis {

namespace {

/// A parameter in a name: lists as "Add+MatMul", true as the key, false and None not at all.
std::string in_short(const std::string& key, const Json& value) {
  if (value.is_boolean()) return value.get<bool>() ? key : "";
  if (value.is_null() || key == "apply_quantization") return "";
  if (value.is_array()) {
    std::vector<std::string> parts;
    for (const Json& item : value) parts.push_back(text_of(item));
    if (key == "node_exclusion") return parts.empty() ? "" : "without " + join(parts, ", ");
    return parts.empty() ? "no " + key : join(parts, "+");
  }
  if (value.is_object()) {
    std::vector<std::string> parts;
    for (const auto& [name, item] : value.items()) {
      if (!item.is_null()) parts.push_back(name + " " + text_of(item));
    }
    return join(parts, ", ");
  }
  return value.is_string() ? value.get<std::string>() : key + " " + python_repr(value);
}

/// Whether a key tells quantized rows (or originals) apart.
bool varies(const store::RunResult& result, const std::string& key, bool quantized) {
  const Json* first = nullptr;
  for (const store::Row& row : result.rows) {
    if (row.quantized != quantized) continue;
    const auto found = row.parameters.find(key);
    if (found == row.parameters.end() || found->is_null()) continue;
    if (first != nullptr && *found != *first) return true;
    first = &*found;
  }
  return false;
}

}  // namespace

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : python_repr(value);
}

std::string plain_text(const Json& value) {
  if (!value.is_array() || value.empty()) return text_of(value);
  std::vector<std::string> parts;
  for (const Json& item : value) parts.push_back(text_of(item));
  return join(parts, ", ");
}

std::string short_name(const store::RunResult& result, const store::Row& row) {
  std::vector<std::string> parts;
  std::vector<std::string> all;
  for (const auto& [key, values] : result.benchmarked.items()) {
    if (key == "apply_quantization") continue;
    const std::string part = in_short(key, row.parameters.value(key, Json()));
    if (part.empty()) continue;
    all.push_back(part);
    if (varies(result, key, row.quantized)) parts.push_back(part);
  }
  if (!row.quantized) parts.insert(parts.begin(), "original");
  if (!parts.empty()) return join(parts, " · ");
  return all.empty() ? "quantized" : join(all, " · ");
}

}  // namespace quantbench::analysis
