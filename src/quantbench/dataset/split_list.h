#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/dataset/dataset.h"
#include "quantbench/dataset/file_tree.h"

namespace quantbench::dataset {

/// The splits of a data set.
struct KnownSplits {
  /// As the card writes them, or canonical (split_names.h): "train", "validation_matched". At
  /// least one.
  std::vector<std::string> names;
  /// Splits that are there and cannot be read, and why: missing shards, an unknown format.
  std::map<std::string, Error> faults = {};

  bool has(std::string_view name) const;
};

/// Looks at names only, as find_split does. Of a card with `configs`, the splits that the
/// configuration declares; else those that find_split finds. Throws Error: no split, or none that
/// can be read; unknown configuration, or several to choose from.
KnownSplits list_splits(const FileTree& tree, std::string_view card,
                        const std::optional<std::string>& configuration);

/// The same of a directory. A file is one split: the one that its name says, else its name without
/// the extension.
KnownSplits list_splits(const Source& source);

}  // namespace quantbench::dataset
