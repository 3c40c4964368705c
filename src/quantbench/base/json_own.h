#pragma once

#include <string>
#include <string_view>

#include "quantbench/base/json.h"

namespace quantbench {

/// As parse_json, for what this program has written itself: an evaluation has a value or more a
/// sample, so that there may be any number of them.
Json parse_own_json(std::string_view text, const std::string& where);

}  // namespace quantbench
