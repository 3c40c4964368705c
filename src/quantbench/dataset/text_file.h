#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "quantbench/base/file.h"

namespace quantbench::dataset {

/// A text file of a data set, mapped: UTF-8 throughout, byte order mark taken off.
class TextFile {
 public:
  /// How far ahead of a row its text is checked: more than most rows have.
  static constexpr std::size_t kLookAhead = std::size_t{1} << 20;

  /// Throws Error when the file cannot be read.
  explicit TextFile(const std::filesystem::path& path);

  std::string_view text() const { return text_; }
  std::string path() const { return file_->path().string(); }
  /// "validation.tsv:12", for error messages.
  std::string place(std::size_t line) const { return path() + ":" + std::to_string(line); }

  /// Checks the text as far as `end`, and what was not checked before only. Throws Error that names
  /// the first line that is not UTF-8.
  void require_utf8(std::size_t end);
  /// Tells that the text is being read at `offset`: memory of what lies behind is given back from
  /// time to time.
  void passed(std::size_t offset);

 private:
  void release(std::size_t first, std::size_t end);

  std::shared_ptr<const MappedFile> file_;
  std::string_view text_;
  std::size_t checked_ = 0;
  std::size_t passed_ = 0;
};

}  // namespace quantbench::dataset
