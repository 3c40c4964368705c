#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quantbench/base/error.h"

namespace quantbench {

struct HttpResponse {
  int status = 0;
  /// Of the last answer, names in lower case.
  std::map<std::string, std::string> headers;
  /// Unless a sink took it.
  std::string body;

  /// "" when there is none.
  const std::string& header(const std::string& name) const;
  bool is_redirect() const;
};

/// The least that must be sent and arrive. A server that sends a byte now and then is never silent,
/// and never ends either.
struct Pace {
  std::uint64_t bytes = 30'000;  ///< in every window
  std::chrono::milliseconds window{30'000};
};

/// Signs a request with AWS Signature Version 4, by libcurl (CURLOPT_AWS_SIGV4). Of the headers,
/// Host, X-Amz-Date and all of HttpRequest::headers are signed.
///
/// The caller keeps the rules under which every libcurl since 7.87 signs alike: a query in
/// canonical form (sorted, percent-encoded, each name with '='), no header without a value, no
/// header name that another one starts with, and the hash of the body in x-amz-content-sha256 where
/// the service is s3.
struct Signature {
  std::string region;
  std::string service;  ///< "s3"
  std::string access_key;
  std::string secret_key;
};

struct HttpRequest {
  std::string method = "GET";  ///< GET, HEAD, PUT, POST, DELETE
  std::string url;
  std::vector<std::string> headers;
  /// Sent with PUT and POST. Must stay in place until send() returns.
  std::string_view body;
  /// Not signed. Empty: none.
  std::string user_agent;
  std::optional<Signature> signature;
  /// Without the proxies of the environment: for addresses of this machine.
  bool direct = false;
  /// Longest time for all of it; 0: no limit.
  std::chrono::milliseconds timeout{0};
  /// Longest silence.
  std::chrono::milliseconds stall{10000};
  Pace pace;
  /// File of the authorities that certificates are checked with; empty: the system's.
  std::string authorities;
  /// Takes the body of an answer with status 200 or 206, piece by piece.
  std::function<void(const HttpResponse& so_far, std::string_view piece)> sink;
  /// Asked at least once a second; ends the transfer with Interrupted when true.
  std::function<bool()> cancelled;
};

/// No answer, or not all of it: `passing` when another try may succeed.
class TransferError : public Error {
 public:
  TransferError(std::string what, bool passing, std::string hint = {})
      : Error(std::move(what), {}, std::move(hint)), passing_(passing) {}
  bool passing() const { return passing_; }

 private:
  bool passing_;
};

/// The server's name (or the proxy's) is not known here, or was not found in time.
class NameNotResolved : public TransferError {
 public:
  explicit NameNotResolved(const std::string& what) : TransferError(what, true) {}
};

/// The answer came slower than HttpRequest::pace.
class TooSlow : public TransferError {
 public:
  explicit TooSlow(const std::string& what) : TransferError(what, true) {}
};

/// HttpRequest::cancelled was true.
class Interrupted : public Error {
 public:
  Interrupted() : Error("interrupted") {}
};

/// HTTP over libcurl, one request at a time. Keeps connections between requests, does not follow
/// redirects, allows only http and https, checks certificates, and uses the proxies of the
/// environment.
class Http {
 public:
  Http();
  ~Http();
  Http(const Http&) = delete;
  Http& operator=(const Http&) = delete;

  /// Throws TransferError, Interrupted, and what the sink throws. A body without a sink may have
  /// 64 MiB, the headers 256 KiB (TransferError).
  HttpResponse send(const HttpRequest& request);

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

}  // namespace quantbench
