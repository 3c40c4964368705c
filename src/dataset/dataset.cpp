#include "quantbench/dataset/dataset.h"

#include <algorithm>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/hash.h"
#include "quantbench/base/parallel.h"
#include "quantbench/base/text.h"
#include "quantbench/dataset/class_names.h"
#include "quantbench/dataset/file_tree.h"
#include "quantbench/dataset/layout.h"
#include "quantbench/dataset/shuffle.h"

namespace quantbench::dataset {

namespace {

const Format& format_of(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const std::string& name : formats().names()) {
    const Format& format = formats().get(name);
    const auto known = format.extensions();
    if (std::find(known.begin(), known.end(), extension) != known.end()) return format;
  }
  std::vector<std::string> known;
  for (const std::string& name : formats().names()) {
    for (const std::string& one : formats().get(name).extensions()) known.push_back(one);
  }
  std::sort(known.begin(), known.end());
  throw Error("no known data set format has the extension '" + extension + "'", path.string(),
              "known: " + join(known, ", "));
}

/// Files of one split must have the same columns, in whatever order.
void require_same_columns(const std::vector<std::string>& expected,
                          const std::vector<std::string>& found,
                          const std::filesystem::path& path) {
  if (std::is_permutation(expected.begin(), expected.end(), found.begin(), found.end())) return;
  throw Error("columns " + join(found, ", "), path.string(),
              "the split's first file has " + join(expected, ", "));
}

/// The items that the subset takes, in its order.
template <typename Item>
std::vector<Item> taken(const std::vector<Item>& items, const Subset& subset) {
  const std::size_t count = subset.limit == 0 ? items.size() : std::min(subset.limit, items.size());
  if (!subset.shuffle_seed) return {items.begin(), items.begin() + static_cast<long>(count)};
  std::vector<std::size_t> order = shuffled_order(items.size(), *subset.shuffle_seed);
  order.resize(count);
  std::vector<Item> out;
  out.reserve(count);
  for (const std::size_t index : order) out.push_back(items[index]);
  return out;
}

/// Adds the rows of the files, at most `limit` (0: all).
void read_files(const std::vector<std::filesystem::path>& files, std::size_t limit, Split& loaded) {
  for (const auto& path : files) {
    const auto table = format_of(path).open(path);
    if (loaded.files.empty()) {
      loaded.columns = table->columns();
    } else {
      require_same_columns(loaded.columns, table->columns(), path);
    }
    loaded.files.push_back(path);
    for (std::size_t row = 0; limit == 0 || loaded.rows.size() < limit; ++row) {
      auto example = table->next();
      if (!example) break;
      loaded.rows.push_back(*std::move(example));
      loaded.origins.push_back({loaded.files.size() - 1, table->line(), row});
    }
    if (limit != 0 && loaded.rows.size() == limit) break;
  }
}

/// A split's files on the disk.
struct Found {
  std::vector<std::filesystem::path> files;
  std::vector<std::filesystem::path> descriptions;
  std::vector<std::string> image_classes;
  std::optional<std::string> configuration;
};

Found find_file(const Source& source, const std::string& split) {
  const std::filesystem::path path = source.path;
  if (source.name.has_value()) {
    throw Error("dataset.path is a file, which has no configuration '" + *source.name + "'",
                source.path, "leave dataset.name out");
  }
  const std::string own = canonical_split(path.stem().string());
  const bool a_split = own == "train" || own == "test" || own.starts_with("validation");
  if (a_split && own != canonical_split(split)) {
    throw Error("this file is the split '" + own + "', not '" + split + "'", source.path,
                "give the directory as dataset.path");
  }
  format_of(path);
  Found found{{path}, {}, {}, std::nullopt};
  for (const char* name : {"dataset_info.json", "dataset_infos.json", "README.md"}) {
    std::error_code ignored;
    const auto description = path.parent_path() / name;
    if (std::filesystem::exists(description, ignored)) found.descriptions.push_back(description);
  }
  return found;
}

Found find(const Source& source, const std::string& split) {
  std::error_code ignored;
  const std::filesystem::path root = source.path;
  if (std::filesystem::is_regular_file(root, ignored)) return find_file(source, split);
  if (!std::filesystem::is_directory(root, ignored)) {
    throw Error("no such data set directory or file", source.path);
  }
  const FileTree tree = FileTree::of_directory(root);
  const std::string card = tree.contains("README.md") ? read_text(root / "README.md") : "";
  Layout layout = find_split(tree, card, source.name, split);
  Found found{{}, {}, std::move(layout.image_classes), std::move(layout.configuration)};
  for (const std::string& file : layout.files) found.files.push_back(root / file);
  for (const std::string& file : layout.descriptions) found.descriptions.push_back(root / file);
  return found;
}

/// A row for every image: `image` is {"path": FILE}, `label` the class id; `labels` is the same
/// under the name that some data sets give it.
void append_images(const std::vector<std::filesystem::path>& images,
                   const std::vector<std::string>& classes, Split& split) {
  split.columns = {"image", "label", "labels"};
  for (const char* column : {"label", "labels"}) split.class_names[column] = classes;
  for (const std::filesystem::path& image : images) {
    const auto found =
        std::lower_bound(classes.begin(), classes.end(), image.parent_path().filename().string());
    const auto label = found - classes.begin();
    split.rows.push_back(
        {{"image", {{"path", image.string()}}}, {"label", label}, {"labels", label}});
    split.origins.push_back({.file = split.files.size(), .whole_file = true});
    split.files.push_back(image);
  }
}

/// What an image is called within its split.
std::string class_and_name(const std::filesystem::path& image) {
  return (image.parent_path().filename() / image.filename()).string();
}

}  // namespace

