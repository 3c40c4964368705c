#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "quantbench/base/file.h"

namespace quantbench::dataset {

/// A text file of a data set, mapped: UTF-8 throughout, byte order mark taken off.
class TextFile {
 public:
  /// Throws Error when the file cannot be read, or names the first line that is not UTF-8.
  explicit TextFile(const std::filesystem::path& path);

  std::string_view text() const { return text_; }
  std::string path() const { return file_->path().string(); }
  /// "validation.tsv:12", for error messages.
  std::string place(std::size_t line) const { return path() + ":" + std::to_string(line); }

 private:
  std::shared_ptr<const MappedFile> file_;
  std::string_view text_;
};

}  // namespace quantbench::dataset
