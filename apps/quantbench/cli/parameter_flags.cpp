#include "cli/parameter_flags.h"

#include <algorithm>

#include "cli/option_names.h"
#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/spec/schema.h"

namespace quantbench::cli {

namespace {

using Type = Parameter::Type;

bool is_list(const Parameter& parameter) {
  return parameter.type == Type::kStrings || parameter.type == Type::kIntegers ||
         parameter.type == Type::kMap;
}

std::string kebab(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

/// The first name is the one that help shows (option_names.h); specs' snake_case works too.
std::string names_of_flag(const Parameter& parameter) {
  std::vector<std::string> names = {parameter.flag_name()};
  if (!parameter.flag.empty()) names.push_back(parameter.name);
  for (const std::string& alias : parameter.aliases) {
    if (std::find(names.begin(), names.end(), alias) == names.end()) names.push_back(alias);
  }
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "--" : ",--") + kebab(name);
  if (parameter.type == Type::kBool) {
    out += ",!--" +
           kebab(parameter.opposite.empty() ? "no_" + parameter.flag_name() : parameter.opposite);
  }
  return out;
}

/// What help shows in place of the value.
std::string value_name(const Parameter& parameter) {
  if (!parameter.allowed.empty()) return "{" + join(parameter.allowed, ",") + "}";
  switch (parameter.type) {
    case Type::kInteger:
      return "INT";
    case Type::kNumber:
      return "FLOAT";
    case Type::kMap:
      return "NAME=VALUE,...";
    case Type::kStrings:
    case Type::kIntegers:
      return "NAME,...";
    default:
      return "TEXT";
  }
}

spec::Node scalar(Json value, const std::string& where) {
  spec::Node node;
  node.scalar = std::move(value);
  node.where = where;
  return node;
}

/// A number, a boolean, or else the text itself.
spec::Node literal(const std::string& text, const std::string& where) {
  const Json value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  const bool plain = value.is_number() || value.is_boolean();
  return scalar(plain ? value : Json(text), where);
}

}  // namespace

std::string value_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_array()) {
    std::vector<std::string> parts;
    for (const Json& item : value) parts.push_back(value_text(item));
    return parts.empty() ? "none" : join(parts, ",");
  }
  if (value.is_object()) {
    std::vector<std::string> parts;
    for (const auto& [key, item] : value.items()) parts.push_back(key + "=" + value_text(item));
    return join(parts, ",");
  }
  return value.dump();
}

std::string flag_of(const Parameter& parameter) { return "--" + kebab(parameter.flag_name()); }

std::string flag_help(const Parameter& parameter) {
  std::string help = parameter.help;
  if (!parameter.unit.empty()) help += ", in " + parameter.unit;
  std::string fallback = parameter.fallback_help;
  if (fallback.empty() && parameter.has_fallback() && !parameter.fallback.is_null()) {
    fallback = value_text(parameter.fallback);
  }
  if (!fallback.empty()) help += " (default: " + fallback + ")";
  std::erase(help, '`');
  return help;
}

Json value_of(const Parameter& declared, const std::vector<std::string>& texts,
              const std::string& where) {
  Parameter parameter = declared;
  // Any other name may be one that the model knows; whoever has the model says so.
  if (parameter.passes != nullptr) parameter.known.clear();
  if (!parameter.allowed.empty() && parameter.type == Type::kString) {
    std::vector<std::string> known = parameter.allowed;
    for (const auto& [spelling, value] : parameter.spellings) known.push_back(spelling);
    if (std::find(known.begin(), known.end(), texts.at(0)) == known.end()) {
      throw Error("unknown value '" + texts.at(0) + "'", where, suggest(texts.at(0), known));
    }
  }
  spec::Node node;
  node.where = where;
  if (parameter.type == Type::kMap) {
    node.kind = spec::Node::Kind::kMap;
    for (const std::string& text : texts) {
      const auto [key, value] = split_pair(text, "KIND=AXIS", where, "MatMul=1, say");
      node.entries.push_back({key, where, literal(value, where)});
    }
  } else if (is_list(parameter)) {
    node.kind = spec::Node::Kind::kList;
    for (const std::string& text : texts) {
      node.items.push_back(parameter.type == Type::kStrings ? scalar(text, where)
                                                            : literal(text, where));
    }
  } else if (parameter.type == Type::kString) {
    node = scalar(texts.at(0), where);
  } else {
    node = literal(texts.at(0), where);
  }
  return spec::check_value(parameter, node, "");
}

std::pair<std::string, std::string> split_pair(const std::string& text, const char* shape,
                                               const std::string& option, const char* example) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    throw Error("'" + text + "' is not " + shape, option, example);
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

void ParameterFlags::add_to(CLI::App& command,
                            const std::function<std::string(const Parameter&)>& group_of) {
  for (const Parameter& parameter : parameters_) {
    const std::string names = names_of_flag(parameter);
    const std::string name = parameter.name;
    CLI::Option* option = nullptr;
    if (parameter.type == Type::kBool) {
      option = command.add_flag_function(
          names, [this, name](std::int64_t count) { given_[name].flag = count > 0; },
          flag_help(parameter));
    } else {
      option = command
                   .add_option_function<std::vector<std::string>>(
                       names,
                       [this, name](const std::vector<std::string>& texts) {
                         given_[name].texts = texts;
                       },
                       flag_help(parameter))
                   ->type_name(value_name(parameter));
      if (is_list(parameter)) {
        option->delimiter(',');
      } else {
        option->expected(1);
      }
    }
    const std::vector<std::string>& values =
        parameter.allowed.empty() ? parameter.known : parameter.allowed;
    if (!values.empty()) offer_values(*option, values);
    const std::string group = group_of(parameter);
    if (!group.empty()) option->group(group);
    for (const auto& [shorthand, value] : parameter.shorthands) {
      option = command.add_flag_function(
          "--" + kebab(shorthand),
          [this, name, value = value](std::int64_t) { given_[name].texts = {value}; },
          "The same as " + flag_of(parameter) + " " + value);
      if (!group.empty()) option->group(group);
    }
  }
}

Json ParameterFlags::values() const {
  Json values = Json::object();
  for (const Parameter& parameter : parameters_) {
    const auto found = given_.find(parameter.name);
    if (found == given_.end()) continue;
    values[parameter.name] = parameter.type == Type::kBool
                                 ? Json(found->second.flag)
                                 : value_of(parameter, found->second.texts, flag_of(parameter));
  }
  return values;
}

void ParameterFlags::check(const std::string& chooser, const std::string& chosen,
                           const Json& filled) const {
  const Json given = values();
  Json all = filled;
  all.update(given);
  const Json effective = effective_values(parameters_, all);
  for (const Parameter& parameter : parameters_) {
    if (!spec::says_something(given, parameter.name)) continue;
    const auto& owners = parameter.owners;
    if (!owners.empty() && std::find(owners.begin(), owners.end(), chosen) == owners.end()) {
      throw Error(flag_of(parameter) + " applies to " + chooser + " " + join(owners, ", ") +
                  ", the " + chooser.substr(2) + " is " + chosen);
    }
    const Condition* failed = failed_condition(parameter, effective);
    const Parameter* other = failed == nullptr ? nullptr : find_parameter(parameters_, failed->key);
    if (other != nullptr) {
      throw Error(flag_of(parameter) + " applies only with " + flag_of(*other));
    }
  }
}

}  // namespace quantbench::cli
