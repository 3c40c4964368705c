#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "quantbench/base/error.h"

namespace quantbench::hub {

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

struct HttpRequest {
  std::string method = "GET";  ///< GET or HEAD
  std::string url;
  std::vector<std::string> headers;
  /// Longest time for all of it; 0: no limit.
  std::chrono::milliseconds timeout{0};
  /// Longest silence.
  std::chrono::milliseconds stall{10000};
  /// Takes the body of an answer with status 200 or 206, piece by piece.
  std::function<void(const HttpResponse& so_far, std::string_view piece)> sink;
  /// Asked at least once a second; ends the transfer with Interrupted when true.
  std::function<bool()> cancelled;
};

/// No answer, or not all of it: `passing` when another try may succeed.
class TransferError : public Error {
 public:
  TransferError(std::string what, bool passing) : Error(std::move(what)), passing_(passing) {}
  bool passing() const { return passing_; }

 private:
  bool passing_;
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

  /// Throws TransferError, Interrupted, and what the sink throws. Bodies without a sink are cut at
  /// 64 MiB (TransferError).
  HttpResponse send(const HttpRequest& request);

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

}  // namespace quantbench::hub
