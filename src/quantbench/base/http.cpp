#include "quantbench/base/http.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <exception>
#include <mutex>

#include "quantbench/base/text.h"
#include "quantbench/base/url.h"

namespace quantbench {

namespace {

constexpr std::size_t kLongestBody = std::size_t{64} << 20U;
constexpr std::size_t kLongestHeaders = std::size_t{256} << 10U;

/// What the callbacks of one transfer share.
struct Transfer {
  const HttpRequest& request;
  HttpResponse response;
  std::exception_ptr thrown;
  std::string too_long = {};
  /// Of all answers, those between included.
  std::size_t header_bytes = 0;
  std::chrono::steady_clock::time_point last_sign_of_life = std::chrono::steady_clock::now();
  /// Bytes of both bodies.
  curl_off_t moved = 0;
  bool stalled = false;
  bool too_slow = false;
  bool cancelled = false;
  /// Headers and body.
  std::uint64_t bytes = 0;
  std::uint64_t sent = 0;
  std::uint64_t bytes_at_window = 0;
  std::chrono::steady_clock::time_point window_start = std::chrono::steady_clock::now();
};

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* user) {
  Transfer& transfer = *static_cast<Transfer*>(user);
  transfer.bytes += size * count;
  transfer.header_bytes += size * count;
  if (transfer.header_bytes > kLongestHeaders) {
    transfer.too_long = "the headers of the answer exceed 256 KiB";
    return 0;
  }
  const std::string_view line = trim(std::string_view(data, size * count));
  if (line.starts_with("HTTP/")) {
    // Of an informational answer (1xx) nothing is kept.
    transfer.response = {};
    const std::size_t space = line.find(' ');
    if (space != std::string_view::npos) {
      transfer.response.status = std::atoi(std::string(line.substr(space + 1, 3)).c_str());
    }
  } else if (const std::size_t colon = line.find(':'); colon != std::string_view::npos) {
    transfer.response.headers[to_lower(trim(line.substr(0, colon)))] = trim(line.substr(colon + 1));
  }
  return size * count;
}

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) {
  Transfer& transfer = *static_cast<Transfer*>(user);
  const std::string_view piece(data, size * count);
  const int status = transfer.response.status;
  transfer.bytes += piece.size();
  try {
    if (transfer.request.sink && (status == 200 || status == 206)) {
      transfer.request.sink(transfer.response, piece);
    } else if (transfer.response.body.size() + piece.size() > kLongestBody) {
      transfer.too_long = "the answer exceeds 64 MiB";
      return 0;
    } else {
      transfer.response.body += piece;
    }
  } catch (...) {
    transfer.thrown = std::current_exception();
    return 0;
  }
  return piece.size();
}

/// Whether a window has passed in which too little was sent and came.
bool is_too_slow(Transfer& transfer, std::chrono::steady_clock::time_point now) {
  const Pace& pace = transfer.request.pace;
  if (now - transfer.window_start < pace.window) return false;
  const std::uint64_t bytes = transfer.bytes + transfer.sent;
  const bool slow = bytes < transfer.bytes_at_window + pace.bytes;
  transfer.window_start = now;
  transfer.bytes_at_window = bytes;
  return slow;
}

/// Called at least once a second. Also sees to silences, since libcurl's own limit is a speed.
int on_progress(void* user, curl_off_t, curl_off_t received, curl_off_t, curl_off_t sent) {
  Transfer& transfer = *static_cast<Transfer*>(user);
  if (transfer.request.cancelled && transfer.request.cancelled()) {
    transfer.cancelled = true;
    return 1;
  }
  const auto now = std::chrono::steady_clock::now();
  transfer.sent = static_cast<std::uint64_t>(sent);
  if (received + sent != transfer.moved) {
    transfer.moved = received + sent;
    transfer.last_sign_of_life = now;
  } else if (now - transfer.last_sign_of_life > transfer.request.stall) {
    transfer.stalled = true;
    return 1;
  }
  transfer.too_slow = is_too_slow(transfer, now);
  return transfer.too_slow ? 1 : 0;
}

/// What is wrong with the transfer. Libcurl's detailed texts may contain secrets. Only those about
/// TLS are taken, which name the host at most.
std::string problem_of(CURLcode code, const char* details, const std::string& url) {
  const std::string text = curl_easy_strerror(code);
  std::string_view reason = trim(details);
  if (code == CURLE_SSL_CACERT_BADFILE) return "the file of certificate authorities: " + text;
  if (code == CURLE_SSL_CONNECT_ERROR && !reason.empty()) return text + ": " + std::string(reason);
  if (code != CURLE_PEER_FAILED_VERIFICATION) return text;
  for (const std::string_view prefix : {"SSL certificate problem: ", "SSL: "}) {
    if (reason.starts_with(prefix)) reason.remove_prefix(prefix.size());
  }
  return "the certificate of " + origin_of(url).value_or("the server") +
         " is not accepted: " + (reason.empty() ? text : std::string(reason));
}

