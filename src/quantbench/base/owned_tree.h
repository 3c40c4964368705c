#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace quantbench {

/// A directory opened by its path, below which entries are made and removed by name. The way down
/// follows no symbolic link: a link that somebody put there leads to an Error and never to a file
/// elsewhere. The path of the directory itself may contain links, since the user gave it.
class OwnedTree {
 public:
  /// Throws Error if `root` cannot be opened as a directory.
  explicit OwnedTree(std::filesystem::path root);
  ~OwnedTree();
  OwnedTree(OwnedTree&& other) noexcept;
  OwnedTree& operator=(OwnedTree&&) = delete;

  const std::filesystem::path& root() const { return root_; }
  /// Makes the directories of a relative path, as far as they are missing. Throws Error when one of
  /// them is a link or a file.
  void make_directories(const std::filesystem::path& below) const;
  /// Removes a file, or a directory with everything in it; a link itself, not what it names.
  /// Missing is not an error. Throws Error when something cannot be removed, and when the way is a
  /// link.
  void remove(const std::filesystem::path& below) const;

 private:
  /// Descriptor of a directory below the root, for the caller to close; -1 when it is missing.
  int open_directory(const std::filesystem::path& below) const;

  std::filesystem::path root_;
  int descriptor_;
};

}  // namespace quantbench
