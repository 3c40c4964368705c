#include "quantbench/dataset/image_folder.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/preprocess/image.h"

namespace quantbench::dataset {

namespace {

/// Other image formats of `datasets`. Ignoring such a file would change the split.
constexpr std::array<std::string_view, 12> kNotRead = {".ppm", ".pgm", ".pbm", ".pnm",
                                                       ".jp2", ".j2k", ".dib", ".ico",
                                                       ".psd", ".tga", ".pcx", ".avif"};

bool is_unread_image(const std::string& path) {
  return std::ranges::find(kNotRead, extension_of(path)) != kNotRead.end();
}

void add_images_of_class(const FileTree& tree, const std::string& directory,
                         std::vector<std::string>& images) {
  const std::size_t before = images.size();
  for (const std::string& file : tree.files_in(directory)) {
    if (is_image(file)) {
      images.push_back(file);
    } else if (is_unread_image(file)) {
      const auto known = preprocess::image_extensions();
      throw Error("this image format is not supported", tree.place(file),
                  "supported: " + join(std::vector<std::string>(known.begin(), known.end()), ", "));
    }
  }
  const auto inner = tree.subdirectories(directory);
  if (!inner.empty() && images.size() > before) {
    throw Error("a directory among the images of a class",
                tree.place(joined(directory, inner.back())), "images lie in SPLIT/CLASS/FILE");
  }
}

}  // namespace

bool is_image(std::string_view path) {
  static const std::set<std::string> known = preprocess::image_extensions();
  return known.contains(extension_of(path));
}

std::vector<std::string> find_images(const FileTree& tree, const std::string& split_directory) {
  std::vector<std::string> images;
  for (const std::string& name : tree.subdirectories(split_directory)) {
    add_images_of_class(tree, joined(split_directory, name), images);
  }
  std::sort(images.begin(), images.end());
  return images;
}

bool has_loose_images(const FileTree& tree, const std::string& split_directory) {
  return std::ranges::any_of(tree.files_in(split_directory), is_image);
}

std::vector<std::string> image_classes(const FileTree& tree,
                                       const std::vector<std::string>& split_directories) {
  std::set<std::string> classes;
  for (const std::string& split : split_directories) {
    for (const std::string& name : tree.subdirectories(split)) {
      if (has_loose_images(tree, joined(split, name))) classes.insert(name);
    }
  }
  return {classes.begin(), classes.end()};
}

}  // namespace quantbench::dataset
