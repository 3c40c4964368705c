#include "quantbench/backend/arguments.h"

#include <algorithm>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"

namespace quantbench::backend {

namespace {

[[noreturn]] void refuse(const Parameter& parameter, const Json& value) {
  throw Error("is " + to_line(value) + ", expected " + expectation(parameter));
}

Json checked_text(const Parameter& parameter, const Json& value) {
  if (value.is_number()) return value.dump();
  if (!value.is_string() || value.get_ref<const std::string&>().empty()) refuse(parameter, value);
  const std::string text = value.get<std::string>();
  const auto& allowed = parameter.allowed;
  if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), text) == allowed.end()) {
    refuse(parameter, value);
  }
  return text;
}

Json checked(const Parameter& parameter, const Json& value) {
  if (value.is_null() && parameter.nullable) return value;
  switch (parameter.type) {
    case Parameter::Type::kBool:
      if (!value.is_boolean()) refuse(parameter, value);
      return value;
    case Parameter::Type::kInteger:
      if (!value.is_number_integer() || !in_range(parameter, value.get<double>())) {
        refuse(parameter, value);
      }
      return value;
    case Parameter::Type::kNumber:
      if (!value.is_number() || !in_range(parameter, value.get<double>())) {
        refuse(parameter, value);
      }
      return value;
    case Parameter::Type::kString:
      return checked_text(parameter, value);
    case Parameter::Type::kStrings: {
      Json list = Json::array();
      if (!value.is_array()) {
        list.push_back(checked_text(parameter, value));
      } else {
        for (const Json& one : value) list.push_back(checked_text(parameter, one));
      }
      return list;
    }
    case Parameter::Type::kIntegers:
    case Parameter::Type::kMap:
    case Parameter::Type::kObject:
      break;
  }
  throw Error("has a type that arguments of a backend cannot have");
}

}  // namespace

Json checked_arguments(const Backend& backend, const Json& given) {
  const Parameters known = backend.parameters();
  Json out = Json::object();
  for (const auto& [key, value] : given.items()) {
    const Parameter* parameter = find_parameter(known, key);
    if (parameter == nullptr) {
      throw Error("unknown key 'backend_args." + key + "'", {}, suggest(key, names_of(known)));
    }
    out[parameter->name] =
        with_context("backend_args." + key, [&] { return checked(*parameter, value); });
  }
  for (const Parameter& parameter : known) {
    if (out.contains(parameter.name)) continue;
    if (parameter.required) {
      throw Error("missing key 'backend_args." + parameter.name + "'", {},
                  "expected " + expectation(parameter));
    }
    if (parameter.has_fallback()) out[parameter.name] = parameter.fallback;
  }
  backend.check(out);
  return out;
}

Json shown_arguments(const Backend& backend, const Json& given) {
  const std::vector<std::string> shown = backend.public_parameters();
  Json out = Json::object();
  for (const auto& [key, value] : given.items()) {
    if (std::find(shown.begin(), shown.end(), key) != shown.end()) out[key] = value;
  }
  return out;
}

}  // namespace quantbench::backend
