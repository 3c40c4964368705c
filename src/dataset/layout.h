#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "quantbench/dataset/dataset.h"

namespace quantbench::dataset {

/// Where a split's files and the data set's descriptions lie.
struct Layout {
  std::vector<std::filesystem::path> files;
  /// Directories that may hold dataset_info.json or README.md, innermost first.
  std::vector<std::filesystem::path> descriptions;
  /// Of an image folder, whose `files` are the images: the class names in the order of their ids.
  std::vector<std::string> image_classes = {};
};

/// Finds the files of a split, as load_split describes. Throws Error.
Layout find_split(const Source& source, const std::string& split);

/// The split's name with "dev", "valid", "val" and "eval" written "validation", in lower case:
/// "dev_matched" -> "validation_matched".
std::string canonical_split(std::string_view split);

}  // namespace quantbench::dataset
