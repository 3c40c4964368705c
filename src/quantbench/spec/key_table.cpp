#include "quantbench/spec/key_table.h"

#include "quantbench/base/text.h"
#include "quantbench/spec/yaml_writer.h"

namespace quantbench::spec {

namespace {

std::string type_text(const Key& key) {
  switch (key.type) {
    case Key::Type::kBool:
      return "bool";
    case Key::Type::kInteger:
      return "int";
    case Key::Type::kNumber:
      return "number";
    case Key::Type::kString:
      return "text";
    case Key::Type::kStrings:
    case Key::Type::kIntegers:
      return "list";
    case Key::Type::kMap:
    case Key::Type::kObject:
      return "map";
  }
  return {};
}

std::string default_text(const Key& key) {
  if (key.required) return "required";
  if (key.fallback_help.empty() && !key.has_fallback()) return key.nullable ? "`null`" : "";
  const auto quote = [](const Json& value) {
    return "`" + (value.is_string() ? value.get<std::string>() : yaml_flow(value)) + "`";
  };
  const std::string usual = key.fallback_help.empty() ? quote(key.fallback) : key.fallback_help;
  if (key.reference_fallback.is_discarded()) return usual;
  return usual + "; " + quote(key.reference_fallback) + " under `protocol: reference`";
}

std::string quoted(const std::vector<std::string>& names) {
  std::vector<std::string> out;
  for (const std::string& name : names) out.push_back("`" + name + "`");
  return join(out, ", ");
}

/// What else there is to know: values, unit, other names, where it applies.
std::string help_text(const Key& key, const std::string& owner_noun, std::size_t plugins) {
  std::string text = key.help;
  const auto add = [&](const std::string& sentence) {
    if (!text.empty()) text += ". ";
    text += sentence;
  };
  if (!key.allowed.empty()) {
    bool listed = true;
    for (const std::string& value : key.allowed) {
      listed = listed && key.help.find(value) != std::string::npos;
    }
    if (!listed) add("One of " + quoted(key.allowed));
  } else if (!key.known.empty() && key.passes == nullptr && key.known.size() < 16 &&
             key.help.find(key.known.front()) == std::string::npos) {
    add("Of " + quoted(key.known));
  } else if ((key.type == Key::Type::kInteger || key.type == Key::Type::kNumber) &&
             key.maximum < 1e6) {
    const std::string range = expectation(key);
    add("A" + range.substr(1, range.rfind(" or null") - 1));
  }
  if (!key.unit.empty()) add("In " + key.unit);
  if (!key.owners.empty() && key.owners.size() < plugins) {
    add("With " + owner_noun + " " + quoted(key.owners));
  }
  for (const Condition& condition : key.when) {
    add("With `" + condition.key + ": " + yaml_flow(condition.values.front()) + "`");
  }
  std::vector<std::string> others = key.aliases;
  if (!key.flag.empty() && find_parameter({key}, key.flag) != nullptr) {
    bool known = false;
    for (const std::string& other : others) known = known || other == key.flag;
    if (!known) others.push_back(key.flag);
  }
  if (!others.empty()) add("Also called " + quoted(others));
  return text;
}

std::string cell(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '|' ? "\\|" : std::string(1, c);
  return out;
}

std::string row(const Key& key, const std::string& prefix, bool benchmarkable,
                const std::string& owner_noun, std::size_t plugins) {
  const bool lists = key.type == Key::Type::kStrings || key.type == Key::Type::kIntegers;
  const std::string many = !benchmarkable ? "" : lists && prefix.empty() ? "list of lists" : "yes";
  return "| `" + prefix + key.name + "` | " + type_text(key) + " | " + cell(default_text(key)) +
         " | " + many + " | " + cell(help_text(key, owner_noun, plugins)) + " |\n";
}

/// How many plug-ins the keys of a map have among them.
std::size_t owners_of(const Schema& keys) {
  std::vector<std::string> owners;
  for (const Key& key : keys) {
    for (const std::string& owner : key.owners) {
      bool known = false;
      for (const std::string& other : owners) known = known || other == owner;
      if (!known) owners.push_back(owner);
    }
  }
  return owners.size();
}

/// The key whose value says which plug-in the keys of a map belong to.
std::string chooser_of(const std::string& map) {
  if (map == "task_args") return "`task`";
  if (map == "backend_args") return "`backend`";
  if (map == "strategy_args") return "`strategy`";
  if (map == "framework_args") return "`framework`";
  return map == "calibration" ? "`method`" : "`quantization_approach`";
}

}  // namespace

std::string key_table(const Schema& keys) {
  std::string table = "| key | type | default | benchmarkable | |\n|---|---|---|---|---|\n";
  for (const Key& key : keys) {
    if (key.keys.empty()) {
      table += row(key, "", key.benchmarkable(), chooser_of(""), owners_of(keys));
      continue;
    }
    if (key.type == Key::Type::kMap) {
      table += row(key, "", key.benchmarkable(), chooser_of(""), owners_of(keys));
    }
    // The keys of these each belong to a plug-in, even where only one has any.
    const bool always = key.name == "task_args" || key.name == "framework_args" ||
                        key.name == "backend_args" || key.name == "strategy_args";
    const std::size_t plugins = always ? keys.size() : owners_of(key.keys);
    for (const Key& inner : key.keys) {
      table += row(inner, key.name + ".", key.benchmarkable(), chooser_of(key.name), plugins);
    }
  }
  return table;
}

}  // namespace quantbench::spec
