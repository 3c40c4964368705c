#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quantbench/dataset/file_tree.h"

namespace quantbench::dataset {

/// Which files of a data set a split is read from. Paths are relative to the root of the tree.
struct Layout {
  /// The configuration that was meant, where the data set has named ones.
  std::optional<std::string> configuration;
  /// Data files in the order of their rows; of an image folder the images.
  std::vector<std::string> files;
  /// README.md, dataset_info.json and dataset_infos.json, innermost first, as far as they are
  /// there: they may name the classes.
  std::vector<std::string> descriptions;
  /// Of an image folder: the class names in the order of their ids.
  std::vector<std::string> image_classes = {};
};

/// Finds the files of a split in a data set laid out as a Hub repository or by hand. It looks at
/// names only, so a caller that has the list of a repository's files can fetch what this returns
/// (`files` and `descriptions`) and nothing else.
///
/// `card` is the text of README.md, empty when there is none. Where its front matter declares
/// `configs`, they decide. Else the names do: SPLIT.ext, SPLIT-00000-of-00002.ext, SPLIT/*.ext at
/// the root, under data/ or under a directory named after the configuration (as in the Hub's
/// branch refs/convert/parquet: CONFIGURATION/SPLIT/0000.parquet), CONFIGURATION_SPLIT.ext,
/// SPLIT/CLASS/IMAGE, and last any file whose path has the split's name as a word.
///
/// validation is also dev, valid, val and eval, train also training, test also testing.
///
/// Throws Error: no such configuration or split (lists those that are there), several that
/// compete, missing shards, files that no format reads.
Layout find_split(const FileTree& tree, std::string_view card,
                  const std::optional<std::string>& configuration, const std::string& split);

/// Whether any file of the tree is of a format that is read. A repository of a loading script alone
/// has none; its data is then in the branch refs/convert/parquet.
bool has_data_files(const FileTree& tree);

}  // namespace quantbench::dataset
