#pragma once

#include <memory>
#include <string>
#include <vector>

#include "quantbench/dataset/dataset.h"

namespace quantbench::dataset {

/// An opened file of a split.
struct OpenFile {
  std::string path;
  std::unique_ptr<Table> table;
};

/// The rows of all files in sequence: the subset's rows in its order. Rows requested together are
/// read in file order. Throws Error if 2^32 rows or more are to be shuffled.
std::shared_ptr<const Rows> rows_of_files(std::vector<OpenFile> files, const Subset& subset);

/// Rows of an image folder: `image` is {"path": FILE}, `label` is the class id, `labels` is the
/// same under another common name. `classes` are sorted.
std::shared_ptr<const Rows> rows_of_images(std::vector<std::filesystem::path> images,
                                           std::vector<std::string> classes);

/// Row numbers that the subset takes of `count` rows, in its order.
std::vector<std::size_t> rows_taken(std::size_t count, const Subset& subset);

}  // namespace quantbench::dataset
