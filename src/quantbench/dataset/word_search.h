#pragma once

#include <string>
#include <vector>

#include "quantbench/dataset/file_tree.h"

namespace quantbench::dataset {

/// Files below the directory `root`, of the format that most of them have, that have the split's
/// canonical name as a word in a directory's name, else in their own; where no file names any
/// split, all of them are train. So `datasets` finds them.
std::vector<std::string> files_with_word(const FileTree& tree, const std::string& root,
                                         const std::string& split);

}  // namespace quantbench::dataset
