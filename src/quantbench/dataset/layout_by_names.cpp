#include "quantbench/dataset/layout_by_names.h"

#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/dataset/data_files.h"
#include "quantbench/dataset/dataset.h"
#include "quantbench/dataset/image_folder.h"
#include "quantbench/dataset/image_metadata.h"
#include "quantbench/dataset/split_names.h"
#include "quantbench/dataset/word_search.h"

namespace quantbench::dataset {

namespace {

std::vector<std::string> listed(const std::set<std::string>& names) {
  return {names.begin(), names.end()};
}

void append(std::vector<DataFile>& to, std::vector<DataFile> more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

/// The search of one split by names: where it looks and what it calls the place in messages.
class Search {
 public:
  Search(const FileTree& tree, std::string base, const std::optional<std::string>& configuration,
         const std::string& split)
      : tree_(tree), base_(std::move(base)), split_(split), wanted_(canonical_split(split)) {
    if (!configuration) {
      add_roots(base_);
    } else if (tree_.has_directory(joined(base_, *configuration))) {
      configuration_ = *configuration;
      add_roots(joined(base_, *configuration));
    } else {
      add_roots(base_);
      configuration_ = *configuration;
      prefix_ = *configuration;
      require_configuration();
    }
  }

  Layout find() {
    Layout found;
    std::vector<DataFile> files = called_as_split();
    if (files.empty()) {
      if (auto images = listed_images()) {
        images->configuration = configuration_;
        return *std::move(images);
      }
    }
    if (files.empty()) files = by_name();
    if (files.empty()) {
      if (auto images = image_folder()) {
        images->configuration = configuration_;
        return *std::move(images);
      }
    }
    if (files.empty() && prefix_.empty()) files = behind_any_configuration();
    if (files.empty() && !configuration_) files = in_a_configuration();
    if (files.empty() && prefix_.empty()) {
      found.files = files_with_word(tree_, roots_[0], wanted_);
    } else if (!files.empty()) {
      found.files = parts_of_one(tree_, files, split_, where());
    }
    if (found.files.empty()) {
      throw NoSuchSplit("no file for the split '" + split_ + "'", where(), hint());
    }
    found.configuration = configuration_;
    return found;
  }

 private:
  std::string where() const { return tree_.place(base_); }

  void add_roots(const std::string& directory) {
    roots_.push_back(directory);
    if (tree_.has_directory(joined(directory, "data"))) roots_.push_back(joined(directory, "data"));
  }

  std::vector<DataFile> all_files() const {
    std::vector<DataFile> files;
    for (const std::string& root : roots_) append(files, data_files_in(tree_, root));
    return files;
  }

  void require_configuration() const {
    std::set<std::string> known;
    for (const std::string& name : tree_.subdirectories(base_)) known.insert(name);
    for (const DataFile& file : all_files()) {
      if (without_prefix(file.stem, prefix_)) return;
      for (const std::string split : {"train", "validation", "test"}) {
        if (const auto name = configuration_before(file.stem, split)) known.insert(*name);
      }
    }
    throw Error(
        "no configuration '" + prefix_ + "' in the data set", where(),
        known.empty() ? "it has none: leave dataset.name out" : suggest(prefix_, listed(known)));
  }

  /// Name of the split a file is of, the configuration's prefix taken off.
  std::optional<std::string> label(const DataFile& file) const {
    if (prefix_.empty()) return file.stem;
    return without_prefix(file.stem, prefix_);
  }

  /// Files whose split's name is accepted.
  std::vector<DataFile> called(const std::function<bool(const std::string&)>& accepted) const {
    std::vector<DataFile> found;
    for (const DataFile& file : all_files()) {
      const auto name = label(file);
      if (name && accepted(*name)) found.push_back(file);
    }
    return found;
  }

  /// SPLIT.ext under the roots.
  std::vector<DataFile> called_as_split() const {
    auto files = called([&](const std::string& name) { return name == split_; });
    if (files.empty()) {
      files = called([&](const std::string& name) { return canonical_split(name) == wanted_; });
    }
    return files;
  }

  /// SPLIT.ext and SPLIT/*.ext under the roots.
  std::vector<DataFile> by_name() const {
    auto files = called_as_split();
    if (files.empty()) files = in_split_directory("");
    // What the Hub's conversion calls a split of which it took the first part.
    if (files.empty()) files = in_split_directory("partial-");
    return files;
  }

  std::vector<DataFile> in_split_directory(std::string_view before) const {
    for (const std::string& root : roots_) {
      for (const std::string& name : tree_.subdirectories(root)) {
        if (!name.starts_with(before)) continue;
        if (canonical_split(name.substr(before.size())) != wanted_) continue;
        std::vector<DataFile> files = data_files_in(tree_, joined(root, name));
        // Whatever they are called, they are the parts of one split.
        for (DataFile& file : files) {
          file.stem = wanted_;
          file.shards = files.size();
        }
        if (!files.empty()) return files;
      }
    }
    return {};
  }

  /// Images that a metadata file lists: in SPLIT/, or above the splits' directories. Without such
  /// directories, all images belong to the split "train".
  std::optional<Layout> listed_images() const {
    if (!prefix_.empty()) return std::nullopt;
    for (const std::string& root : roots_) {
      std::string directory;
      bool has_splits = false;
      for (const std::string& name : tree_.subdirectories(root)) {
        const bool wanted = canonical_split(name) == wanted_;
        has_splits = has_splits || wanted || names_a_split(canonical_split(name));
        if (wanted && directory.empty()) directory = name;
      }
      Layout found;
      if (!directory.empty()) {
        found.files = image_metadata_below(tree_, joined(root, directory));
        found.images = images_below(tree_, joined(root, directory));
      }
      const bool whole = !has_splits && wanted_ == "train";
      if (found.files.empty() && (whole || !directory.empty())) {
        if (auto file = image_metadata_in(tree_, root); !file.empty()) found.files = {file};
        found.images_below = directory;
        if (whole) found.images = images_below(tree_, root);
      }
      if (!found.files.empty() && !found.images.empty()) return found;
    }
    return std::nullopt;
  }

  /// SPLIT/CLASS/FILE. Classes come from all splits, so ids mean the same in each.
  std::optional<Layout> image_folder() const {
    for (const std::string& root : roots_) {
      std::vector<std::string> splits;
      std::vector<std::string> images;
      for (const std::string& name : tree_.subdirectories(root)) {
        const bool wanted = canonical_split(name) == wanted_;
        if (wanted || names_a_split(canonical_split(name))) splits.push_back(joined(root, name));
        if (wanted && images.empty()) images = find_images(tree_, joined(root, name));
      }
      if (!images.empty()) {
        return Layout{std::nullopt, std::move(images), {}, image_classes(tree_, splits)};
      }
    }
    return std::nullopt;
  }

  /// Without a configuration in the spec: "sst2_validation.tsv", when only one configuration has
  /// it.
  std::vector<DataFile> behind_any_configuration() const {
    std::vector<DataFile> found;
    std::set<std::string> configurations;
    for (const DataFile& file : all_files()) {
      if (const auto name = configuration_before(file.stem, wanted_)) {
        configurations.insert(*name);
        found.push_back(file);
      }
    }
    if (configurations.size() > 1) refuse_choice(configurations);
    return found;
  }

  /// Without a configuration in the spec: CONFIGURATION/SPLIT..., when only one has it or one is
  /// called "default".
  std::vector<DataFile> in_a_configuration() {
    std::map<std::string, std::vector<DataFile>> found;
    for (const std::string& name : tree_.subdirectories(base_)) {
      if (name == "data") continue;
      Search inside(tree_, base_, name, split_);
      if (auto files = inside.by_name(); !files.empty()) found[name] = std::move(files);
    }
    if (found.empty()) return {};
    auto chosen = found.begin();
    if (found.size() > 1) {
      chosen = found.find("default");
      std::set<std::string> names;
      for (const auto& entry : found) names.insert(entry.first);
      if (chosen == found.end()) refuse_choice(names);
    }
    configuration_ = chosen->first;
    return chosen->second;
  }

  [[noreturn]] void refuse_choice(const std::set<std::string>& configurations) const {
    throw Error("several configurations have the split '" + split_ + "'", where(),
                "name one in dataset.name: " + join_some(listed(configurations), ", "));
  }

  std::string hint() const {
    std::set<std::string> splits;
    for (const DataFile& file : all_files()) {
      const auto split = label(file);
      if (split && is_known_extension(file.extension)) {
        splits.insert(canonical_split(*split));
      }
    }
    for (const std::string& root : roots_) {
      for (const std::string& name : tree_.subdirectories(root)) {
        if (names_a_split(canonical_split(name)) &&
            (!data_files_in(tree_, joined(root, name)).empty() ||
             !image_classes(tree_, {joined(root, name)}).empty())) {
          splits.insert(canonical_split(name));
        }
      }
    }
    if (!splits.empty()) return "splits there: " + join_some(listed(splits), ", ");
    const auto directories = tree_.subdirectories(roots_[0]);
    if (directories.empty()) return "there is no data file there";
    return "there are subdirectories: " + join_some(directories, ", ") +
           "; is one of them dataset.name?";
  }

  const FileTree& tree_;
  std::string base_;
  std::string split_;
  std::string wanted_;
  std::vector<std::string> roots_;
  std::optional<std::string> configuration_;
  std::string prefix_;
};

}  // namespace

Layout layout_by_names(const FileTree& tree, const std::string& base,
                       const std::optional<std::string>& configuration, const std::string& split) {
  return Search(tree, base, configuration, split).find();
}

}  // namespace quantbench::dataset
