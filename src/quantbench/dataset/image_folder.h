#pragma once

#include <string>
#include <vector>

#include "quantbench/dataset/file_tree.h"

namespace quantbench::dataset {

/// Images of one split: SPLIT/CLASS/FILE, PNG and JPEG by their extensions, in the order of their
/// paths (byte by byte), as `datasets` ("imagefolder") has them. Files that are no images are
/// passed over. Empty when the directory has none in a class directory. Throws Error for an image
/// of another format, and for directories inside a class.
std::vector<std::string> find_images(const FileTree& tree, const std::string& split_directory);

/// Whether the directory holds images of no class: FILE right in SPLIT.
bool has_loose_images(const FileTree& tree, const std::string& split_directory);

/// Class directories of these splits that hold an image, sorted: the ids of the classes.
std::vector<std::string> image_classes(const FileTree& tree,
                                       const std::vector<std::string>& split_directories);

}  // namespace quantbench::dataset
