#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/dataset/file_tree.h"

namespace quantbench::dataset {

/// The files of a split. Paths are relative to the root of the tree.
struct Layout {
  /// The chosen configuration, if the data set has named ones.
  std::optional<std::string> configuration;
  /// Data files in the order of their rows; for an image folder, the images.
  std::vector<std::string> files;
  /// README.md, dataset_info.json and dataset_infos.json if present, innermost first. They may name
  /// the classes.
  std::vector<std::string> descriptions;
  /// For an image folder: the class names in the order of their ids.
  std::vector<std::string> image_classes = {};
  /// Images that the data files name (image_metadata.h).
  std::vector<std::string> images = {};
  /// Of such files, the rows count whose images lie in this directory, relative to the file's.
  std::string images_below = {};
};

/// No file is one of the split.
class NoSuchSplit : public Error {
 public:
  using Error::Error;
};

/// Finds the files of a split in a data set with the layout of a Hub repository or of your own.
/// Looks only at names, so a caller with a repository's file list can fetch exactly `files` and
/// `descriptions`.
///
/// `card` is the text of README.md, or empty. If its front matter has `configs`, they decide.
/// Otherwise names do: SPLIT.ext, SPLIT-00000-of-00002.ext, SPLIT/*.ext at the root, under data/ or
/// under a directory named after the configuration (as in the Hub's branch refs/convert/parquet:
/// CONFIGURATION/SPLIT/0000.parquet), CONFIGURATION_SPLIT.ext, SPLIT/**/metadata.csv (or .jsonl,
/// .parquet) with images, metadata.csv with names of images in SPLIT, SPLIT/CLASS/IMAGE, and last
/// any file whose path has the split's name as a word.
///
/// Synonyms: dev, valid, val and eval for validation; training for train; testing for test.
///
/// Throws NoSuchSplit (lists the known ones), and Error: unknown configuration, several candidates,
/// missing shards, files of unknown format.
Layout find_split(const FileTree& tree, std::string_view card,
                  const std::optional<std::string>& configuration, const std::string& split);

/// Whether any file of the tree has a known format. A repository with only a loading script has no
/// such file; its data is in the branch refs/convert/parquet.
bool has_data_files(const FileTree& tree);

}  // namespace quantbench::dataset
