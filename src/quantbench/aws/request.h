#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quantbench/aws/credentials.h"
#include "quantbench/aws/options.h"
#include "quantbench/base/http.h"

namespace quantbench::aws {

/// No answer after all tries: the network, or a service that is away. It may come back.
class NoAnswer : public Error {
 public:
  using Error::Error;
};

/// A request to a service.
struct Request {
  std::string operation;  ///< "S3 GetObject", for messages
  std::string subject;    ///< what it is about: "s3://bucket/key"
  std::string service;    ///< of the signature: "s3"
  std::string region;
  std::string method = "POST";
  /// With a query in canonical form.
  std::string url;
  /// No value may be empty, and no name the beginning of another one.
  std::vector<std::string> headers;
  std::string_view body;
  std::function<void(const HttpResponse& so_far, std::string_view piece)> sink;
  /// Called before each try.
  std::function<void()> on_try;
  /// Of an answer with a status of success: an Error in it (S3 says so of some operations). True:
  /// it is a failure.
  std::function<bool(const HttpResponse&)> is_failure;
  /// Options::cancel does not end it: it tidies up.
  bool even_if_cancelled = false;
};

/// Signs and sends, again after throttling, faults of the service and lost connections, with
/// growing random waits. `credentials` is asked before each try; `renew` is called once, after an
/// expired token. Throws ServiceError, Interrupted, what the sink throws, and NoAnswer.
HttpResponse send(Http& http, const Request& request, const Options& options,
                  const std::function<Credentials()>& credentials,
                  const std::function<void()>& renew = {});

/// Parameters of a query in canonical form: sorted, percent-encoded, "name=" without a value.
std::string canonical_query(std::vector<std::pair<std::string, std::string>> parameters);

}  // namespace quantbench::aws
