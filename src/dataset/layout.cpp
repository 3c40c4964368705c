#include "quantbench/dataset/layout.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <map>
#include <regex>
#include <set>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/dataset/card.h"
#include "quantbench/dataset/dataset.h"
#include "quantbench/dataset/image_folder.h"
#include "quantbench/dataset/path_pattern.h"

namespace quantbench::dataset {

namespace {

constexpr std::string_view kSeparators = "-_.";

/// A file of the data set, its name taken apart: "sst2_validation-00000-of-00002.csv" is shard 1 of
/// 2 of "sst2_validation", extension ".csv".
struct DataFile {
  std::string path;
  std::string stem;
  std::string extension;
  std::size_t shards = 0;  ///< of how many it is one; 0: not a shard
};

DataFile take_apart(const std::string& path) {
  static const std::regex kShard(R"((.+)[-_.]\d+-of-(\d{1,9})(-[0-9a-f]{8,64})?)");
  DataFile file{path, file_name(path), extension_of(path), 0};
  file.stem.resize(file.stem.size() - file.extension.size());
  std::smatch match;
  if (std::regex_match(file.stem, match, kShard)) {
    file.shards = static_cast<std::size_t>(std::stoul(match[2]));
    file.stem = std::string(match[1]);
  }
  return file;
}

bool is_description(const std::string& path) {
  const std::string name = file_name(path);
  return name == "dataset_info.json" || name == "dataset_infos.json" || name == "README.md" ||
         name == "dataset_dict.json" || name == "state.json" || name == "config.json";
}

std::vector<DataFile> data_files_in(const FileTree& tree, const std::string& directory) {
  std::vector<DataFile> files;
  for (const std::string& path : tree.files_in(directory)) {
    if (!is_description(path)) files.push_back(take_apart(path));
  }
  return files;
}

/// `stem` behind "prefix" and a separator; nullopt when it does not start so.
std::optional<std::string> behind(const std::string& stem, const std::string& prefix) {
  if (stem.size() <= prefix.size() + 1 || !stem.starts_with(prefix)) return std::nullopt;
  if (kSeparators.find(stem[prefix.size()]) == std::string_view::npos) return std::nullopt;
  return stem.substr(prefix.size() + 1);
}

/// The configuration in front of a split's name: "sst2" of "sst2_validation" for "validation".
std::optional<std::string> in_front(const std::string& stem, const std::string& split) {
  for (std::size_t i = stem.find_first_of(kSeparators); i != std::string::npos;
       i = stem.find_first_of(kSeparators, i + 1)) {
    if (i > 0 && canonical_split(stem.substr(i + 1)) == split) return stem.substr(0, i);
  }
  return std::nullopt;
}

/// Splits that a path has as a word: "my-train_file.csv" and "training/a.csv" are train.
std::set<std::string> splits_in_words(const std::string& path) {
  std::set<std::string> splits;
  std::string word;
  for (const char c : path + "/") {
    if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
      word += c;
      continue;
    }
    // `datasets` takes a file called so for test, where a split asked for by that name is
    // validation.
    const bool evaluation = to_lower(word) == "eval" || to_lower(word) == "evaluation";
    const std::string split = evaluation ? "test" : canonical_split(word);
    if (names_a_split(split)) splits.insert(split);
    word.clear();
  }
  return splits;
}

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
    std::vector<DataFile> files = by_name();
    if (files.empty()) {
      if (auto images = image_folder()) {
        images->configuration = configuration_;
        return *std::move(images);
      }
    }
    if (files.empty() && prefix_.empty()) files = behind_any_configuration();
    if (files.empty() && !configuration_) files = in_a_configuration();
    if (files.empty() && prefix_.empty()) {
      found.files = in_words();
    } else if (!files.empty()) {
      found.files = agree(files);
    }
    if (found.files.empty()) {
      throw Error("no file for the split '" + split_ + "'", where(), hint());
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
      if (behind(file.stem, prefix_)) return;
      for (const std::string split : {"train", "validation", "test"}) {
        if (const auto name = in_front(file.stem, split)) known.insert(*name);
      }
    }
    throw Error(
        "no configuration '" + prefix_ + "' in the data set", where(),
        known.empty() ? "it has none: leave dataset.name out" : suggest(prefix_, listed(known)));
  }

  /// Name of the split a file is of, the configuration's prefix taken off.
  std::optional<std::string> label(const DataFile& file) const {
    if (prefix_.empty()) return file.stem;
    return behind(file.stem, prefix_);
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

  /// SPLIT.ext and SPLIT/*.ext under the roots.
  std::vector<DataFile> by_name() const {
    auto files = called([&](const std::string& name) { return name == split_; });
    if (files.empty()) {
      files = called([&](const std::string& name) { return canonical_split(name) == wanted_; });
    }
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

  /// SPLIT/CLASS/FILE. Classes are those of all splits, so that ids mean the same in each.
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
      if (const auto name = in_front(file.stem, wanted_)) {
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
                "name one in dataset.name: " + join(listed(configurations), ", "));
  }

  /// All files of readable formats below the roots; of several formats the most frequent.
  std::vector<std::string> readable_below() const {
    std::map<std::string, std::vector<std::string>> by_extension;
    const std::string prefix = roots_[0].empty() ? std::string() : roots_[0] + "/";
    for (const std::string& file : tree_.files()) {
      if (file.starts_with(prefix) && !is_description(file) &&
          known_extensions().contains(extension_of(file))) {
        by_extension[extension_of(file)].push_back(file);
      }
    }
    std::vector<std::string> most;
    for (auto& [extension, files] : by_extension) {
      if (files.size() > most.size()) most = std::move(files);
    }
    return most;
  }

  /// Files that have the split's name as a word in a directory's name, else in their own; where no
  /// file names any split, all of them are train. So `datasets` finds them.
  std::vector<std::string> in_words() const {
    const std::vector<std::string> files = readable_below();
    const std::size_t root = roots_[0].empty() ? 0 : roots_[0].size() + 1;
    std::vector<std::string> of_directory;
    std::vector<std::string> of_name;
    bool none = true;
    for (const std::string& file : files) {
      const auto directories =
          splits_in_words(parent_of(file).substr(std::min(root, parent_of(file).size())));
      const auto names = splits_in_words(file_name(file));
      none = none && directories.empty() && names.empty();
      if (directories.contains(wanted_)) of_directory.push_back(file);
      // "dev_matched" is a split of its own.
      const bool its_own = canonical_split(take_apart(file).stem).starts_with("validation");
      if (names.contains(wanted_) && !its_own) of_name.push_back(file);
    }
    if (none && wanted_ == "train") return files;
    return of_directory.empty() ? of_name : of_directory;
  }

  /// The paths of files that are one file or all shards of one.
  std::vector<std::string> agree(const std::vector<DataFile>& files) const {
    std::vector<DataFile> readable;
    for (const DataFile& file : files) {
      if (known_extensions().contains(file.extension)) readable.push_back(file);
    }
    if (readable.empty()) {
      if (const std::string directory = parent_of(files[0].path);
          has_loose_images(tree_, directory)) {
        throw Error("images without a class", tree_.place(directory),
                    "each class has a directory: " + split_ + "/CLASS/FILE");
      }
      refuse_extension(files[0].extension, tree_.place(files[0].path));
    }
    const DataFile& first = readable[0];
    std::vector<std::string> paths;
    for (const DataFile& file : readable) {
      paths.push_back(file.path);
      const bool belongs = file.stem == first.stem && file.extension == first.extension &&
                           file.shards == first.shards &&
                           parent_of(file.path) == parent_of(first.path);
      if (!belongs || (first.shards == 0 && paths.size() > 1)) {
        throw Error("several files for the split '" + split_ + "'", where(),
                    file_name(first.path) + " and " + file_name(file.path) +
                        " compete; name the file in dataset.path");
      }
    }
    if (first.shards != 0 && paths.size() != first.shards) {
      throw Error("the split '" + split_ + "' has " + std::to_string(paths.size()) + " of its " +
                      std::to_string(first.shards) + " parts",
                  where());
    }
    return paths;
  }

  std::string hint() const {
    std::set<std::string> splits;
    for (const DataFile& file : all_files()) {
      const auto split = label(file);
      if (split && known_extensions().contains(file.extension)) {
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
    if (!splits.empty()) return "splits there: " + join(listed(splits), ", ");
    const auto directories = tree_.subdirectories(roots_[0]);
    if (directories.empty()) return "there is no data file there";
    return "there are subdirectories: " + join(directories, ", ") +
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

/// The split as the card's `configs` declares it.
class Declared {
 public:
  Declared(const FileTree& tree, const CardConfiguration& configuration, const std::string& split)
      : tree_(tree), configuration_(configuration), split_(split) {}

  Layout find() const {
    if (configuration_.data_files.empty()) {
      Layout found = Search(tree_, configuration_.data_dir, std::nullopt, split_).find();
      found.configuration = configuration_.name;
      return found;
    }
    Layout found;
    found.configuration = configuration_.name;
    std::set<std::string> seen;
    for (const std::string& pattern : patterns()) {
      for (std::string& file : matching(pattern)) {
        if (seen.insert(file).second) found.files.push_back(std::move(file));
      }
    }
    return found;
  }

 private:
  std::string where() const { return tree_.where() + ": configuration " + configuration_.name; }

  const std::vector<std::string>& patterns() const {
    std::vector<std::string> known;
    const std::vector<std::string>* alias = nullptr;
    for (const auto& [split, patterns] : configuration_.data_files) {
      if (split == split_) return patterns;
      if (canonical_split(split) == canonical_split(split_)) alias = &patterns;
      known.push_back(split);
    }
    if (alias != nullptr) return *alias;
    throw Error("no split '" + split_ + "'", where(), "splits there: " + join(known, ", "));
  }

  std::vector<std::string> matching(const std::string& pattern) const {
    std::string whole = joined(configuration_.data_dir, pattern);
    if (tree_.has_directory(whole)) whole += "/**";
    std::vector<std::string> found;
    std::string unread;
    for (const std::string& file : tree_.files()) {
      if (is_description(file) || !path_matches(whole, file)) continue;
      if (known_extensions().contains(extension_of(file))) {
        found.push_back(file);
      } else {
        unread = file;
      }
    }
    if (!found.empty()) return found;
    if (unread.empty()) {
      throw Error(
          "no file matches '" + pattern + "', which the card names for the split '" + split_ + "'",
          where());
    }
    refuse_extension(extension_of(unread), tree_.place(unread));
  }

  const FileTree& tree_;
  const CardConfiguration& configuration_;
  const std::string& split_;
};

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

bool names_a_split(std::string_view canonical) {
  return canonical == "train" || canonical == "test" || canonical.starts_with("validation");
}

std::string canonical_split(std::string_view split) {
  static const std::map<std::string, std::string> kAliases = {
      {"dev", "validation"},  {"valid", "validation"}, {"val", "validation"},
      {"eval", "validation"}, {"training", "train"},   {"testing", "test"}};
  const std::string name = to_lower(split);
  const std::size_t end = std::min(name.find_first_of(kSeparators), name.size());
  const auto alias = kAliases.find(name.substr(0, end));
  return alias == kAliases.end() ? name : alias->second + name.substr(end);
}

bool has_data_files(const FileTree& tree) {
  return std::ranges::any_of(tree.files(), [](const std::string& file) {
    return !is_description(file) && known_extensions().contains(extension_of(file));
  });
}

Layout find_split(const FileTree& tree, std::string_view card,
                  const std::optional<std::string>& configuration, const std::string& split) {
  const auto declared = card_configurations(card, tree.place("README.md"));
  Layout found;
  if (declared.empty()) {
    found = Search(tree, "", configuration, split).find();
  } else {
    found =
        Declared(tree, choose_configuration(declared, configuration, tree.where()), split).find();
  }
  found.descriptions = descriptions(tree, found.configuration);
  return found;
}

}  // namespace quantbench::dataset
