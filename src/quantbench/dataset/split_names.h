#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace quantbench::dataset {

/// The split's name with "dev", "valid", "val" and "eval" written "validation", "training" "train",
/// "testing" "test", in lower case: "dev_matched" -> "validation_matched".
std::string canonical_split(std::string_view split);

/// Whether a canonical name is that of a split: train, test, validation or a part of it.
bool names_a_split(std::string_view canonical);

/// The configuration in front of a split's canonical name: "sst2" of "sst2_validation" for
/// "validation".
std::optional<std::string> configuration_before(const std::string& stem, const std::string& split);

/// What follows the prefix and a separator; nullopt when the stem does not start so.
std::optional<std::string> without_prefix(const std::string& stem, const std::string& prefix);

/// Splits that a path has as a word: "my-train_file.csv" and "training/a.csv" are train.
std::set<std::string> splits_in_words(const std::string& path);

}  // namespace quantbench::dataset
