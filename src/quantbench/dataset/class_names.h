#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/dataset/dataset.h"

namespace quantbench::dataset {

/// Class names of every column that has some, from the first of the files that gives any:
/// dataset_info.json, dataset_infos.json, or the front matter of README.md ("features ...
/// class_label: names"), in the forms that `datasets` writes. `configuration` picks the entry where
/// a file describes several. Empty when nothing describes classes. Throws Error where a description
/// is malformed, since the meaning of labels depends on it.
ClassNames read_class_names(const std::vector<std::filesystem::path>& descriptions,
                            const std::optional<std::string>& configuration);

/// Those of a dataset_info.json, or of the same object inside another file: {"features": {column:
/// {"names": [...], "_type": "ClassLabel"}}}. `where` stands for it in messages.
ClassNames class_names_of_info(const Json& info, const std::string& where);

}  // namespace quantbench::dataset
