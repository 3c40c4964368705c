#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/base/http.h"

namespace quantbench {

/// True for statuses that may be temporary: 408, 429, 500, 502, 503, 504.
bool is_passing_status(int status);

/// Seconds since 1970 of a date in a header (RFC 9110, 5.6.7); nullopt: not a date.
std::optional<std::int64_t> http_date(const std::string& text);

/// The wait that a Retry-After header asks for, in seconds or as a date (RFC 9110, 10.2.3); 0
/// without such a header.
std::chrono::milliseconds retry_after(const HttpResponse& response);

/// Sleeps, and looks at `cancelled` (may be empty) twenty times a second. Throws Interrupted.
void wait_unless(std::chrono::milliseconds wait, const std::function<bool()>& cancelled);

/// `text` with *** in place of each of the secrets, plain or percent-encoded. A server's words may
/// repeat what it was sent.
std::string without_secrets(std::string text, const std::vector<std::string>& secrets);

}  // namespace quantbench
