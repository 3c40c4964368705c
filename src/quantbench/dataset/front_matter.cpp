#include "quantbench/dataset/front_matter.h"

#include <algorithm>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"

namespace quantbench::dataset {

std::string_view front_matter(std::string_view readme, const std::string& where) {
  constexpr std::string_view kMark = "---";
  const std::size_t opening_end = std::min(readme.find('\n'), readme.size());
  if (trim(readme.substr(0, opening_end)) != kMark) return {};
  // The line break of the opening line is part of it, so that lines count as in the file.
  for (std::size_t at = opening_end; at < readme.size();) {
    const std::size_t start = at + 1;
    const std::size_t end = std::min(readme.find('\n', start), readme.size());
    if (trim(readme.substr(start, end - start)) == kMark) {
      return readme.substr(opening_end, start - opening_end);
    }
    if (end - opening_end > kMaxFrontMatter) {
      throw Error("the front matter has more than " + std::to_string(kMaxFrontMatter) + " bytes",
                  where);
    }
    at = end;
  }
  return {};
}

YAML::Node load_front_matter(std::string_view readme, const std::string& where) {
  return YAML::Load(std::string(front_matter(readme, where)));
}

}  // namespace quantbench::dataset
