#include "quantbench/dataset/file_tree.h"

#include <algorithm>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"

namespace quantbench::dataset {

namespace fs = std::filesystem;

namespace {

constexpr int kDeepest = 8;

bool hidden(std::string_view path) {
  return path.starts_with('.') || path.find("/.") != std::string_view::npos;
}

void walk(const fs::path& directory, const std::string& relative, int depth,
          std::vector<std::string>& files) {
  std::error_code failure;
  for (fs::directory_iterator next(directory, failure), end; !failure && next != end;
       next.increment(failure)) {
    const std::string name = next->path().filename().string();
    if (name.starts_with('.')) continue;
    std::error_code ignored;
    if (next->is_directory(ignored)) {
      if (depth < kDeepest) walk(next->path(), joined(relative, name), depth + 1, files);
    } else if (next->is_regular_file(ignored)) {
      files.push_back(joined(relative, name));
    }
  }
  if (failure) throw Error("cannot read the directory: " + failure.message(), directory.string());
}

}  // namespace

FileTree::FileTree(std::string where, std::vector<std::string> files)
    : where_(std::move(where)), files_(std::move(files)) {
  std::erase_if(files_, hidden);
  std::sort(files_.begin(), files_.end());
}

FileTree FileTree::of_directory(const fs::path& root) {
  std::vector<std::string> files;
  walk(root, "", 0, files);
  return {root.string(), std::move(files)};
}

bool FileTree::contains(const std::string& file) const {
  return std::binary_search(files_.begin(), files_.end(), file);
}

bool FileTree::has_directory(const std::string& directory) const {
  if (directory.empty()) return true;
  const auto found = std::lower_bound(files_.begin(), files_.end(), directory + "/");
  return found != files_.end() && found->starts_with(directory + "/");
}

template <typename OnFile, typename OnDirectory>
void FileTree::visit(const std::string& directory, const OnFile& on_file,
                     const OnDirectory& on_directory) const {
  const std::string prefix = directory.empty() ? std::string() : directory + "/";
  auto next = std::lower_bound(files_.begin(), files_.end(), prefix);
  while (next != files_.end() && next->starts_with(prefix)) {
    const std::size_t slash = next->find('/', prefix.size());
    if (slash == std::string::npos) {
      on_file(*next++);
    } else {
      on_directory(next->substr(prefix.size(), slash - prefix.size()));
      // '0' is what follows '/': the first path behind all of this subdirectory.
      next = std::lower_bound(next, files_.end(), next->substr(0, slash) + "0");
    }
  }
}

std::vector<std::string> FileTree::files_in(const std::string& directory) const {
  std::vector<std::string> found;
  visit(
      directory, [&](const std::string& file) { found.push_back(file); },
      [](const std::string&) {});
  return found;
}

std::vector<std::string> FileTree::subdirectories(const std::string& directory) const {
  std::vector<std::string> found;
  visit(
      directory, [](const std::string&) {},
      [&](const std::string& name) { found.push_back(name); });
  std::sort(found.begin(), found.end());
  return found;
}

std::string FileTree::place(const std::string& file) const {
  return file.empty() ? where_ : where_ + (where_.ends_with('/') ? "" : "/") + file;
}

std::string joined(std::string_view directory, std::string_view name) {
  return directory.empty() ? std::string(name) : std::string(directory) + "/" + std::string(name);
}

std::string file_name(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

std::string parent_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string() : std::string(path.substr(0, slash));
}

std::string extension_of(std::string_view path) {
  const std::string name = file_name(path);
  const std::size_t dot = name.rfind('.');
  return dot == std::string::npos || dot == 0 ? std::string() : to_lower(name.substr(dot));
}

}  // namespace quantbench::dataset
