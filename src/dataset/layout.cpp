#include "quantbench/dataset/layout.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <optional>
#include <regex>
#include <set>
#include <string_view>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/dataset/image_folder.h"

namespace quantbench::dataset {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kSeparators = "-_.";

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

/// A file of the data set, its name taken apart: "sst2_validation-00000-of-00002.csv" is shard 1 of
/// 2 of "sst2_validation", extension ".csv".
struct DataFile {
  fs::path path;
  std::string stem;
  std::string extension;
  std::size_t shards = 0;  ///< of how many it is one; 0: not a shard
};

const std::set<std::string>& known_extensions() {
  static const std::set<std::string> known = [] {
    std::set<std::string> out;
    for (const std::string& name : formats().names()) {
      for (const std::string& extension : formats().get(name).extensions()) out.insert(extension);
    }
    return out;
  }();
  return known;
}

DataFile take_apart(const fs::path& path) {
  static const std::regex kShard(R"((.+)[-_.]\d+-of-(\d{1,9}))");
  DataFile file{path, path.stem().string(), lower(path.extension().string()), 0};
  std::smatch match;
  if (std::regex_match(file.stem, match, kShard)) {
    file.shards = static_cast<std::size_t>(std::stoul(match[2]));
    file.stem = std::string(match[1]);
  }
  return file;
}

bool describes_the_data_set(const fs::path& path) {
  const std::string name = path.filename().string();
  return name == "dataset_info.json" || name == "dataset_infos.json" || name == "README.md" ||
         name.starts_with('.');
}

std::vector<DataFile> files_in(const fs::path& directory) {
  std::vector<DataFile> files;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(directory, failed)) {
    std::error_code ignored;
    if (!entry.is_regular_file(ignored) || describes_the_data_set(entry.path())) continue;
    files.push_back(take_apart(entry.path()));
  }
  std::sort(files.begin(), files.end(),
            [](const DataFile& a, const DataFile& b) { return a.path < b.path; });
  return files;
}

