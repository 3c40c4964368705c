#pragma once

#include <string>
#include <vector>

#include "quantbench/base/json.h"

namespace quantbench::test {

/// A prediction with tag names instead of ids; unchanged without tags.
inline Json with_tag_names(const Json& prediction, const std::vector<std::string>& tags) {
  if (tags.empty()) return prediction;
  Json names = Json::array();
  for (const Json& id : prediction) names.push_back(tags.at(id.get<std::size_t>()));
  return names;
}

}  // namespace quantbench::test
