#include "quantbench/spec/schema.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"

namespace quantbench::spec {

namespace {

std::vector<std::string> names_of(const Schema& schema) {
  std::vector<std::string> names;
  for (const Key& key : schema) names.push_back(key.name);
  return names;
}

std::string number_text(double value) {
  const auto whole = static_cast<std::int64_t>(value);
  return static_cast<double>(whole) == value ? std::to_string(whole) : python_repr(Json(value));
}

/// "an integer from 11 to 17"
std::string expectation(const Key& key) {
  const auto range = [&](const std::string& noun) {
    if (!key.allowed.empty()) return "one of " + join(key.allowed, ", ");
    const std::string from = number_text(key.minimum);
    if (key.maximum < 1e15) {
      return noun +
             (key.above_minimum ? " above " + from + " and at most " : " from " + from + " to ") +
             number_text(key.maximum);
    }
    return noun + (key.above_minimum ? " above " : " of at least ") + from;
  };
  const auto expected = [&]() -> std::string {
    switch (key.type) {
      case Key::Type::kBool:
        return "true or false";
      case Key::Type::kInteger:
        return range("an integer");
      case Key::Type::kNumber:
        return range("a number");
      case Key::Type::kString:
        return key.allowed.empty() ? "a string" : "one of " + join(key.allowed, ", ");
      case Key::Type::kStrings:
        return "a list of strings";
      case Key::Type::kIntegers:
        return "a list of integers";
      case Key::Type::kMap:
        return "a map of scalars";
      case Key::Type::kObject:
        return "a map with the keys " + join(names_of(*key.keys), ", ");
    }
    return {};
  };
  return expected() + (key.nullable ? " or null" : "");
}

[[noreturn]] void refuse(const Key& key, const Node& node, const std::string& path,
                         const std::string& hint = {}) {
  throw Error("key '" + path + "' is " + node.describe() + ", expected " + expectation(key),
              node.where, hint);
}

bool in_range(const Key& key, double value) {
  return value <= key.maximum && (key.above_minimum ? value > key.minimum : value >= key.minimum);
}

/// A name that node_exclusion takes for a node rather than for a pattern.
bool names_a_node(const std::string& text) {
  return text.find_first_of("/._*?:") != std::string::npos;
}

Json check_string(const Key& key, const Node& node, const std::string& path,
                  const KnownNames& known) {
  if (!node.is_scalar() || !node.scalar.is_string()) {
    const bool literal = node.is_scalar() && !node.scalar.is_null();
    refuse(key, node, path, literal ? "quote it: '" + node.scalar.dump() + "'" : "");
  }
  const std::string text = node.scalar.get<std::string>();
  if (!key.allowed.empty()) {
    if (std::find(key.allowed.begin(), key.allowed.end(), text) != key.allowed.end()) return text;
    const std::string near = nearest(text, key.allowed);
    refuse(key, node, path, near.empty() ? "" : "did you mean '" + near + "'?");
  }
  if (text.empty()) throw Error("key '" + path + "' is empty", node.where);
  if (key.known == nullptr || (known.*key.known).empty()) return text;
  const std::vector<std::string>& names = known.*key.known;
  if (std::find(names.begin(), names.end(), text) != names.end()) return text;
  if (key.known == &KnownNames::exclusions && names_a_node(text)) return text;
  throw Error("key '" + path + "': unknown name '" + text + "'", node.where, suggest(text, names));
}

Json check_number(const Key& key, const Node& node, const std::string& path) {
  const Json& value = node.scalar;
  if (!node.is_scalar() || !value.is_number()) {
    const bool quoted =
        node.is_scalar() && value.is_string() && !value.get_ref<const std::string&>().empty() &&
        value.get_ref<const std::string&>().find_first_not_of("0123456789.-") == std::string::npos;
    refuse(key, node, path, quoted ? "write it without quotes" : "");
  }
  if (key.type == Key::Type::kInteger && !value.is_number_integer()) refuse(key, node, path);
  if (!in_range(key, value.get<double>())) refuse(key, node, path);
  if (!key.allowed.empty() &&
      std::find(key.allowed.begin(), key.allowed.end(), value.dump()) == key.allowed.end()) {
    refuse(key, node, path);
  }
  return value;
}

Json check_list(const Key& key, const Node& node, const std::string& path,
                const KnownNames& known) {
  Key element = key;
  element.type = key.type == Key::Type::kStrings ? Key::Type::kString : Key::Type::kInteger;
  if (!node.is_list()) {
    const bool one = node.is_scalar() && !node.is_null();
    if (one && key.type == Key::Type::kIntegers) {
      return Json::array({check_number(element, node, path)});
    }
    refuse(key, node, path, one ? "write [" + python_repr(node.scalar) + "]" : "");
  }
  Json list = Json::array();
  for (const Node& item : node.items) {
    Json value = key.type == Key::Type::kStrings ? check_string(element, item, path, known)
                                                 : check_number(element, item, path);
    if (std::find(list.begin(), list.end(), value) != list.end()) {
      throw Error("key '" + path + "' lists " + item.describe() + " twice", item.where);
    }
    list.push_back(std::move(value));
  }
  return list;
}

Json check_map(const Key& key, const Node& node, const std::string& path) {
  if (!node.is_map()) refuse(key, node, path);
  Json map = Json::object();
  for (const Entry& entry : node.entries) {
    if (!entry.value.is_scalar()) {
      throw Error("key '" + path + "." + entry.key + "' is " + entry.value.describe() +
                      ", expected a string, a number, true, false or null",
                  entry.value.where);
    }
    map[entry.key] = entry.value.scalar;
  }
  return map;
}

}  // namespace

const Key* find_key(const Schema& schema, std::string_view name) {
  const auto found =
      std::find_if(schema.begin(), schema.end(), [&](const Key& key) { return key.name == name; });
  return found == schema.end() ? nullptr : &*found;
}

Json check_value(const Key& key, const Node& node, const std::string& path,
                 const KnownNames& known) {
  if (node.is_null() && key.nullable) return nullptr;
  switch (key.type) {
    case Key::Type::kBool:
      if (!node.is_scalar() || !node.scalar.is_boolean()) refuse(key, node, path);
      return node.scalar;
    case Key::Type::kInteger:
    case Key::Type::kNumber:
      return check_number(key, node, path);
    case Key::Type::kString:
      return check_string(key, node, path, known);
    case Key::Type::kStrings:
    case Key::Type::kIntegers:
      return check_list(key, node, path, known);
    case Key::Type::kMap:
      return check_map(key, node, path);
    case Key::Type::kObject:
      break;
  }
  if (!node.is_map()) refuse(key, node, path);
  check_keys(*key.keys, node, path);
  Json object = Json::object();
  for (const Entry& entry : node.entries) {
    object[entry.key] =
        check_value(*find_key(*key.keys, entry.key), entry.value, path + "." + entry.key, known);
  }
  return object;
}

void check_keys(const Schema& schema, const Node& map, const std::string& path) {
  const std::string prefix = path.empty() ? "" : path + ".";
  for (const Entry& entry : map.entries) {
    if (find_key(schema, entry.key) != nullptr) continue;
    throw Error("unknown key '" + prefix + entry.key + "'", entry.where,
                suggest(entry.key, names_of(schema)));
  }
  for (const Key& key : schema) {
    if (key.required && map.find(key.name) == nullptr) {
      throw Error("missing key '" + prefix + key.name + "'", map.where,
                  "expected " + expectation(key));
    }
  }
}

Json with_fallbacks(const Schema& schema, const Json& given) {
  Json filled = Json::object();
  for (const Key& key : schema) {
    if (given.contains(key.name)) {
      filled[key.name] = given[key.name];
    } else if (has_fallback(key)) {
      filled[key.name] = key.fallback;
    }
  }
  return filled;
}

}  // namespace quantbench::spec
