#pragma once

#include <chrono>
#include <string>

#include "quantbench/base/http.h"
#include "quantbench/base/retry.h"
#include "quantbench/hub/options.h"

namespace quantbench::hub {

/// The Hub gave no useful answer after every retry: no connection, a server error (5xx), or too
/// many requests (429). Callers may use the cache instead.
class Unreachable : public Error {
 public:
  using Error::Error;
};

/// Delays between the tries of one request: exponential backoff, or the value of Retry-After (RFC
/// 9110, 10.2.3).
class Backoff {
 public:
  Backoff(const Options& options, int retries) : options_(options), retries_(retries) {}

  /// Call after a temporary error status. Throws Unreachable if no try is left, or if Retry-After
  /// exceeds Settings::longest_retry_after.
  void wait_after(const HttpResponse& response);
  /// Call after a failed or incomplete transfer. Throws Unreachable if no try is left, or if
  /// retrying cannot help.
  void wait_after(const TransferError& error);
  /// Call after a failed transfer that is not worth another try. Throws Unreachable.
  [[noreturn]] void give_up(const TransferError& error) const;
  /// Call after receiving data: the count of tries starts again at zero.
  void start_over() { tries_ = 0; }

 private:
  std::string reason_of(const TransferError& error) const;
  void wait(const std::string& reason, std::chrono::milliseconds asked, const std::string& hint);

  const Options& options_;
  int retries_;
  int tries_ = 0;
};

}  // namespace quantbench::hub
