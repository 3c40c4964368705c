#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "quantbench/dataset/dataset.h"

namespace quantbench::dataset {

/// Images of one split: SPLIT/CLASS/FILE, PNG and JPEG by their extensions, in the order of their
/// paths (byte by byte), as `datasets` ("imagefolder") has them. Hidden files and files that are no
/// images are passed over. Empty when the directory has none in a class directory. Throws Error for
/// an image of another format, and for directories inside a class.
std::vector<std::filesystem::path> find_images(const std::filesystem::path& split_directory);

/// Whether the directory holds images of no class: FILE right in SPLIT.
bool has_loose_images(const std::filesystem::path& split_directory);

/// Class directories of these splits that hold an image, sorted: the ids of the classes.
std::vector<std::string> image_classes(const std::vector<std::filesystem::path>& split_directories);

/// Appends a row for every image: `image` is {"path": FILE}, `label` the class id; `labels` is the
/// same under the name that some data sets give it. Adds the class names of both.
void append_images(const std::vector<std::filesystem::path>& images,
                   const std::vector<std::string>& classes, Split& split);

}  // namespace quantbench::dataset
