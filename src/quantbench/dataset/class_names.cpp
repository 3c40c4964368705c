#include "quantbench/dataset/class_names.h"

#include <yaml-cpp/yaml.h>

#include <charconv>
#include <map>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/json.h"
#include "quantbench/dataset/front_matter.h"

namespace quantbench::dataset {

namespace fs = std::filesystem;

namespace {

// --- dataset_info.json -------------------------------------------------------------------------

/// Class names given as a list, or by id: {"0": "negative", "1": "positive"}. Throws Error for ids
/// with gaps.
class NamesById {
 public:
  explicit NamesById(std::string where) : where_(std::move(where)) {}

  void add(const std::string& id, std::string name) {
    std::size_t number = 0;
    const auto [end, failure] = std::from_chars(id.data(), id.data() + id.size(), number);
    if (failure != std::errc() || end != id.data() + id.size()) {
      throw Error("class_label names have the key '" + id + "'", where_, kExpected);
    }
    names_.emplace(number, std::move(name));
  }

  std::vector<std::string> take() {
    std::vector<std::string> out;
    for (auto& [id, name] : names_) {
      if (id != out.size()) {
        throw Error("class_label names have no entry '" + std::to_string(out.size()) + "'", where_,
                    kExpected);
      }
      out.push_back(std::move(name));
    }
    return out;
  }

 private:
  static constexpr const char* kExpected = "class ids count from 0 without gaps";
  std::string where_;
  std::map<std::size_t, std::string> names_;
};

std::string class_name(const Json& name, const std::string& where) {
  if (name.is_string()) return name.get<std::string>();
  if (name.is_number() || name.is_boolean()) return to_line(name);
  throw Error("a class name must be text", where);
}

std::vector<std::string> names_of_class_label(const Json& label, const std::string& where) {
  const auto names = label.find("names");
  if (names != label.end() && names->is_array()) {
    std::vector<std::string> out;
    for (const Json& name : *names) out.push_back(class_name(name, where));
    return out;
  }
  if (names == label.end() || !names->is_object()) return {};
  NamesById by_id(where);
  for (const auto& [id, name] : names->items()) by_id.add(id, class_name(name, where));
  return by_id.take();
}

/// Lists in lists, features in features.
constexpr int kDeepestFeature = 8;

/// Names of a feature, or of what a list of it holds, however the list is written:
///
///     {"feature": FEATURE, "_type": "Sequence"}     (also "List" and "LargeList")
///     [FEATURE]
///
/// A feature of several columns is an object without "_type", and has no names of its own.
std::vector<std::string> names_of(const Json& feature, const std::string& where, int depth = 0) {
  if (depth > kDeepestFeature) return {};
  if (feature.is_array()) {
    return feature.size() == 1 ? names_of(feature[0], where, depth + 1)
                               : std::vector<std::string>{};
  }
  if (!feature.is_object()) return {};
  const auto type = feature.find("_type");
  if (type == feature.end() || !type->is_string()) return {};
  if (*type == "ClassLabel") return names_of_class_label(feature, where);
  const auto inner = feature.find("feature");
  return inner == feature.end() ? std::vector<std::string>{} : names_of(*inner, where, depth + 1);
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
    NamesById by_id(where);
    for (const auto& entry : names) {
      by_id.add(entry.first.as<std::string>(), entry.second.as<std::string>());
    }
    out = by_id.take();
  }
  return out;
}

/// A feature is {name, dtype: {class_label: {names}}}, or the same under sequence, list or
/// large_list, which may hold a list again. A list of features under one of them is a struct of
/// several columns. An alias can make a feature a part of itself, four times over.
std::vector<std::string> names_of_feature(const YAML::Node& feature, const std::string& where,
                                          int depth = 0) {
  if (!feature.IsMap() || depth > kDeepestFeature) return {};
  if (const YAML::Node label = feature["class_label"]) {
    return label.IsMap() && label["names"] ? names_of_class_label(label["names"], where)
                                           : std::vector<std::string>{};
  }
  for (const char* inner : {"dtype", "sequence", "list", "large_list"}) {
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