bool is_passing(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return true;
    default:
      return false;
  }
}

/// Whether a transfer that ended with `code` was still looking for the server's address.
bool sought_address(CURL* easy, CURLcode code) {
  if (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY) return true;
  if (code != CURLE_OPERATION_TIMEDOUT && code != CURLE_ABORTED_BY_CALLBACK) return false;
  curl_off_t resolved = 0;
  const char* address = nullptr;
  curl_easy_getinfo(easy, CURLINFO_NAMELOOKUP_TIME_T, &resolved);
  // A connection that is used again needs no look-up, and has an address.
  curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &address);
  return resolved == 0 && (address == nullptr || *address == '\0');
}

/// Method and body. A body is given as POSTFIELDS whatever the method: libcurl then sends the bytes
/// in place, and can send them again after a lost connection.
void set_method(CURL* easy, const HttpRequest& request) {
  curl_easy_setopt(easy, CURLOPT_NOBODY, request.method == "HEAD" ? 1L : 0L);
  if (request.method == "HEAD" || request.method == "GET") return;
  if (request.method == "PUT" || request.method == "POST") {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());
  }
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void set_signature(CURL* easy, const Signature& signature) {
  const std::string provider = "aws:amz:" + signature.region + ":" + signature.service;
  curl_easy_setopt(easy, CURLOPT_AWS_SIGV4, provider.c_str());
  curl_easy_setopt(easy, CURLOPT_USERNAME, signature.access_key.c_str());
  curl_easy_setopt(easy, CURLOPT_PASSWORD, signature.secret_key.c_str());
}

}  // namespace

const std::string& HttpResponse::header(const std::string& name) const {
  static const std::string none;
  const auto found = headers.find(name);
  return found == headers.end() ? none : found->second;
}

bool HttpResponse::is_redirect() const {
  return (status == 301 || status == 302 || status == 303 || status == 307 || status == 308) &&
         headers.contains("location");
}

struct Http::Handle {
  CURL* easy = nullptr;
};

Http::Http() : handle_(std::make_unique<Handle>()) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  handle_->easy = curl_easy_init();
  if (handle_->easy == nullptr) throw Error("libcurl cannot be used");
}

Http::~Http() { curl_easy_cleanup(handle_->easy); }

HttpResponse Http::send(const HttpRequest& request) {
  CURL* easy = handle_->easy;
  Transfer transfer{.request = request, .response = {}, .thrown = nullptr};
  curl_easy_reset(easy);
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  set_method(easy, request);
  if (request.signature) set_signature(easy, *request.signature);
  if (!request.user_agent.empty()) {
    curl_easy_setopt(easy, CURLOPT_USERAGENT, request.user_agent.c_str());
  }
  if (request.direct) curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  // Never the names and passwords of a ~/.netrc; who may do what is the token's business.
  curl_easy_setopt(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.stall.count()));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  std::array<char, CURL_ERROR_SIZE> details{};
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, details.data());
  if (!request.authorities.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, request.authorities.c_str());
  }

  std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers(nullptr, curl_slist_free_all);
  for (const std::string& header : request.headers) {
    curl_slist* longer = curl_slist_append(headers.get(), header.c_str());
    if (longer == nullptr) throw Error("out of memory");
    if (headers == nullptr) headers.reset(longer);
  }
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());

  const CURLcode code = curl_easy_perform(easy);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, nullptr);
  if (transfer.thrown) std::rethrow_exception(transfer.thrown);
  if (transfer.cancelled) throw Interrupted();
  if (sought_address(easy, code)) {
    throw NameNotResolved(problem_of(CURLE_COULDNT_RESOLVE_HOST, details.data(), request.url));
  }
  if (transfer.stalled) throw TransferError("no data for too long", true);
  if (transfer.too_slow) {
    throw TooSlow(fmt::format("fewer than {} bytes came in {} s", request.pace.bytes,
                              std::chrono::duration<double>(request.pace.window).count()));
  }
  if (!transfer.too_long.empty()) throw TransferError(transfer.too_long, false);
  if (code != CURLE_OK) {
    const bool refused = code == CURLE_PEER_FAILED_VERIFICATION;
    throw TransferError(problem_of(code, details.data(), request.url), is_passing(code),
                        refused ? "name your own authority in CURL_CA_BUNDLE" : "");
  }
  return std::move(transfer.response);
}

}  // namespace quantbench
