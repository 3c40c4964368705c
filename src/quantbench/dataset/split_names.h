#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace quantbench::dataset {

/// The split's canonical name in lower case: "dev", "valid", "val" and "eval" become "validation",
/// "training" becomes "train", "testing" becomes "test". "dev_matched" -> "validation_matched".
std::string canonical_split(std::string_view split);

/// Whether a canonical name names a split: train, test, validation or a part of it.
bool names_a_split(std::string_view canonical);

/// The configuration before a split's canonical name: "sst2" in "sst2_validation" for "validation".
std::optional<std::string> configuration_before(const std::string& stem, const std::string& split);

/// The text after the prefix and a separator; nullopt if the stem does not start so.
std::optional<std::string> without_prefix(const std::string& stem, const std::string& prefix);

/// Splits that occur as a word in a path: "my-train_file.csv" and "training/a.csv" are train.
std::set<std::string> splits_in_words(const std::string& path);

}  // namespace quantbench::dataset
