#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "quantbench/dataset/dataset.h"
#include "quantbench/dataset/file_tree.h"

namespace quantbench::dataset {

/// Whether the file lists the images of an image folder: metadata.csv, metadata.jsonl or
/// metadata.parquet, as `datasets` calls them.
bool is_image_metadata(std::string_view path);

/// Such files below a directory of the tree, and the images there, sorted.
std::vector<std::string> image_metadata_below(const FileTree& tree, const std::string& directory);
std::vector<std::string> images_below(const FileTree& tree, const std::string& directory);

/// Such a file directly in the directory; "" if the directory has no such file.
std::string image_metadata_in(const FileTree& tree, const std::string& directory);

/// The rows of such a file with their images. The column `file_name` becomes `image`, and
/// `NAME_file_name` becomes NAME: {"path": FILE}, where FILE starts in the directory of `path`. Of
/// all rows, those count whose first image lies in `below`, a directory relative to FILE's start
/// ("": all). A name that leads out of the directory is an Error. A table without such columns is
/// returned as it is.
std::unique_ptr<Table> with_images(std::unique_ptr<Table> table, const std::filesystem::path& path,
                                   const std::string& below);

}  // namespace quantbench::dataset
