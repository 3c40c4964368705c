#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace quantbench::dataset {

/// The files of a data set, wherever they are: a directory walked, or the list of files that the
/// Hub gives for a repository. Paths are relative to the root, with '/' between names; a directory
/// is there because a file in it is. "" is the root.
class FileTree {
 public:
  FileTree() = default;
  /// `where` is what messages call the root: a path or a Hub name. Hidden files and directories
  /// (".git") are left out.
  FileTree(std::string where, std::vector<std::string> files);
  /// Most files and directories of a data set.
  static constexpr std::size_t kMostEntries = 2'000'000;

  /// Walks a directory, at most eight levels deep. Links to files are followed, wherever they lead:
  /// the files of a download cache are such. Links to directories are followed while they stay in
  /// `root` and lead to none that they lie in; for others there is a warning. Throws Error for
  /// more than `most` files and directories.
  static FileTree of_directory(const std::filesystem::path& root, std::size_t most = kMostEntries);

  const std::string& where() const { return where_; }
  /// All files, sorted byte by byte.
  const std::vector<std::string>& files() const { return files_; }
  bool contains(const std::string& file) const;
  bool has_directory(const std::string& directory) const;
  /// Files that lie right in the directory, as paths from the root, sorted.
  std::vector<std::string> files_in(const std::string& directory) const;
  /// Names of the directories right in it, sorted.
  std::vector<std::string> subdirectories(const std::string& directory) const;
  /// "WHERE/file", for messages.
  std::string place(const std::string& file) const;

 private:
  /// Calls on_file(path) and on_directory(name) for what lies right in the directory.
  template <typename OnFile, typename OnDirectory>
  void visit(const std::string& directory, const OnFile& on_file,
             const OnDirectory& on_directory) const;

  std::string where_;
  std::vector<std::string> files_;
};

/// "directory/name"; the name alone where the directory is the root.
std::string joined(std::string_view directory, std::string_view name);
/// Behind the last '/'.
std::string file_name(std::string_view path);
/// Before the last '/'; "" for a file of the root.
std::string parent_of(std::string_view path);
/// With the dot, in lower case: ".tsv".
std::string extension_of(std::string_view path);

}  // namespace quantbench::dataset
