#include "quantbench/dataset/split_names.h"

#include <algorithm>
#include <cctype>
#include <map>

#include "quantbench/base/text.h"

namespace quantbench::dataset {

namespace {

constexpr std::string_view kSeparators = "-_.";

}  // namespace

std::string canonical_split(std::string_view split) {
  static const std::map<std::string, std::string> kAliases = {
      {"dev", "validation"},  {"valid", "validation"}, {"val", "validation"},
      {"eval", "validation"}, {"training", "train"},   {"testing", "test"}};
  const std::string name = to_lower(split);
  const std::size_t end = std::min(name.find_first_of(kSeparators), name.size());
  const auto alias = kAliases.find(name.substr(0, end));
  return alias == kAliases.end() ? name : alias->second + name.substr(end);
}

bool names_a_split(std::string_view canonical) {
  return canonical == "train" || canonical == "test" || canonical.starts_with("validation");
}

std::optional<std::string> configuration_before(const std::string& stem, const std::string& split) {
  for (std::size_t i = stem.find_first_of(kSeparators); i != std::string::npos;
       i = stem.find_first_of(kSeparators, i + 1)) {
    if (i > 0 && canonical_split(stem.substr(i + 1)) == split) return stem.substr(0, i);
  }
  return std::nullopt;
}

std::optional<std::string> without_prefix(const std::string& stem, const std::string& prefix) {
  if (stem.size() <= prefix.size() + 1 || !stem.starts_with(prefix)) return std::nullopt;
  if (kSeparators.find(stem[prefix.size()]) == std::string_view::npos) return std::nullopt;
  return stem.substr(prefix.size() + 1);
}

std::set<std::string> splits_in_words(const std::string& path) {
  std::set<std::string> splits;
  std::string word;
  for (const char c : path + "/") {
    if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
      word += c;
      continue;
    }
    // For `datasets`, a file of this name is the split test, but a requested split of this name is
    // validation.
    const bool evaluation = to_lower(word) == "eval" || to_lower(word) == "evaluation";
    const std::string split = evaluation ? "test" : canonical_split(word);
    if (names_a_split(split)) splits.insert(split);
    word.clear();
  }
  return splits;
}

}  // namespace quantbench::dataset
