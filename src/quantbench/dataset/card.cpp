#include "quantbench/dataset/card.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/dataset/front_matter.h"

namespace quantbench::dataset {

namespace {

/// Each is compared with every file of the data set.
constexpr std::size_t kMostPatterns = 1000;

std::vector<std::string> texts_of(const YAML::Node& node, const std::string& where) {
  std::vector<std::string> texts;
  if (node.IsScalar()) {
    texts.push_back(node.as<std::string>());
  } else if (node.IsSequence()) {
    for (const YAML::Node& item : node) {
      if (!item.IsScalar()) throw Error("expected a path or a list of paths", where);
      if (texts.size() == kMostPatterns) {
        throw Error("more than " + std::to_string(kMostPatterns) + " patterns for a split", where);
      }
      texts.push_back(item.as<std::string>());
    }
  } else {
    throw Error("expected a path or a list of paths", where);
  }
  return texts;
}

/// A pattern, a list of patterns, a list of {split, path}, or a map from split to patterns.
void add_data_files(const YAML::Node& node, const std::string& where,
                    CardConfiguration& configuration) {
  if (node.IsMap()) {
    for (const auto& entry : node) {
      configuration.data_files.emplace_back(entry.first.as<std::string>(),
                                            texts_of(entry.second, where));
    }
    return;
  }
  const bool by_split = node.IsSequence() && node.size() > 0 && node[0].IsMap();
  if (!by_split) {
    configuration.data_files.emplace_back("train", texts_of(node, where));
    return;
  }
  for (const YAML::Node& entry : node) {
    if (!entry.IsMap() || !entry["split"] || !entry["path"]) {
      throw Error("expected entries {split, path}", where);
    }
    configuration.data_files.emplace_back(entry["split"].as<std::string>(),
                                          texts_of(entry["path"], where));
  }
}

std::vector<std::string> names_of(const std::vector<CardConfiguration>& declared) {
  std::vector<std::string> names;
  for (const CardConfiguration& one : declared) names.push_back(one.name);
  return names;
}

}  // namespace

std::vector<CardConfiguration> card_configurations(std::string_view readme,
                                                   const std::string& where) {
  std::vector<CardConfiguration> declared;
  try {
    const YAML::Node card = load_front_matter(readme, where);
    if (!card.IsMap() || !card["configs"] || !card["configs"].IsSequence()) return {};
    for (const YAML::Node& entry : card["configs"]) {
      if (!entry.IsMap()) throw Error("an entry of configs must be a mapping", where);
      CardConfiguration one;
      one.name = entry["config_name"] ? entry["config_name"].as<std::string>() : "default";
      one.is_default = entry["default"] && entry["default"].as<bool>(false);
      const std::string place = where + ": configs." + one.name + ".data_files";
      if (entry["data_files"]) add_data_files(entry["data_files"], place, one);
      if (entry["data_dir"]) one.data_dir = entry["data_dir"].as<std::string>();
      while (one.data_dir.ends_with('/')) one.data_dir.pop_back();
      declared.push_back(std::move(one));
    }
  } catch (const YAML::Exception& error) {
    throw Error("the front matter is not valid YAML: " + error.msg,
                where + ":" + std::to_string(error.mark.line + 1));
  }
  return declared;
}

const CardConfiguration& choose_configuration(const std::vector<CardConfiguration>& declared,
                                              const std::optional<std::string>& name,
                                              const std::string& where) {
  if (name) {
    const auto found = std::ranges::find(declared, *name, &CardConfiguration::name);
    if (found != declared.end()) return *found;
    throw Error("no configuration '" + *name + "' in the data set", where,
                "configurations there: " + join_some(names_of(declared), ", "));
  }
  if (declared.size() == 1) return declared.front();
  auto found = std::ranges::find(declared, true, &CardConfiguration::is_default);
  if (found == declared.end()) {
    found = std::ranges::find(declared, "default", &CardConfiguration::name);
  }
  if (found != declared.end()) return *found;
  throw Error("the data set has several configurations", where,
              "name one in dataset.name: " + join_some(names_of(declared), ", "));
}

}  // namespace quantbench::dataset