std::vector<std::string> subdirectories(const fs::path& directory) {
  std::vector<std::string> names;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(directory, failed)) {
    std::error_code ignored;
    const std::string name = entry.path().filename().string();
    if (entry.is_directory(ignored) && !name.starts_with('.')) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
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

bool names_a_split(std::string_view canonical) {
  return canonical == "train" || canonical == "test" || canonical.starts_with("validation");
}

/// The search of one split: where it looks and what it calls the place in messages.
class Search {
 public:
  Search(const Source& source, const std::string& split)
      : base_(source.path), split_(split), wanted_(canonical_split(split)) {
    if (!source.name.has_value()) {
      add_roots(base_);
    } else if (fs::is_directory(base_ / *source.name)) {
      add_roots(base_ / *source.name);
      configuration_ = base_ / *source.name;
    } else {
      add_roots(base_);
      prefix_ = *source.name;
      require_configuration();
    }
  }

  Layout find() const {
    std::vector<DataFile> files = called([&](const std::string& name) { return name == split_; });
    if (files.empty()) {
      files = called([&](const std::string& name) { return canonical_split(name) == wanted_; });
    }
    if (files.empty()) files = in_split_directory();
    if (files.empty()) {
      if (auto images = image_folder()) return *std::move(images);
    }
    if (files.empty() && prefix_.empty()) files = behind_any_configuration();
    if (files.empty())
      throw Error("no file for the split '" + split_ + "'", base_.string(), hint());
    return {agree(files), descriptions(), {}};
  }

 private:
  void add_roots(const fs::path& directory) {
    roots_.push_back(directory);
    if (fs::is_directory(directory / "data")) roots_.push_back(directory / "data");
  }

  std::vector<DataFile> all_files() const {
    std::vector<DataFile> files;
    for (const fs::path& root : roots_) {
      for (DataFile& file : files_in(root)) files.push_back(std::move(file));
    }
    return files;
  }

  void require_configuration() const {
    std::set<std::string> known;
    for (const std::string& name : subdirectories(base_)) known.insert(name);
    for (const DataFile& file : all_files()) {
      if (behind(file.stem, prefix_)) return;
      for (const std::string split : {"train", "validation", "test"}) {
        if (const auto name = in_front(file.stem, split)) known.insert(*name);
      }
    }
    const std::vector<std::string> names(known.begin(), known.end());
    throw Error("no configuration '" + prefix_ + "' in the data set", base_.string(),
                names.empty() ? "it has none: leave dataset.name out" : suggest(prefix_, names));
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

  std::vector<DataFile> in_split_directory() const {
    for (const fs::path& root : roots_) {
      for (const std::string& name : subdirectories(root)) {
        if (canonical_split(name) != wanted_) continue;
        std::vector<DataFile> files = files_in(root / name);
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
    for (const fs::path& root : roots_) {
      std::vector<fs::path> splits;
      std::vector<fs::path> images;
      for (const std::string& name : subdirectories(root)) {
        const bool wanted = canonical_split(name) == wanted_;
        if (wanted || names_a_split(canonical_split(name))) splits.push_back(root / name);
        if (wanted && images.empty()) images = find_images(root / name);
      }
      if (!images.empty()) return Layout{std::move(images), {}, image_classes(splits)};
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
    if (configurations.size() > 1) {
      throw Error(
          "several configurations have the split '" + split_ + "'", base_.string(),
          "name one in dataset.name: " +
              join(std::vector<std::string>(configurations.begin(), configurations.end()), ", "));
    }
    return found;
  }

  /// The paths of files that are one file or all shards of one.
  std::vector<fs::path> agree(const std::vector<DataFile>& files) const {
    std::vector<DataFile> readable;
    for (const DataFile& file : files) {
      if (known_extensions().contains(file.extension)) readable.push_back(file);
    }
    if (readable.empty()) {
      if (const fs::path directory = files[0].path.parent_path(); has_loose_images(directory)) {
        throw Error("images without a class", directory.string(),
                    "each class has a directory: " + split_ + "/CLASS/FILE");
      }
      const auto& known = known_extensions();
      throw Error("no known data set format has the extension '" + files[0].extension + "'",
                  files[0].path.string(),
                  "known: " + join(std::vector<std::string>(known.begin(), known.end()), ", "));
    }
    const DataFile& first = readable[0];
    std::vector<fs::path> paths;
    for (const DataFile& file : readable) {
      paths.push_back(file.path);
      const bool belongs = file.stem == first.stem && file.extension == first.extension &&
                           file.shards == first.shards &&
                           file.path.parent_path() == first.path.parent_path();
      if (!belongs || (first.shards == 0 && paths.size() > 1)) {
        throw Error("several files for the split '" + split_ + "'", base_.string(),
                    first.path.filename().string() + " and " + file.path.filename().string() +
                        " compete; name the file in dataset.path");
      }
    }
    if (first.shards != 0 && paths.size() != first.shards) {
      throw Error("the split '" + split_ + "' has " + std::to_string(paths.size()) + " of its " +
                      std::to_string(first.shards) + " parts",
                  base_.string());
    }
    return paths;
  }

  std::vector<fs::path> descriptions() const {
    std::vector<fs::path> places;
    if (!configuration_.empty()) places.push_back(configuration_);
    places.push_back(base_);
    return places;
  }

  std::string hint() const {
    std::set<std::string> splits;
    for (const DataFile& file : all_files()) {
      const auto split = label(file);
      if (split && known_extensions().contains(file.extension)) {
        splits.insert(canonical_split(*split));
      }
    }
    for (const fs::path& root : roots_) {
      for (const std::string& name : subdirectories(root)) {
        if (names_a_split(canonical_split(name)) &&
            (!files_in(root / name).empty() || !image_classes({root / name}).empty())) {
          splits.insert(canonical_split(name));
        }
      }
    }
    if (!splits.empty()) {
      return "splits there: " + join(std::vector<std::string>(splits.begin(), splits.end()), ", ");
    }
    const auto directories = subdirectories(roots_[0]);
    if (directories.empty()) return "there is no data file there";
    return "there are subdirectories: " + join(directories, ", ") +
           "; is one of them dataset.name?";
  }

  fs::path base_;
  std::string split_;
  std::string wanted_;
  std::vector<fs::path> roots_;
  fs::path configuration_;
  std::string prefix_;
};

Layout single_file(const Source& source, const std::string& split) {
  const DataFile file = take_apart(source.path);
  if (source.name.has_value()) {
    throw Error("dataset.path is a file, which has no configuration '" + *source.name + "'",
                source.path, "leave dataset.name out");
  }
  const std::string own = canonical_split(file.stem);
  if (names_a_split(own) && own != canonical_split(split)) {
    throw Error("this file is the split '" + own + "', not '" + split + "'", source.path,
                "give the directory as dataset.path");
  }
  if (!known_extensions().contains(file.extension)) {
    const auto& known = known_extensions();
    throw Error("no known data set format has the extension '" + file.extension + "'", source.path,
                "known: " + join(std::vector<std::string>(known.begin(), known.end()), ", "));
  }
  return {{file.path}, {file.path.parent_path()}, {}};
}

}  // namespace

std::string canonical_split(std::string_view split) {
  const std::string name = lower(split);
  const std::size_t end = std::min(name.find_first_of(kSeparators), name.size());
  const std::string word = name.substr(0, end);
  const bool alias = word == "dev" || word == "valid" || word == "val" || word == "eval";
  return alias ? "validation" + name.substr(end) : name;
}

Layout find_split(const Source& source, const std::string& split) {
  std::error_code ignored;
  if (fs::is_regular_file(source.path, ignored)) return single_file(source, split);
  if (!fs::is_directory(source.path, ignored)) {
    throw Error("no such data set directory or file", source.path);
  }
  return Search(source, split).find();
}

}  // namespace quantbench::dataset
