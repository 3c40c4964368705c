#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/dataset/dataset.h"

namespace quantbench::dataset {

/// Class names by column, from the first file that has any: dataset_info.json, dataset_infos.json,
/// or the front matter of README.md ("features ... class_label: names"), in the forms that
/// `datasets` writes. `configuration` selects the entry in a file with several. Empty if no file
/// has class names. Throws Error for a malformed description, because the meaning of labels depends
/// on it.
ClassNames read_class_names(const std::vector<std::filesystem::path>& descriptions,
                            const std::optional<std::string>& configuration);

/// Class names in a dataset_info.json, or in the same object inside another file: {"features":
/// {column: {"names": [...], "_type": "ClassLabel"}}}. `where` names it in messages.
ClassNames class_names_of_info(const Json& info, const std::string& where);

}  // namespace quantbench::dataset
