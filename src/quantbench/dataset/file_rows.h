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

/// The rows of files one after the other, as many as the subset takes and in its order. Those asked
/// for together are read in the order in which the files have them. Throws Error for 2^32 rows or
/// more that are to be shuffled.
std::shared_ptr<const Rows> rows_of_files(std::vector<OpenFile> files, const Subset& subset);

/// Rows of an image folder: `image` is {"path": FILE}, `label` the class id, `labels` the same
/// under the name that some data sets give it. `classes` are sorted.
std::shared_ptr<const Rows> rows_of_images(std::vector<std::filesystem::path> images,
                                           std::vector<std::string> classes);

/// Numbers of the rows that the subset takes of `count` rows, in its order.
std::vector<std::size_t> rows_taken(std::size_t count, const Subset& subset);

}  // namespace quantbench::dataset
