#include "quantbench/spec/schema.h"

#include <algorithm>
#include <cstddef>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"

namespace quantbench::spec {

namespace {

[[noreturn]] void refuse(const Key& key, const Node& node, const std::string& subject,
                         const std::string& hint = {}) {
  throw Error((subject.empty() ? "the value" : subject) + " is " + node.describe() + ", expected " +
                  expectation(key),
              node.where, hint);
}

/// Refuses a name that nothing brings.
void check_name(const Key& key, const std::string& text, const std::string& where,
                const std::string& subject) {
  if (key.known.empty() || std::find(key.known.begin(), key.known.end(), text) != key.known.end() ||
      (key.passes != nullptr && key.passes(text))) {
    return;
  }
  throw Error((subject.empty() ? "" : subject + ": ") + "unknown name '" + text + "'", where,
              suggest(text, key.known));
}

Json check_string(const Key& key, const Node& node, const std::string& path) {
  if (key.takes_numbers && node.is_scalar() && node.scalar.is_number()) return node.scalar.dump();
  if (!node.is_scalar() || !node.scalar.is_string()) {
    const bool literal = node.is_scalar() && !node.scalar.is_null();
    refuse(key, node, path, literal ? "quote it: '" + node.scalar.dump() + "'" : "");
  }
  const std::string text = node.scalar.get<std::string>();
  if (!key.allowed.empty()) {
    if (std::find(key.allowed.begin(), key.allowed.end(), text) != key.allowed.end()) return text;
    if (const auto other = key.spellings.find(text); other != key.spellings.end()) {
      return other->second;
    }
    const std::string near = nearest(text, key.allowed);
    refuse(key, node, path, near.empty() ? "" : "did you mean '" + near + "'?");
  }
  if (text.empty()) throw Error(path + " is empty", node.where);
  check_name(key, text, node.where, path);
  return text;
}

Json check_number(const Key& key, const Node& node, const std::string& path) {
  const Json& value = node.scalar;
  if (node.is_scalar() && value.is_string() && !key.known.empty()) {
    const std::string text = value.get<std::string>();
    if (std::find(key.known.begin(), key.known.end(), text) != key.known.end()) return value;
    const std::string near = nearest(text, key.known);
    if (!near.empty()) refuse(key, node, path, "did you mean '" + near + "'?");
  }
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

Json check_list(const Key& key, const Node& node, const std::string& path) {
  Key element = key;
  element.nullable = false;
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
    Json value = key.type == Key::Type::kStrings ? check_string(element, item, path)
                                                 : check_number(element, item, path);
    if (std::find(list.begin(), list.end(), value) != list.end()) {
      throw Error(path + " lists " + item.describe() + " twice", item.where);
    }
    list.push_back(std::move(value));
  }
  return list;
}

/// "key 'dataset.path'" from "key 'dataset'"
std::string inner(const std::string& subject, const std::string& key) {
  return subject.ends_with("'") ? subject.substr(0, subject.size() - 1) + "." + key + "'"
                                : subject + "." + key;
}

Json scalars(const Node& list, const std::string& path) {
  Json out = Json::array();
  for (const Node& item : list.items) {
    if (!item.is_scalar()) {
      throw Error(path + " has " + item.describe() + ", expected a string", item.where);
    }
    out.push_back(item.scalar);
  }
  return out;
}

Json check_map(const Key& key, const Node& node, const std::string& path) {
  if (!node.is_map()) refuse(key, node, path);
  Key element = key;
  element.type = Key::Type::kInteger;
  element.known.clear();  // of the map's keys
  Json map = Json::object();
  for (const Entry& entry : node.entries) {
    check_name(key, entry.key, entry.where, path);
    if (key.integers) {
      map[entry.key] = check_number(element, entry.value, inner(path, entry.key));
      continue;
    }
    const Key* declared = find_parameter(key.keys, entry.key);
    if (declared != nullptr && declared->type == Key::Type::kStrings && entry.value.is_list()) {
      map[entry.key] = scalars(entry.value, inner(path, entry.key));
      continue;
    }
    if (!entry.value.is_scalar()) {
      throw Error(inner(path, entry.key) + " is " + entry.value.describe() +
                      ", expected a string, a number, true, false or null",
                  entry.value.where);
    }
    map[entry.key] = entry.value.scalar;
  }
  return map;
}

}  // namespace

Json check_value(const Key& key, const Node& node, const std::string& subject) {
  if (node.is_null() && key.nullable) return nullptr;
  switch (key.type) {
    case Key::Type::kBool:
      if (!node.is_scalar() || !node.scalar.is_boolean()) refuse(key, node, subject);
      return node.scalar;
    case Key::Type::kInteger:
    case Key::Type::kNumber:
      return check_number(key, node, subject);
    case Key::Type::kString:
      return check_string(key, node, subject);
    case Key::Type::kStrings:
    case Key::Type::kIntegers:
      return check_list(key, node, subject);
    case Key::Type::kMap:
      return check_map(key, node, subject);
    case Key::Type::kObject:
      break;
  }
  if (!node.is_map()) refuse(key, node, subject);
  check_keys(key.keys, node, key.name);
  Json object = Json::object();
  for (const Entry& entry : node.entries) {
    const Key& of_entry = *find_parameter(key.keys, entry.key);
    if (object.contains(of_entry.name)) {
      throw Error(inner(subject, entry.key) + " is given twice, as '" + of_entry.name + "' too",
                  entry.where, "they mean the same; keep one");
    }
    object[of_entry.name] = check_value(of_entry, entry.value, inner(subject, entry.key));
  }
  return object;
}

void check_keys(const Schema& schema, const Node& map, const std::string& path) {
  const std::string prefix = path.empty() ? "" : path + ".";
  for (const Entry& entry : map.entries) {
    if (find_parameter(schema, entry.key) != nullptr) continue;
    throw Error("unknown key '" + prefix + entry.key + "'", entry.where,
                suggest(entry.key, names_of(schema)));
  }
  for (const Key& key : schema) {
    const bool given = std::any_of(map.entries.begin(), map.entries.end(),
                                   [&](const Entry& entry) { return key.is_called(entry.key); });
    if (key.required && !given) {
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
    } else if (key.has_fallback() && key.owners.empty()) {
      filled[key.name] = key.fallback;
    }
  }
  return filled;
}

bool says_something(const Json& object, const std::string& key) {
  const auto found = object.find(key);
  return found != object.end() && !found->is_null() && *found != false;
}

std::string misplaced(const Key& key, const Schema& schema, const Json& given,
                      const std::string& chooser) {
  const Json values = effective_values(schema, given);
  const auto text = [](const Json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
  };
  const std::string chosen = text(values.value(chooser, Json()));
  if (!key.owners.empty() &&
      std::find(key.owners.begin(), key.owners.end(), chosen) == key.owners.end()) {
    return "applies to " + chooser + " " + join(key.owners, ", ") + " only, the " + chooser +
           " is " + chosen;
  }
  const Condition* failed = failed_condition(key, values);
  if (failed == nullptr) return {};
  return "applies only with " + failed->key + ": " + text(failed->values.at(0));
}

}  // namespace quantbench::spec
