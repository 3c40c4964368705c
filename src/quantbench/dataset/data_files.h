#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "quantbench/dataset/file_tree.h"

namespace quantbench::dataset {

/// A data file and the parts of its name: "sst2_validation-00000-of-00002.csv" is shard 1 of 2 of
/// "sst2_validation", extension ".csv".
struct DataFile {
  std::string path;
  std::string stem;
  std::string extension;
  std::size_t shards = 0;  ///< total number of shards; 0: not a shard
};

DataFile take_apart(const std::string& path);

/// Whether the file only describes the data: dataset_info.json, README.md, ...
bool is_description(const std::string& path);

/// Data files directly in the directory, without descriptions.
std::vector<DataFile> data_files_in(const FileTree& tree, const std::string& directory);

/// The paths of the split's files, at least one: one file of a readable format, or all shards of
/// one. Throws Error naming `split` and `where`: no readable file, several candidates, or missing
/// shards.
std::vector<std::string> parts_of_one(const FileTree& tree, const std::vector<DataFile>& files,
                                      const std::string& split, const std::string& where);

}  // namespace quantbench::dataset
