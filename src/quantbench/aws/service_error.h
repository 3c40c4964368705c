#pragma once

#include <string>
#include <vector>

#include "quantbench/aws/credentials.h"
#include "quantbench/base/error.h"
#include "quantbench/base/http.h"

namespace quantbench::aws {

/// A service refused a request. One line: the operation, AWS's message, AWS's code and the status.
class ServiceError : public Error {
 public:
  ServiceError(const std::string& what, const std::string& where, const std::string& hint,
               std::string code, int status, bool passing, std::string bucket_region)
      : Error(what, where, hint),
        code_(std::move(code)),
        status_(status),
        passing_(passing),
        bucket_region_(std::move(bucket_region)) {}

  /// "NoSuchKey", "ValidationException"; "404" where the service gives none.
  const std::string& code() const { return code_; }
  int status() const { return status_; }
  /// S3: the region that the bucket is in; "" when S3 does not say it.
  const std::string& bucket_region() const { return bucket_region_; }

  /// Throttling or a fault of the service: it may work later.
  bool passing() const { return passing_; }
  /// The object, the bucket or the job is not there.
  bool is_missing() const;
  /// The key, the secret or the token is not accepted.
  bool is_about_credentials() const;

 private:
  std::string code_;
  int status_;
  bool passing_;
  std::string bucket_region_;
};

/// What went wrong, in the words of a service.
struct Refusal {
  std::string code;
  std::string message;
};

/// Reads the body of an answer, XML of S3 and STS or JSON of the others, and the headers that
/// repeat its code. Never throws: a body that is neither gives the status as code.
Refusal parse_refusal(const HttpResponse& response);

/// Whether another try may succeed: throttling, or a fault of the service.
bool is_passing(const HttpResponse& response, const std::string& code);
/// Whether newer credentials may be accepted.
bool is_expired_token(const std::string& code);

/// The error for an answer. `operation`: "S3 GetObject". `where`: what it was about. The
/// credentials never stand in it. `now`: seconds since 1970; a clock that is wrong is told, since
/// AWS then refuses every signature.
ServiceError service_error(const HttpResponse& response, const std::string& operation,
                           const std::string& where, const Credentials& credentials,
                           std::int64_t now);

}  // namespace quantbench::aws
