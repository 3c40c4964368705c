#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace quantbench::dataset {

using ClassNames = std::map<std::string, std::vector<std::string>>;

/// Class names of every column that has some, from the first description found in the
/// directories: dataset_info.json, dataset_infos.json, then the front matter of README.md
/// ("features
/// ... class_label: names"), in the forms that `datasets` writes. `configuration` picks the entry
/// where a file describes several. Empty when nothing describes classes. Throws Error where a
/// description is malformed, since the meaning of labels depends on it.
ClassNames read_class_names(const std::vector<std::filesystem::path>& directories,
                            const std::optional<std::string>& configuration);

}  // namespace quantbench::dataset
