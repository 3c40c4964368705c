#pragma once

#include <chrono>
#include <string>

#include "quantbench/hub/http.h"
#include "quantbench/hub/options.h"

namespace quantbench::hub {

/// The Hub gave no answer that helps: no connection, a server's fault (5xx), or too many requests
/// (429), after every retry. What the cache holds may do instead.
class Unreachable : public Error {
 public:
  using Error::Error;
};

/// True for statuses that another try may change: 408, 429, 500, 502, 503, 504.
bool is_passing_status(int status);

/// Waits between the tries of one request: exponential backoff, or what Retry-After says
/// (RFC 9110, 10.2.3).
class Backoff {
 public:
  Backoff(const Options& options, int retries) : options_(options), retries_(retries) {}

  /// After an answer whose status passes. Throws Unreachable when no try is left, or when
  /// Retry-After asks for more than Settings::longest_retry_after.
  void wait_after(const HttpResponse& response);
  /// After a transfer without an answer, or without all of it. Throws Unreachable when no try is
  /// left or none would help.
  void wait_after(const TransferError& error);
  /// Something was received: the tries count from zero again.
  void start_over() { tries_ = 0; }

 private:
  void wait(const std::string& reason, std::chrono::milliseconds asked, const std::string& hint);

  const Options& options_;
  int retries_;
  int tries_ = 0;
};

}  // namespace quantbench::hub
