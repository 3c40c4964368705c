#pragma once

#include <optional>
#include <string>

#include "quantbench/dataset/layout.h"

namespace quantbench::dataset {

/// The layout of a split below the directory `base`, as the names of directories and files have it
/// (see find_split); without descriptions. Throws Error as find_split does.
Layout layout_by_names(const FileTree& tree, const std::string& base,
                       const std::optional<std::string>& configuration, const std::string& split);

}  // namespace quantbench::dataset