std::string Split::place(std::size_t row) const {
  if (row >= origins.size()) return "row " + std::to_string(row + 1);
  const Origin& origin = origins[row];
  const std::string file = files.at(origin.file).string();
  if (origin.whole_file) return file;
  if (origin.line != 0) return file + ":" + std::to_string(origin.line);
  return file + ": row " + std::to_string(origin.row + 1);
}

Split load_split(const Source& source, const std::string& split, const Subset& subset) {
  const Found layout = find(source, split);
  Split loaded;
  if (!layout.image_classes.empty()) {
    append_images(taken(layout.files, subset), layout.image_classes, loaded);
    return loaded;
  }
  // A shuffle needs every row before it knows the first.
  read_files(layout.files, subset.shuffle_seed ? 0 : subset.limit, loaded);
  if (loaded.rows.empty()) {
    throw Error("the split '" + split + "' is empty", layout.files.front().string());
  }
  if (subset.shuffle_seed) {
    loaded.rows = taken(loaded.rows, subset);
    loaded.origins = taken(loaded.origins, subset);
  }
  loaded.class_names = read_class_names(layout.descriptions, layout.configuration);
  return loaded;
}

Split load_split(const Source& source, const std::string& split, std::size_t limit) {
  return load_split(source, split, Subset{limit, std::nullopt});
}

std::string content_hash(const Source& source, const std::string& split, const Subset& subset) {
  const Found layout = find(source, split);
  const bool images = !layout.image_classes.empty();
  Sha256 hash;
  for (const std::string& name : layout.image_classes) hash.update(to_line(name) + "\n");
  if (images) {
    for (const auto& path : layout.files) hash.update(to_line(class_and_name(path)) + "\n");
  }
  const auto files = images ? taken(layout.files, subset) : layout.files;
  std::vector<std::string> hashes(files.size());
  parallel_for(files.size(), usable_cores(),
               [&](std::size_t i) { hashes[i] = sha256_file(files[i]); });
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string name = images ? class_and_name(files[i]) : files[i].extension().string();
    hash.update(to_line(name) + " " + hashes[i] + "\n");
  }
  for (const auto& [column, names] : read_class_names(layout.descriptions, layout.configuration)) {
    hash.update(to_line(Json({{column, names}})) + "\n");
  }
  return hash.finish();
}

}  // namespace quantbench::dataset
