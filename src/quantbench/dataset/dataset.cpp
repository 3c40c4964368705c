#include "quantbench/dataset/dataset.h"

#include <algorithm>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/hash.h"
#include "quantbench/base/parallel.h"
#include "quantbench/base/text.h"
#include "quantbench/dataset/class_names.h"
#include "quantbench/dataset/file_rows.h"
#include "quantbench/dataset/file_tree.h"
#include "quantbench/dataset/image_metadata.h"
#include "quantbench/dataset/layout.h"
#include "quantbench/dataset/split_names.h"

namespace quantbench::dataset {

namespace {

const Format& format_of(const std::filesystem::path& path) {
  const std::string extension = extension_of(path.string());
  for (const std::string& name : formats().names()) {
    const Format& format = formats().get(name);
    const auto known = format.extensions();
    if (std::find(known.begin(), known.end(), extension) != known.end()) return format;
  }
  refuse_extension(extension, path.string());
}

/// Files of one split must have the same columns, in whatever order.
void require_same_columns(const std::vector<std::string>& expected,
                          const std::vector<std::string>& found,
                          const std::filesystem::path& path) {
  if (std::set(expected.begin(), expected.end()) == std::set(found.begin(), found.end())) return;
  throw Error("columns " + join_some(found, ", "), path.string(),
              "the split's first file has " + join_some(expected, ", "));
}

/// The files that the subset takes of an image folder, in its order.
std::vector<std::filesystem::path> taken(const std::vector<std::filesystem::path>& images,
                                         const Subset& subset) {
  std::vector<std::filesystem::path> out;
  for (const std::size_t index : rows_taken(images.size(), subset)) out.push_back(images[index]);
  return out;
}

/// Opens a file of which `max_rows` rows are needed (0: all).
std::unique_ptr<Table> open_table(const std::filesystem::path& path,
                                  const std::string& images_below, std::size_t max_rows) {
  const Format& format = format_of(path);
  if (!is_image_metadata(path.string())) return format.open(path, max_rows);
  return with_images(format.open(path, images_below.empty() ? max_rows : 0), path, images_below);
}

/// Opens files until they have the rows of the subset.
std::vector<OpenFile> open_files(const std::vector<std::filesystem::path>& files,
                                 const std::string& images_below, const Subset& subset,
                                 Split& split) {
  // A shuffle needs to know every row before it knows the first.
  const std::size_t limit = subset.shuffle_seed ? 0 : subset.limit;
  std::vector<OpenFile> open;
  std::size_t rows = 0;
  for (const auto& path : files) {
    if (limit != 0 && rows >= limit) break;
    auto table = open_table(path, images_below, limit == 0 ? 0 : limit - rows);
    if (open.empty()) {
      split.columns = table->columns();
    } else {
      require_same_columns(split.columns, table->columns(), path);
    }
    for (auto& [column, names] : table->class_names()) split.class_names.emplace(column, names);
    if (subset.columns) table->need_only(*subset.columns);
    rows += table->size();
    split.files.push_back(path);
    open.push_back({path.string(), std::move(table)});
  }
  return open;
}

/// A split's files on the disk.
struct Found {
  std::vector<std::filesystem::path> files;
  std::vector<std::filesystem::path> descriptions;
  std::vector<std::string> image_classes;
  std::optional<std::string> configuration;
  std::string images_below;
  /// Whether the files name images.
  bool lists_images() const {
    return std::ranges::any_of(files,
                               [](const auto& file) { return is_image_metadata(file.string()); });
  }
};

Found find_file(const Source& source, const std::string& split) {
  const std::filesystem::path path = source.path;
  if (source.name.has_value()) {
    throw Error("dataset.path is a file, which has no configuration '" + *source.name + "'",
                source.path, "leave dataset.name out");
  }
  const std::string own = canonical_split(path.stem().string());
  if (names_a_split(own) && own != canonical_split(split)) {
    throw Error("this file is the split '" + own + "', not '" + split + "'", source.path,
                "give the directory as dataset.path");
  }
  format_of(path);
  Found found{{path}, {}, {}, std::nullopt, {}};
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
  Found found{{},
              {},
              std::move(layout.image_classes),
              std::move(layout.configuration),
              std::move(layout.images_below)};
  for (const std::string& file : layout.files) found.files.push_back(root / file);
  for (const std::string& file : layout.descriptions) found.descriptions.push_back(root / file);
  return found;
}

/// What an image is called within its split.
std::string class_and_name(const std::filesystem::path& image) {
  return (image.parent_path().filename() / image.filename()).string();
}

}  // namespace

std::set<std::string> known_extensions() {
  std::set<std::string> out;
  for (const std::string& name : formats().names()) {
    for (const std::string& extension : formats().get(name).extensions()) out.insert(extension);
  }
  return out;
}

bool is_known_extension(std::string_view extension) {
  if (extension.empty()) return false;
  for (const std::string& name : formats().names()) {
    for (const std::string& known : formats().get(name).extensions()) {
      if (known == extension) return true;
    }
  }
  return false;
}

void refuse_extension(const std::string& extension, const std::string& where) {
  const std::set<std::string> known = known_extensions();
  throw Error("no known data set format has the extension '" + extension + "'", where,
              "known: " + join(std::vector<std::string>(known.begin(), known.end()), ", "));
}

Split load_split(const Source& source, const std::string& split, const Subset& subset) {
  Found found = find(source, split);
  Split loaded;
  if (!found.image_classes.empty()) {
    loaded.columns = {"image", "label", "labels"};
    for (const char* column : {"label", "labels"}) {
      loaded.class_names[column] = found.image_classes;
    }
    loaded.files = taken(found.files, subset);
    loaded.rows = rows_of_images(loaded.files, std::move(found.image_classes));
    return loaded;
  }
  auto files = open_files(found.files, found.images_below, subset, loaded);
  loaded.rows = rows_of_files(std::move(files), subset);
  if (loaded.size() == 0) {
    throw Error("the split '" + split + "' is empty", found.files.front().string());
  }
  // What the data set's descriptions say goes before what its files say.
  for (auto& [column, names] : read_class_names(found.descriptions, found.configuration)) {
    loaded.class_names[column] = names;
  }
  return loaded;
}

Split load_split(const Source& source, const std::string& split, std::size_t limit) {
  return load_split(source, split, Subset{limit, std::nullopt, std::nullopt});
}

namespace {

/// SHA-256 over the images that the rows of the subset name. A missing image counts as such.
std::string hash_of_listed_images(const Source& source, const std::string& split,
                                  const Subset& subset) {
  const Split loaded = load_split(source, split, subset);
  std::vector<std::string> hashes(loaded.size());
  parallel_for(loaded.size(), usable_cores(), [&](std::size_t i) {
    const Example row = loaded.row(i);
    for (const auto& [column, value] : row.items()) {
      if (!value.is_object() || !value.contains("path")) continue;
      const std::filesystem::path path = value["path"].get<std::string>();
      std::error_code ignored;
      if (std::filesystem::is_regular_file(path, ignored)) hashes[i] += sha256_file(path);
      hashes[i] += '/';
    }
  });
  Sha256 hash;
  for (const std::string& one : hashes) hash.update(one + "\n");
  return hash.finish();
}

}  // namespace

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
  if (layout.lists_images()) hash.update(hash_of_listed_images(source, split, subset) + "\n");
  for (const auto& [column, names] : read_class_names(layout.descriptions, layout.configuration)) {
    hash.update(to_line(Json({{column, names}})) + "\n");
  }
  return hash.finish();
}

}  // namespace quantbench::dataset
