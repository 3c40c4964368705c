#pragma once

#include <string>
#include <vector>

#include "quantbench/dataset/file_tree.h"

namespace quantbench::dataset {

/// Files below the directory `root`, of the most frequent format, that have the split's canonical
/// name as a word in a directory's name, else in their own name. If no file names any split, all
/// are train. This is the rule of `datasets`.
std::vector<std::string> files_with_word(const FileTree& tree, const std::string& root,
                                         const std::string& split);

}  // namespace quantbench::dataset
