#pragma once

#include "quantbench/base/error.h"
#include "quantbench/base/json.h"

namespace quantbench::execute {

/// The worker answers on this descriptor, one JSON object per line.
inline constexpr int kReplyDescriptor = 3;

/// An Error as JSON, in its three parts.
Json error_to_json(const Error& error);
Error error_from_json(const Json& json);

}  // namespace quantbench::execute
