#pragma once

#include <string>

#include "quantbench/dataset/card.h"
#include "quantbench/dataset/layout.h"

namespace quantbench::dataset {

/// The files of a split in a configuration of the card's `configs`, without descriptions. Throws
/// Error like find_split.
Layout layout_by_card(const FileTree& tree, const CardConfiguration& configuration,
                      const std::string& split);

}  // namespace quantbench::dataset
