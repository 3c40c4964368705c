#pragma once

#include <string>

#include "quantbench/aws/credentials.h"

namespace quantbench::aws {

/// Walks the chain once (see CredentialChain). Throws Error when no source has credentials, or when
/// the first one that is configured does not give any.
Credentials find_credentials(const Options& options);

/// Seconds since 1970 of "2026-11-29T10:00:00Z", with or without a fraction of a second. Throws
/// Error at `where`.
std::int64_t parse_time(const std::string& text, const std::string& where);

}  // namespace quantbench::aws
