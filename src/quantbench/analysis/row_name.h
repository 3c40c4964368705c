#pragma once

#include <string>

#include "quantbench/base/json.h"
#include "quantbench/store/result.h"

namespace quantbench::analysis {

/// A parameter's value as text: strings as they are, everything else as Python's repr().
std::string text_of(const Json& value);

/// The same, but lists without brackets and quotes: "Add, MatMul".
std::string plain_text(const Json& value);

/// Short name of a row from its benchmarked parameters: "original", "Add+MatMul · per_channel".
/// Omits False, None, and values that all rows share, so two rows may have the same name.
std::string short_name(const store::RunResult& result, const store::Row& row);

}  // namespace quantbench::analysis
