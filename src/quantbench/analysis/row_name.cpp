#include "quantbench/analysis/row_name.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "quantbench/base/text.h"

namespace quantbench::analysis {

namespace {

/// A list that is longer would hide the rest of a name.
constexpr std::size_t kMostNames = 3;

/// A parameter in a name: lists as "Add+MatMul", true as the key; false and None are omitted.
std::string in_short(const std::string& key, const Json& value) {
  if (value.is_boolean()) return value.get<bool>() ? key : "";
  if (value.is_null() || key == kApplyQuantization) return "";
  if (value.is_array()) {
    std::vector<std::string> parts;
    for (const Json& item : value) parts.push_back(text_of(item));
    if (key == "node_exclusion") {
      if (parts.empty()) return "";
      const bool is_long = parts.size() > kMostNames;
      return "without " +
             (is_long ? std::to_string(parts.size()) + " operators" : join(parts, ", "));
    }
    if (parts.size() > kMostNames + 1) {
      const std::size_t more = parts.size() - 2;
      parts.resize(2);
      parts.push_back(std::to_string(more) + " more");
    }
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

Json value_of(const store::Row& row, const std::string& key) {
  return row.parameters.value(key, Json());
}

/// A parameter, or the members of one that is an object: {"framework_args.opset", 13}.
std::vector<std::pair<std::string, Json>> leaves(const std::string& key, const Json& value) {
  if (!value.is_object() || value.empty()) return {{key, value}};
  std::vector<std::pair<std::string, Json>> out;
  for (const auto& [name, item] : value.items()) {
    for (auto& leaf : leaves(key + "." + name, item)) out.push_back(std::move(leaf));
  }
  return out;
}

/// Whether quantized rows (or originals) differ in this key.
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

/// The members of an object in which rows of this kind differ; other values as they are.
Json differing_members(const store::RunResult& result, const std::string& key,
                       const store::Row& of) {
  const Json value = value_of(of, key);
  if (!value.is_object()) return value;
  Json out = Json::object();
  for (const auto& [name, item] : value.items()) {
    const bool differs = std::any_of(result.rows.begin(), result.rows.end(),
                                     [&, &name = name, &item = item](const auto& row) {
                                       const Json other = value_of(row, key);
                                       return row.quantized == of.quantized && other.is_object() &&
                                              other.value(name, Json()) != item;
                                     });
    if (differs) out[name] = item;
  }
  return out.empty() ? value : out;
}

std::string base_name(const store::RunResult& result, const store::Row& row) {
  std::vector<std::string> parts;
  std::vector<std::string> all;
  for (const auto& [key, values] : result.benchmarked.items()) {
    if (key == kApplyQuantization) continue;
    const std::string part = in_short(key, differing_members(result, key, row));
    if (part.empty()) continue;
    all.push_back(part);
    if (varies(result, key, row.quantized)) parts.push_back(part);
  }
  if (!row.quantized) parts.insert(parts.begin(), "original");
  if (!parts.empty()) return join(parts, " · ");
  return all.empty() ? "quantized" : join(all, " · ");
}

/// A parameter of a row whose name alone would be another row's.
std::string in_full(const std::string& key, const Json& value) {
  const std::string name = key.substr(key.rfind('.') + 1);
  if (value.is_null()) return "no " + name;
  if (value.is_boolean()) return (value.get<bool>() ? "" : "no ") + name;
  return name + " " + plain_text(value);
}

/// Adds to the names of these rows, which are equal, every parameter in which they differ.
void tell_apart(const store::RunResult& result, const std::vector<std::size_t>& rows,
                std::vector<std::string>& names) {
  std::map<std::size_t, std::map<std::string, Json>> values;
  std::vector<std::string> keys;
  for (const std::size_t i : rows) {
    for (const auto& [key, value] : result.rows[i].parameters.items()) {
      if (key == kApplyQuantization) continue;
      for (const auto& [leaf, item] : leaves(key, value)) {
        values[i][leaf] = item;
        if (std::find(keys.begin(), keys.end(), leaf) == keys.end()) keys.push_back(leaf);
      }
    }
  }
  for (const std::string& key : keys) {
    const bool differs = std::any_of(rows.begin(), rows.end(), [&](std::size_t i) {
      return values[i][key] != values[rows.front()][key];
    });
    if (!differs) continue;
    for (const std::size_t i : rows) names[i] += " · " + in_full(key, values[i][key]);
  }
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

std::vector<std::string> row_names(const store::RunResult& result) {
  std::vector<std::string> names;
  for (const store::Row& row : result.rows) names.push_back(base_name(result, row));
  std::map<std::string, std::vector<std::size_t>> same;
  for (std::size_t i = 0; i < names.size(); ++i) same[names[i]].push_back(i);
  for (const auto& [name, rows] : same) {
    if (rows.size() > 1) tell_apart(result, rows, names);
  }
  std::set<std::string> taken;
  for (std::string& name : names) {
    const std::string base = name;
    for (int i = 2; !taken.insert(name).second; ++i) name = base + " (" + std::to_string(i) + ")";
  }
  return names;
}

std::vector<std::pair<std::string, std::string>> shared_parameters(const store::RunResult& result) {
  std::vector<std::pair<std::string, std::string>> out;
  const auto add = [&](const std::string& key, const Json& value) {
    for (const auto& [leaf, item] : leaves(key, value)) {
      const bool is_empty = item.is_null() || (key == "node_exclusion" && item.empty());
      if (!is_empty) out.emplace_back(leaf, plain_text(item));
    }
  };
  const std::string model_key = result.spec.value("model_key", std::string());
  for (const auto& [key, value] : result.fixed.items()) {
    if (key == "dataset" || key == "name_or_path" || key == model_key) continue;
    add(key, value);
  }
  for (const auto& [key, values] : result.benchmarked.items()) {
    if (key == kApplyQuantization) continue;
    const store::Row* first = nullptr;
    bool differs = false;
    for (const store::Row& row : result.rows) {
      if (!row.quantized) continue;
      if (first == nullptr) first = &row;
      if (value_of(row, key) != value_of(*first, key)) differs = true;
    }
    if (first != nullptr && !differs) add(key, value_of(*first, key));
  }
  return out;
}

}  // namespace quantbench::analysis
