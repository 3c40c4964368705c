#include "quantbench/base/owned_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include "quantbench/base/error.h"

namespace quantbench {

namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

[[noreturn]] void fail(const char* doing, const std::filesystem::path& path, int code) {
  // A link says ELOOP with O_NOFOLLOW alone, and ENOTDIR with O_DIRECTORY.
  std::error_code ignored;
  if ((code == ELOOP || code == ENOTDIR) && std::filesystem::is_symlink(path, ignored)) {
    throw Error("is a symbolic link", path.string(), "links are not followed here");
  }
  throw Error(std::string(doing) + ": " + std::generic_category().message(code), path.string());
}

std::vector<std::string> names_in(DIR* directory) {
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

void remove_entry(int parent, const std::string& name, const std::filesystem::path& path) {
  if (::unlinkat(parent, name.c_str(), 0) == 0 || errno == ENOENT) return;
  if (errno != EISDIR && errno != EPERM) fail("cannot remove it", path, errno);
  const int descriptor = ::openat(parent, name.c_str(), kDirectory | O_NOFOLLOW);
  if (descriptor < 0 && errno == ENOENT) return;
  if (descriptor < 0) fail("cannot remove it", path, errno);
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::fdopendir(descriptor), ::closedir);
  if (!directory) {
    const int code = errno;
    ::close(descriptor);
    fail("cannot remove it", path, code);
  }
  for (const std::string& inner : names_in(directory.get())) {
    remove_entry(descriptor, inner, path / inner);
  }
  if (::unlinkat(parent, name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT) {
    fail("cannot remove it", path, errno);
  }
}

}  // namespace

OwnedTree::OwnedTree(std::filesystem::path root)
    : root_(std::move(root)), descriptor_(::open(root_.c_str(), kDirectory)) {
  if (descriptor_ < 0) fail("cannot open the directory", root_, errno);
}

OwnedTree::OwnedTree(OwnedTree&& other) noexcept
    : root_(std::move(other.root_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

OwnedTree::~OwnedTree() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

int OwnedTree::open_directory(const std::filesystem::path& below) const {
  int current = ::openat(descriptor_, ".", kDirectory);
  std::filesystem::path path = root_;
  for (const std::filesystem::path& part : below) {
    path /= part;
    const int next = ::openat(current, part.c_str(), kDirectory | O_NOFOLLOW);
    const int code = errno;
    ::close(current);
    if (next < 0 && code == ENOENT) return -1;
    if (next < 0) fail("cannot open the directory", path, code);
    current = next;
  }
  if (current < 0) fail("cannot open the directory", root_, errno);
  return current;
}

void OwnedTree::make_directories(const std::filesystem::path& below) const {
  std::filesystem::path made;
  for (const std::filesystem::path& part : below) {
    const int parent = open_directory(made);
    const int code =
        parent >= 0 && ::mkdirat(parent, part.c_str(), 0777) != 0 && errno != EEXIST ? errno : 0;
    if (parent >= 0) ::close(parent);
    made /= part;
    if (code != 0) fail("cannot create the directory", root_ / made, code);
  }
  if (const int last = open_directory(below); last >= 0) ::close(last);
}

void OwnedTree::remove(const std::filesystem::path& below) const {
  const int parent = open_directory(below.parent_path());
  if (parent < 0) return;
  try {
    remove_entry(parent, below.filename().string(), root_ / below);
  } catch (...) {
    ::close(parent);
    throw;
  }
  ::close(parent);
}

}  // namespace quantbench
