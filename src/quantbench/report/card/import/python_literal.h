#pragma once

#include <optional>
#include <string_view>

#include "quantbench/base/json.h"

namespace quantbench::report {

/// A Python literal as repr() writes it: None, True, False, numbers, strings, lists, dicts with
/// string keys. nullopt for anything else, for integers over 64 bits, and for more than 32 levels.
std::optional<Json> parse_python_literal(std::string_view text);

}  // namespace quantbench::report
