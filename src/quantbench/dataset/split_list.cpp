#include "quantbench/dataset/split_list.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "quantbench/base/file.h"
#include "quantbench/base/text.h"
#include "quantbench/dataset/card.h"
#include "quantbench/dataset/data_files.h"
#include "quantbench/dataset/layout.h"
#include "quantbench/dataset/split_names.h"

namespace quantbench::dataset {

namespace {

/// Names that a split may have: the usual ones, and what files and directories are called that name
/// a part of a split ("validation_matched").
std::set<std::string> possible_splits(const FileTree& tree) {
  std::set<std::string> names = {"train", "validation", "test"};
  const auto add = [&](const std::string& word) {
    const std::string split = canonical_split(word);
    if (names_a_split(split)) names.insert(split);
  };
  for (const std::string& file : tree.files()) {
    if (is_description(file)) continue;
    add(take_apart(file).stem);
    for (std::string at = parent_of(file); !at.empty(); at = parent_of(at)) add(file_name(at));
  }
  return names;
}

/// The splits that the card declares file by file; empty: it leaves them to the names.
std::vector<std::string> declared_splits(const FileTree& tree, std::string_view card,
                                         const std::optional<std::string>& configuration) {
  const auto declared = card_configurations(card, tree.place("README.md"));
  if (declared.empty()) return {};
  std::vector<std::string> names;
  const auto& chosen = choose_configuration(declared, configuration, tree.where());
  for (const auto& [split, patterns] : chosen.data_files) names.push_back(split);
  return names;
}

}  // namespace

bool KnownSplits::has(std::string_view name) const {
  return std::ranges::find(names, name) != names.end();
}

KnownSplits list_splits(const FileTree& tree, std::string_view card,
                        const std::optional<std::string>& configuration) {
  KnownSplits known{.names = declared_splits(tree, card, configuration)};
  if (!known.names.empty()) return known;
  std::optional<Error> none;
  for (const std::string& split : possible_splits(tree)) {
    try {
      find_split(tree, card, configuration, split);
      known.names.push_back(split);
    } catch (const NoSuchSplit& error) {
      none = error;
    } catch (const Error& error) {
      known.faults.emplace(split, error);
    }
  }
  if (!known.names.empty()) return known;
  if (!known.faults.empty()) throw Error(known.faults.begin()->second);
  throw Error("no file of a known format is a split", tree.where(), none ? none->hint() : "");
}

KnownSplits list_splits(const Source& source) {
  const std::filesystem::path path = source.path;
  std::error_code ignored;
  if (std::filesystem::is_regular_file(path, ignored)) {
    const std::string stem = path.stem().string();
    const std::string split = canonical_split(stem);
    return {.names = {names_a_split(split) ? split : stem}};
  }
  if (!std::filesystem::is_directory(path, ignored)) {
    throw Error("no such data set directory or file", source.path);
  }
  const FileTree tree = FileTree::of_directory(path);
  const std::string card = tree.contains("README.md") ? read_text(path / "README.md") : "";
  return list_splits(tree, card, source.name);
}

}  // namespace quantbench::dataset
