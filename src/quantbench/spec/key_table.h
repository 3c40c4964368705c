#pragma once

#include <string>

#include "quantbench/spec/schema.h"

namespace quantbench::spec {

/// The keys as the Markdown table of docs/spec.md: key, type, default, benchmarkable or not, help.
std::string key_table(const Schema& keys);

}  // namespace quantbench::spec
