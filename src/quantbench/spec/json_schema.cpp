#include "quantbench/spec/json_schema.h"

#include <cstdint>
#include <string>
#include <utility>

#include "quantbench/base/text.h"
#include "quantbench/spec/spec.h"

namespace quantbench::spec {

namespace {

Json of_keys(const Schema& keys);

Json number(double value) {
  const auto whole = static_cast<std::int64_t>(value);
  return static_cast<double>(whole) == value ? Json(whole) : Json(value);
}

Json of_number(const Key& key, const char* type) {
  if (!key.allowed.empty()) {
    Json values = Json::array();
    for (const std::string& value : key.allowed) values.push_back(Json::parse(value));
    return {{"enum", values}};
  }
  Json schema{{"type", type}};
  schema[key.above_minimum ? "exclusiveMinimum" : "minimum"] = number(key.minimum);
  if (key.maximum < 1e15) schema["maximum"] = number(key.maximum);
  return schema;
}

/// An integer of a list, or a word in its place.
Json of_item(const Key& key) {
  Json integer = of_number(key, "integer");
  if (key.known.empty()) return integer;
  return {{"anyOf", Json::array({std::move(integer), Json{{"enum", key.known}}})}};
}

Json of_text(const Key& key) {
  if (!key.allowed.empty()) {
    std::vector<std::string> values = key.allowed;
    for (const auto& [spelling, value] : key.spellings) values.push_back(spelling);
    return {{"enum", values}};
  }
  const Json any{{"type", key.takes_numbers ? Json::array({"string", "number"}) : Json("string")},
                 {"minLength", 1}};
  if (key.known.empty()) return any;
  const Json names{{"enum", key.known}};
  return key.passes == nullptr ? names : Json{{"anyOf", Json::array({names, any})}};
}

Json of_map(const Key& key) {
  Json schema{{"type", "object"}};
  if (!key.known.empty()) schema["propertyNames"] = {{"enum", key.known}};
  schema["additionalProperties"] =
      key.integers ? of_number(key, "integer")
                   : Json{{"type", Json::array({"string", "number", "boolean", "null"})}};
  for (const Key& known : key.keys) {
    Json types = schema["additionalProperties"]["type"];
    if (known.type == Key::Type::kStrings) types.push_back("array");
    schema["properties"][known.name] = {{"type", types}, {"description", known.help}};
  }
  return schema;
}

/// One value, null apart.
Json of_value(const Key& key) {
  const auto list_of = [](Json items) {
    return Json{{"type", "array"}, {"items", std::move(items)}, {"uniqueItems", true}};
  };
  switch (key.type) {
    case Key::Type::kBool:
      return {{"type", "boolean"}};
    case Key::Type::kInteger:
      return of_number(key, "integer");
    case Key::Type::kNumber:
      return of_number(key, "number");
    case Key::Type::kString:
      return of_text(key);
    case Key::Type::kStrings:
      return list_of(of_text(key));
    case Key::Type::kIntegers:
      return {{"anyOf", Json::array({of_item(key), list_of(of_item(key))})}};
    case Key::Type::kMap:
      return of_map(key);
    case Key::Type::kObject:
      break;
  }
  return of_keys(key.keys);
}

Json described(const Key& key, Json schema) {
  std::string text = key.help;
  if (!key.unit.empty()) text += ", in " + key.unit;
  if (!key.fallback_help.empty()) text += " (default: " + key.fallback_help + ")";
  if (!text.empty()) schema["description"] = text;
  if (key.has_fallback() && !key.required) schema["default"] = key.fallback;
  return schema;
}

Json of_key(const Key& key) {
  Json one = of_value(key);
  if (key.nullable) {
    // `None`, as the cards write it, is null too.
    one = {{"anyOf", Json::array({std::move(one), {{"enum", {nullptr, "None"}}}})}};
  }
  const bool one_map = key.name == "dataset";
  if (key.name == kPricePerHour) {
    const Json price{{"type", "number"}, {"exclusiveMinimum", 0}};
    one["additionalProperties"] = price;
    one = {{"anyOf", Json::array({price, std::move(one)})}};
  }
  if (!key.benchmarkable() && !one_map) return described(key, std::move(one));
  Json list{{"type", "array"}, {"items", one}, {"minItems", 1}};
  if (one_map) list["maxItems"] = 1;
  return described(key, {{"anyOf", Json::array({std::move(one), std::move(list)})}});
}

Json of_keys(const Schema& keys) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const Key& key : keys) {
    properties[key.name] = of_key(key);
    // A required key may be given under another name.
    if (key.required && key.aliases.empty() && key.flag.empty()) required.push_back(key.name);
  }
  for (const Key& key : keys) {
    std::vector<std::string> others = key.aliases;
    if (!key.flag.empty()) others.push_back(key.flag);
    for (const std::string& other : others) {
      if (properties.contains(other)) continue;
      properties[other] = of_key(key);
      properties[other]["description"] = "The same as " + key.name;
    }
  }
  Json schema{{"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = required;
  return schema;
}

}  // namespace

Json json_schema(const Schema& keys) {
  Json schema{{"$schema", "http://json-schema.org/draft-07/schema#"},
              {"title", "Spec of quantbench"}};
  schema.update(of_keys(keys));
  schema["anyOf"] =
      Json::array({{{"required", {"name_or_path"}}}, {{"required", {"model_name_or_path"}}}});
  return schema;
}

}  // namespace quantbench::spec
