#pragma once

#include <string>

#include "quantbench/base/json.h"
#include "quantbench/store/result.h"

namespace quantbench::analysis {

/// A parameter's value as text: strings as they are, everything else as Python's repr().
std::string text_of(const Json& value);

/// The same, but lists without brackets and quotes: "Add, MatMul".
std::string plain_text(const Json& value);

/// A row's benchmarked parameters in short, for people: "original", "Add+MatMul · per_channel".
/// What all rows share is left out, and so are False and None: two rows may have one name.
std::string short_name(const store::RunResult& result, const store::Row& row);

}  // namespace quantbench::analysis
