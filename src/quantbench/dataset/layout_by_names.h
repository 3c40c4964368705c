#pragma once

#include <optional>
#include <string>

#include "quantbench/dataset/layout.h"

namespace quantbench::dataset {

/// The files of a split below the directory `base`, by the names of directories and files (see
/// find_split), without descriptions. Throws Error like find_split.
Layout layout_by_names(const FileTree& tree, const std::string& base,
                       const std::optional<std::string>& configuration, const std::string& split);

}  // namespace quantbench::dataset
