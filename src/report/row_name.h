#pragma once

#include <string>

#include "quantbench/base/json.h"
#include "quantbench/store/result.h"

namespace quantbench::report {

/// A parameter's value as text: strings as they are, everything else as Python's repr().
std::string text_of(const Json& value);

/// A row's benchmarked parameters in short, for people: "original", "Add+MatMul · per_channel".
/// False and None are left out, so two rows may have one name.
std::string short_name(const store::RunResult& result, const store::Row& row);

}  // namespace quantbench::report
