#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/base/json.h"

namespace quantbench::checkpoint {

/// A value of config.json's label2id: an id, as a number or as text ("1"), which transformers
/// accepts too; nullopt for anything else.
std::optional<std::int64_t> id_in_label2id(const Json& value);

/// The names of label2id by their ids. Empty if there is no label2id, or if its ids are not 0 to
/// n - 1.
std::vector<std::string> labels_of_label2id(const Json& config);

}  // namespace quantbench::checkpoint
