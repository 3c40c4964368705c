#include "quantbench/base/parameter.h"

#include <algorithm>
#include <cstdint>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"

namespace quantbench {

namespace {

template <typename List, typename Value>
bool among(const List& list, const Value& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

std::string number_text(double value) {
  const auto whole = static_cast<std::int64_t>(value);
  return static_cast<double>(whole) == value ? std::to_string(whole) : python_repr(Json(value));
}

/// "an integer from 11 to 17"
std::string range_text(const Parameter& parameter, const std::string& noun) {
  if (!parameter.allowed.empty()) return "one of " + join(parameter.allowed, ", ");
  const std::string from = number_text(parameter.minimum);
  if (parameter.maximum < 1e15) {
    return noun +
           (parameter.above_minimum ? " above " + from + " and at most "
                                    : " from " + from + " to ") +
           number_text(parameter.maximum);
  }
  return noun + (parameter.above_minimum ? " above " : " of at least ") + from;
}

/// " or cores"
std::string or_words(const Parameter& parameter) {
  return parameter.known.empty() ? "" : " or " + join(parameter.known, ", ");
}

std::string plain_expectation(const Parameter& parameter) {
  switch (parameter.type) {
    case Parameter::Type::kBool:
      return "true or false";
    case Parameter::Type::kInteger:
      return range_text(parameter, "an integer") + or_words(parameter);
    case Parameter::Type::kNumber:
      return range_text(parameter, "a number");
    case Parameter::Type::kString:
      return parameter.allowed.empty() ? "a string" : "one of " + join(parameter.allowed, ", ");
    case Parameter::Type::kStrings:
      return "a list of strings";
    case Parameter::Type::kIntegers:
      return "a list of integers" + or_words(parameter);
    case Parameter::Type::kMap:
      return "a map of scalars";
    case Parameter::Type::kObject:
      return "a map with the keys " + join(names_of(parameter.keys), ", ");
  }
  return {};
}

/// Where the defaults of two plug-ins differ, each fills in its own: the common declaration has
/// none, and its help says "dynamic: true, static: false".
void merge_fallbacks(Parameter& known, const Parameter& one, const std::string& owner) {
  const bool same = known.has_fallback() == one.has_fallback() &&
                    (!one.has_fallback() || known.fallback == one.fallback);
  if (same || (!known.has_fallback() && known.fallback_help.empty())) return;
  const auto of = [](const std::string& name, const Json& value) {
    return name + ": " + value.dump();
  };
  if (known.has_fallback()) known.fallback_help = of(join(known.owners, ", "), known.fallback);
  if (one.has_fallback()) known.fallback_help += ", " + of(owner, one.fallback);
  known.fallback = Json(Json::value_t::discarded);
  known.reference_fallback = Json(Json::value_t::discarded);
}

}  // namespace

bool Parameter::is_called(std::string_view key) const {
  return key == name || (!flag.empty() && key == flag) || among(aliases, key);
}

const Parameter* find_parameter(const Parameters& parameters, std::string_view name) {
  const auto found = std::find_if(parameters.begin(), parameters.end(),
                                  [&](const Parameter& one) { return one.is_called(name); });
  return found == parameters.end() ? nullptr : &*found;
}

std::vector<std::string> names_of(const Parameters& parameters) {
  std::vector<std::string> names;
  for (const Parameter& parameter : parameters) names.push_back(parameter.name);
  return names;
}

std::string expectation(const Parameter& parameter) {
  return plain_expectation(parameter) +
         (parameter.nullable && !parameter.null_unlisted ? " or null" : "");
}

bool in_range(const Parameter& parameter, double value) {
  return value <= parameter.maximum &&
         (parameter.above_minimum ? value > parameter.minimum : value >= parameter.minimum);
}

void add_declared(Parameters& all, const Parameters& declared, const std::string& owner) {
  for (const Parameter& one : declared) {
    const auto known = std::find_if(all.begin(), all.end(), [&](const Parameter& parameter) {
      return parameter.name == one.name;
    });
    if (known == all.end()) {
      all.push_back(one);
      all.back().owners = {owner};
      continue;
    }
    if (known->type != one.type) {
      throw Error("parameter '" + one.name + "' of " + owner + " and of " +
                  join(known->owners, ", ") + " has two types");
    }
    for (const std::string& value : one.allowed) {
      if (!among(known->allowed, value)) known->allowed.push_back(value);
    }
    known->spellings.insert(one.spellings.begin(), one.spellings.end());
    known->fills.insert(one.fills.begin(), one.fills.end());
    known->minimum = std::min(known->minimum, one.minimum);
    known->maximum = std::max(known->maximum, one.maximum);
    known->nullable = known->nullable || one.nullable;
    merge_fallbacks(*known, one, owner);
    known->owners.push_back(owner);
  }
}

Json fills_of(const Parameters& parameters, const Json& given) {
  Json filled = Json::object();
  for (const Parameter& preset : parameters) {
    const auto chosen = given.find(preset.name);
    if (preset.fills.empty() || chosen == given.end() || !chosen->is_string()) continue;
    const auto values = preset.fills.find(chosen->get<std::string>());
    if (values == preset.fills.end()) continue;
    for (const auto& [name, value] : values->second.items()) {
      const auto known = given.find(name);
      if (known == given.end()) {
        filled[name] = value;
      } else if (known->is_object() && value.is_object()) {
        for (const auto& [key, one] : value.items()) {
          if (!known->contains(key)) filled[name][key] = one;
        }
      }
    }
  }
  return filled;
}

Json effective_values(const Parameters& parameters, const Json& given) {
  const Json filled = fills_of(parameters, given);
  Json values = Json::object();
  for (const Parameter& parameter : parameters) {
    const auto found = given.find(parameter.name);
    const Json preset = filled.value(parameter.name, Json());
    if (found != given.end() && !found->is_null()) {
      values[parameter.name] = *found;
    } else if (!preset.is_null()) {
      values[parameter.name] = preset;
    } else if (parameter.has_fallback()) {
      values[parameter.name] = parameter.fallback;
    }
  }
  for (const Parameter& parameter : parameters) {
    const auto found = values.find(parameter.name);
    if (found == values.end() || !found->is_string()) continue;
    const auto implied = parameter.implies.find(found->get<std::string>());
    if (implied != parameter.implies.end()) values.update(implied->second);
  }
  return values;
}

const Condition* failed_condition(const Parameter& parameter, const Json& effective) {
  for (const Condition& condition : parameter.when) {
    const auto found = effective.find(condition.key);
    if (found == effective.end() || !among(condition.values, *found)) return &condition;
  }
  return nullptr;
}

}  // namespace quantbench
