#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "quantbench/dataset/file_tree.h"

namespace quantbench::dataset {

/// Whether the extension is one of an image format that is read.
bool is_image(std::string_view path);

/// Images of one split: SPLIT/CLASS/FILE, by extension, in byte order of their paths,
/// as in `datasets` ("imagefolder"). Other files are ignored. Empty if no class directory has an
/// image. Throws Error for an image of another format, and for directories inside a class.
std::vector<std::string> find_images(const FileTree& tree, const std::string& split_directory);

/// Whether the directory has images directly in SPLIT, without a class.
bool has_loose_images(const FileTree& tree, const std::string& split_directory);

/// Class directories of these splits that contain an image, sorted. Their order gives the class
/// ids.
std::vector<std::string> image_classes(const FileTree& tree,
                                       const std::vector<std::string>& split_directories);

}  // namespace quantbench::dataset
