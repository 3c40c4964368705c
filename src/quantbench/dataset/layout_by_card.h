#pragma once

#include <string>

#include "quantbench/dataset/card.h"
#include "quantbench/dataset/layout.h"

namespace quantbench::dataset {

/// The layout of a split as a configuration of the card's `configs` declares it; without
/// descriptions. Throws Error as find_split does.
Layout layout_by_card(const FileTree& tree, const CardConfiguration& configuration,
                      const std::string& split);

}  // namespace quantbench::dataset
