#include "quantbench/dataset/layout.h"

#include <algorithm>

#include "quantbench/dataset/card.h"
#include "quantbench/dataset/data_files.h"
#include "quantbench/dataset/dataset.h"
#include "quantbench/dataset/layout_by_card.h"
#include "quantbench/dataset/layout_by_names.h"

namespace quantbench::dataset {

namespace {

std::vector<std::string> descriptions(const FileTree& tree,
                                      const std::optional<std::string>& configuration) {
  std::vector<std::string> directories = {""};
  if (configuration) directories.insert(directories.begin(), *configuration);
  std::vector<std::string> found;
  for (const std::string& directory : directories) {
    for (const char* name : {"dataset_info.json", "dataset_infos.json", "README.md"}) {
      if (tree.contains(joined(directory, name))) found.push_back(joined(directory, name));
    }
  }
  return found;
}

}  // namespace

bool has_data_files(const FileTree& tree) {
  return std::ranges::any_of(tree.files(), [](const std::string& file) {
    return !is_description(file) && is_known_extension(extension_of(file));
  });
}

Layout find_split(const FileTree& tree, std::string_view card,
                  const std::optional<std::string>& configuration, const std::string& split) {
  const auto declared = card_configurations(card, tree.place("README.md"));
  Layout found;
  if (declared.empty()) {
    found = layout_by_names(tree, "", configuration, split);
  } else {
    found =
        layout_by_card(tree, choose_configuration(declared, configuration, tree.where()), split);
  }
  found.descriptions = descriptions(tree, found.configuration);
  return found;
}

}  // namespace quantbench::dataset
