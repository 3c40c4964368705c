#include "quantbench/dataset/file_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/log.h"
#include "quantbench/base/text.h"

namespace quantbench::dataset {

namespace fs = std::filesystem;

namespace {

constexpr int kDeepest = 8;

bool hidden(std::string_view path) {
  return path.starts_with('.') || path.find("/.") != std::string_view::npos;
}

/// Below `directory` or the directory itself; both without links.
bool is_within(const fs::path& path, const fs::path& directory) {
  const auto [end, ignored] =
      std::mismatch(directory.begin(), directory.end(), path.begin(), path.end());
  return end == directory.end();
}

class Walk {
 public:
  Walk(const fs::path& root, std::size_t most)
      : root_(root), real_root_(fs::canonical(root)), most_(most) {}

  std::vector<std::string> files() {
    enter(root_, real_root_, "", 0);
    if (left_out_ > 0) {
      spdlog::warn("{} is not followed: it leads out of the data set{}", first_left_out_,
                   left_out_ > 1 ? fmt::format(" (as do {} other links)", left_out_ - 1) : "");
    }
    return std::move(files_);
  }

 private:
  /// `real` is the directory without links.
  void enter(const fs::path& directory, const fs::path& real, const std::string& relative,
             int depth) {
    std::error_code failure;
    for (fs::directory_iterator next(directory, failure), end; !failure && next != end;
         next.increment(failure)) {
      const std::string name = next->path().filename().string();
      if (name.starts_with('.')) continue;
      count();
      std::error_code ignored;
      if (next->is_directory(ignored)) {
        if (depth == kDeepest) continue;
        const auto target = next->is_symlink(ignored) ? target_of(next->path(), real) : real / name;
        if (!target.empty()) enter(next->path(), target, joined(relative, name), depth + 1);
      } else if (next->is_regular_file(ignored)) {
        files_.push_back(joined(relative, name));
      }
    }
    if (failure) throw Error("cannot read the directory: " + failure.message(), directory.string());
  }

  /// Where a link in `directory` leads; empty when it is not followed.
  fs::path target_of(const fs::path& link, const fs::path& directory) {
    std::error_code failure;
    fs::path target = fs::canonical(link, failure);
    if (failure) return {};
    if (is_within(directory, target) && is_within(target, real_root_)) return {};  // a loop
    if (is_within(target, real_root_)) return target;
    if (left_out_++ == 0) first_left_out_ = link.string();
    return {};
  }

  void count() {
    if (++entries_ <= most_) return;
    throw Error("more than " + std::to_string(most_) + " files and directories", root_.string(),
                "name the data set's own directory in dataset.path");
  }

  const fs::path& root_;
  fs::path real_root_;
  std::size_t most_;
  std::vector<std::string> files_;
  std::size_t entries_ = 0;
  std::size_t left_out_ = 0;
  std::string first_left_out_;
};

}  // namespace

FileTree::FileTree(std::string where, std::vector<std::string> files)
    : where_(std::move(where)), files_(std::move(files)) {
  std::erase_if(files_, hidden);
  std::sort(files_.begin(), files_.end());
}

FileTree FileTree::of_directory(const fs::path& root, std::size_t most) {
  return {root.string(), Walk(root, most).files()};
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
