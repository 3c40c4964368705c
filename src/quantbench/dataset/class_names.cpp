#include "quantbench/dataset/class_names.h"

#include <yaml-cpp/yaml.h>

#include <unordered_map>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/json.h"
#include "quantbench/dataset/front_matter.h"

namespace quantbench::dataset {

namespace fs = std::filesystem;

namespace {

// --- dataset_info.json -------------------------------------------------------------------------

/// Names of a feature, or of what a sequence of it holds:
/// {"feature": {"names": [...], "_type": "ClassLabel"}, "_type": "Sequence"}.
std::vector<std::string> names_of(const Json& feature, const std::string& where) {
  if (!feature.is_object()) return {};
  if (feature.contains("feature")) return names_of(feature["feature"], where);
  if (value_or<std::string>(feature, "_type", "", where) != "ClassLabel") return {};
  std::vector<std::string> names;
  const auto given = feature.find("names");
  if (given == feature.end() || !given->is_array()) return {};
  for (const Json& name : *given) {
    if (!name.is_string()) throw Error("a class name must be text", where);
    names.push_back(name.get<std::string>());
  }
  return names;
}

}  // namespace

ClassNames class_names_of_info(const Json& info, const std::string& where) {
  ClassNames classes;
  if (!info.is_object() || !info.contains("features") || !info["features"].is_object()) return {};
  for (const auto& [column, feature] : info["features"].items()) {
    auto names = names_of(feature, where + ": features." + column);
    if (!names.empty()) classes[column] = std::move(names);
  }
  return classes;
}

namespace {

/// dataset_infos.json: one entry a configuration.
ClassNames from_infos(const Json& infos, const std::optional<std::string>& configuration,
                      const std::string& where) {
  if (!infos.is_object() || infos.empty()) return {};
  if (configuration && infos.contains(*configuration)) {
    return class_names_of_info(infos[*configuration], where);
  }
  if (infos.size() == 1) return class_names_of_info(infos.begin().value(), where);
  return infos.contains("default") ? class_names_of_info(infos["default"], where) : ClassNames{};
}

// --- README.md ---------------------------------------------------------------------------------

/// {'0': negative, '1': positive} or [negative, positive].
std::vector<std::string> names_of_class_label(const YAML::Node& names, const std::string& where) {
  std::vector<std::string> out;
  if (names.IsSequence()) {
    for (const YAML::Node& name : names) out.push_back(name.as<std::string>());
  } else if (names.IsMap()) {
    // Looked up in the map, each would be compared with all.
    std::unordered_map<std::string, std::string> by_id;
    for (const auto& entry : names) {
      by_id.emplace(entry.first.as<std::string>(), entry.second.as<std::string>());
    }
    for (std::size_t id = 0; id < by_id.size(); ++id) {
      const auto name = by_id.find(std::to_string(id));
      if (name == by_id.end()) {
        throw Error("class_label names have no entry '" + std::to_string(id) + "'", where,
                    "class ids count from 0 without gaps");
      }
      out.push_back(std::move(name->second));
    }
  }
  return out;
}

/// A feature is {name, dtype: {class_label: {names}}}, or the same under sequence or list. An alias
/// can make it a part of itself, three times over.
std::vector<std::string> names_of_feature(const YAML::Node& feature, const std::string& where,
                                          int depth = 0) {
  constexpr int kDeepest = 8;
  if (!feature.IsMap() || depth > kDeepest) return {};
  if (const YAML::Node label = feature["class_label"]) {
    return label.IsMap() && label["names"] ? names_of_class_label(label["names"], where)
                                           : std::vector<std::string>{};
  }
  for (const char* inner : {"dtype", "sequence", "list"}) {
    if (const YAML::Node node = feature[inner]) {
      auto names = names_of_feature(node, where, depth + 1);
      if (!names.empty()) return names;
    }
  }
  return {};
}

ClassNames from_card_entry(const YAML::Node& entry, const std::string& where) {
  ClassNames classes;
  if (!entry.IsMap() || !entry["features"] || !entry["features"].IsSequence()) return {};
  for (const YAML::Node& feature : entry["features"]) {
    if (!feature.IsMap() || !feature["name"]) continue;
    const auto column = feature["name"].as<std::string>();
    auto names = names_of_feature(feature, where + ": features." + column);
    if (!names.empty()) classes[column] = std::move(names);
  }
  return classes;
}

ClassNames from_card(const fs::path& path, const std::optional<std::string>& configuration) {
  try {
    const YAML::Node card = load_front_matter(read_text(path), path.string());
    if (!card.IsMap() || !card["dataset_info"]) return {};
    const YAML::Node info = card["dataset_info"];
    if (!info.IsSequence()) return from_card_entry(info, path.string());
    for (const YAML::Node& entry : info) {
      const bool named = entry.IsMap() && entry["config_name"];
      const std::string name = named ? entry["config_name"].as<std::string>() : "default";
      if (info.size() == 1 || name == configuration.value_or("default")) {
        return from_card_entry(entry, path.string());
      }
    }
    return {};
  } catch (const YAML::Exception& error) {
    throw Error("the front matter is not valid YAML: " + error.msg,
                path.string() + ":" + std::to_string(error.mark.line + 1));
  }
}

}  // namespace

ClassNames read_class_names(const std::vector<fs::path>& descriptions,
                            const std::optional<std::string>& configuration) {
  for (const fs::path& path : descriptions) {
    ClassNames classes;
    if (path.filename() == "dataset_info.json") {
      classes = class_names_of_info(read_json(path), path.string());
    } else if (path.filename() == "dataset_infos.json") {
      classes = from_infos(read_json(path), configuration, path.string());
    } else if (path.filename() == "README.md") {
      classes = from_card(path, configuration);
    }
    if (!classes.empty()) return classes;
  }
  return {};
}

}  // namespace quantbench::dataset
