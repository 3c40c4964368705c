#include "quantbench/dataset/word_search.h"

#include <algorithm>
#include <map>
#include <utility>

#include "quantbench/dataset/data_files.h"
#include "quantbench/dataset/dataset.h"
#include "quantbench/dataset/split_names.h"

namespace quantbench::dataset {

namespace {

/// All files of known formats below the root; of several formats, the most frequent.
std::vector<std::string> readable_below(const FileTree& tree, const std::string& root) {
  std::map<std::string, std::vector<std::string>> by_extension;
  const std::string prefix = root.empty() ? std::string() : root + "/";
  for (const std::string& file : tree.files()) {
    if (file.starts_with(prefix) && !is_description(file) &&
        is_known_extension(extension_of(file))) {
      by_extension[extension_of(file)].push_back(file);
    }
  }
  std::vector<std::string> most;
  for (auto& [extension, files] : by_extension) {
    if (files.size() > most.size()) most = std::move(files);
  }
  return most;
}

}  // namespace

std::vector<std::string> files_with_word(const FileTree& tree, const std::string& root,
                                         const std::string& split) {
  const std::vector<std::string> files = readable_below(tree, root);
  const std::size_t behind_root = root.empty() ? 0 : root.size() + 1;
  std::vector<std::string> of_directory;
  std::vector<std::string> of_name;
  bool none = true;
  for (const std::string& file : files) {
    const auto directories =
        splits_in_words(parent_of(file).substr(std::min(behind_root, parent_of(file).size())));
    const auto names = splits_in_words(file_name(file));
    none = none && directories.empty() && names.empty();
    if (directories.contains(split)) of_directory.push_back(file);
    // "dev_matched" is a split of its own.
    const bool its_own = canonical_split(take_apart(file).stem).starts_with("validation");
    if (names.contains(split) && !its_own) of_name.push_back(file);
  }
  if (none && split == "train") return files;
  return of_directory.empty() ? of_name : of_directory;
}

}  // namespace quantbench::dataset
