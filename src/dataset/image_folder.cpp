#include "quantbench/dataset/image_folder.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <string_view>
#include <system_error>

#include "quantbench/base/error.h"

namespace quantbench::dataset {

namespace fs = std::filesystem;

namespace {

constexpr std::array<std::string_view, 5> kRead = {".png", ".jpg", ".jpeg", ".jpe", ".jfif"};
/// What `datasets` takes for an image as well; passing one over would change the split.
constexpr std::array<std::string_view, 8> kNotRead = {".bmp",  ".gif", ".tif", ".tiff",
                                                      ".webp", ".ppm", ".pgm", ".jp2"};

template <typename Extensions>
bool has_extension(const fs::path& path, const Extensions& extensions) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(extensions.begin(), extensions.end(), extension) != extensions.end();
}

/// Entries that are not hidden, in no order.
std::vector<fs::directory_entry> entries_of(const fs::path& directory) {
  std::vector<fs::directory_entry> entries;
  std::error_code failure;
  for (fs::directory_iterator next(directory, failure), end; !failure && next != end;
       next.increment(failure)) {
    if (!next->path().filename().string().starts_with('.')) entries.push_back(*next);
  }
  if (failure) throw Error("cannot read the directory: " + failure.message(), directory.string());
  return entries;
}

bool is_directory(const fs::directory_entry& entry) {
  std::error_code ignored;
  return entry.is_directory(ignored);
}

bool is_image(const fs::directory_entry& entry) {
  std::error_code ignored;
  return entry.is_regular_file(ignored) && has_extension(entry.path(), kRead);
}

void add_images_of_class(const fs::path& directory, std::vector<fs::path>& images) {
  const std::size_t before = images.size();
  std::string inner;
  for (const fs::directory_entry& entry : entries_of(directory)) {
    if (is_image(entry)) {
      images.push_back(entry.path());
    } else if (is_directory(entry)) {
      inner = entry.path().string();
    } else if (has_extension(entry.path(), kNotRead)) {
      throw Error("images of this format are not read", entry.path().string(), "PNG and JPEG are");
    }
  }
  if (!inner.empty() && images.size() > before) {
    throw Error("a directory among the images of a class", inner, "images lie in SPLIT/CLASS/FILE");
  }
}

}  // namespace

std::vector<fs::path> find_images(const fs::path& split_directory) {
  std::vector<fs::path> images;
  for (const fs::directory_entry& entry : entries_of(split_directory)) {
    if (is_directory(entry)) add_images_of_class(entry.path(), images);
  }
  // Not as paths, which compare name by name: "a-b/1.png" is before "a/1.png".
  std::sort(images.begin(), images.end(),
            [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); });
  return images;
}

bool has_loose_images(const fs::path& split_directory) {
  const auto entries = entries_of(split_directory);
  return std::any_of(entries.begin(), entries.end(), is_image);
}

std::vector<std::string> image_classes(const std::vector<fs::path>& split_directories) {
  std::set<std::string> classes;
  for (const fs::path& split : split_directories) {
    for (const fs::directory_entry& entry : entries_of(split)) {
      if (is_directory(entry) && has_loose_images(entry.path())) {
        classes.insert(entry.path().filename().string());
      }
    }
  }
  return {classes.begin(), classes.end()};
}

void append_images(const std::vector<fs::path>& images, const std::vector<std::string>& classes,
                   Split& split) {
  split.columns = {"image", "label", "labels"};
  for (const char* column : {"label", "labels"}) split.class_names[column] = classes;
  for (const fs::path& image : images) {
    const auto found =
        std::lower_bound(classes.begin(), classes.end(), image.parent_path().filename().string());
    const auto label = found - classes.begin();
    split.rows.push_back(
        {{"image", {{"path", image.string()}}}, {"label", label}, {"labels", label}});
    split.origins.push_back({.file = split.files.size(), .whole_file = true});
    split.files.push_back(image);
  }
}

}  // namespace quantbench::dataset
