#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "quantbench/base/file.h"

namespace quantbench::dataset {

/// A mapped text file of a data set: UTF-8, without its byte order mark.
class TextFile {
 public:
  /// How far ahead of a row the text is checked: further than most rows are long.
  static constexpr std::size_t kLookAhead = std::size_t{1} << 20;

  /// Throws Error if the file cannot be read.
  explicit TextFile(const std::filesystem::path& path);

  std::string_view text() const { return text_; }
  std::string path() const { return file_->path().string(); }
  /// "validation.tsv:12", for error messages.
  std::string place(std::size_t line) const { return path() + ":" + std::to_string(line); }

  /// Checks the text up to `end`, except parts checked before. Throws Error naming the first line
  /// that is not UTF-8.
  void require_utf8(std::size_t end);
  /// Call this with the current reading position. From time to time it frees the memory of the text
  /// before `offset`.
  void passed(std::size_t offset);

 private:
  void release(std::size_t first, std::size_t end);

  std::shared_ptr<const MappedFile> file_;
  std::string_view text_;
  std::size_t checked_ = 0;
  std::size_t passed_ = 0;
};

}  // namespace quantbench::dataset
