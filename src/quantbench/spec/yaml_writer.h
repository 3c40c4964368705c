#pragma once

#include <string>

#include "quantbench/base/json.h"

namespace quantbench::spec {

/// `key: value` as YAML that reads back to the same value: a map as a block, everything inside in
/// flow style. Ends with a line break.
std::string yaml_line(const std::string& key, const Json& value);

/// A value in YAML's flow style: "[Add, ...]" with strings quoted.
std::string yaml_flow(const Json& value);

/// Text as an item or value of YAML's block style: as it is, or quoted where YAML would take it for
/// something else.
std::string yaml_scalar(const std::string& text);

}  // namespace quantbench::spec
