#pragma once

#include <filesystem>

namespace quantbench {

/// Fills an output directory: files are written into a temporary directory, and `commit` puts them
/// in place. Without commit, the destructor removes the temporary directory, and an end by Ctrl-C
/// does too.
class StagedDirectory {
 public:
  /// `target` may exist. The temporary directory lies in it then, else beside it, so that both are
  /// on one file system. Throws Error if it cannot be made.
  explicit StagedDirectory(std::filesystem::path target);
  ~StagedDirectory();
  StagedDirectory(const StagedDirectory&) = delete;
  StagedDirectory& operator=(const StagedDirectory&) = delete;

  /// Where files are to be written.
  const std::filesystem::path& path() const { return temporary_; }

  /// A target that does not exist yet appears whole, by one rename. In an existing one, files of
  /// the same names are replaced one by one, each completely, and others stay. `last` (a relative
  /// path) is removed there before the others change, and put in place after them: where it is
  /// missing, the files do not belong together. Throws Error.
  void commit(const std::filesystem::path& last);

 private:
  void replace_files(const std::filesystem::path& last);
  void put_in_place(const std::filesystem::path& below);

  std::filesystem::path target_;
  std::filesystem::path temporary_;
  bool exists_;
};

}  // namespace quantbench
