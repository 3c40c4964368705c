#include "quantbench/aws/request.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "quantbench/aws/service_error.h"
#include "quantbench/base/hash.h"
#include "quantbench/base/retry.h"
#include "quantbench/base/text.h"
#include "quantbench/base/url.h"
#include "quantbench/base/version.h"

namespace quantbench::aws {

namespace {

using std::chrono::milliseconds;

/// "Full jitter": anything up to a bound that doubles, so that clients that failed together do not
/// come back together (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
milliseconds random_wait(const Options& options, int failures) {
  const milliseconds bound =
      std::min(options.longest_wait, options.first_wait * (1 << std::min(failures, 16)));
  static thread_local std::mt19937_64 generator{std::random_device{}()};
  return milliseconds(std::uniform_int_distribution<long>(0, bound.count())(generator));
}

void wait_for_next_try(const Options& options, int failures, milliseconds asked,
                       const std::string& reason) {
  const milliseconds wait =
      std::max(random_wait(options, failures), std::min(asked, options.longest_wait));
  if (wait > milliseconds(2000) && options.on_warning) {
    options.on_warning(fmt::format("{}; trying again in {} s", reason, wait.count() / 1000));
  }
  if (options.sleep) return options.sleep(wait);
  wait_unless(wait, [&options] { return options.cancelled(); });
}

HttpRequest signed_request(const Request& request, const Options& options,
                           const Credentials& credentials) {
  HttpRequest http;
  http.method = request.method;
  http.url = request.url;
  http.headers = request.headers;
  http.body = request.body;
  http.sink = request.sink;
  http.stall = options.stall;
  http.user_agent = "quantbench/" + std::string(version());
  http.authorities = options.text_of("AWS_CA_BUNDLE");
  if (!request.even_if_cancelled) {
    http.cancelled = [&options] { return options.cancelled(); };
  }
  // The service may think for a while before its answer begins; Options::stall bounds that.
  http.pace.window = std::max(http.pace.window, options.stall * 2);
  http.pace.bytes = 1;
  if (request.service == "s3") {
    http.headers.push_back("x-amz-content-sha256: " + sha256(request.body));
  }
  if (!credentials.session_token.empty()) {
    http.headers.push_back("x-amz-security-token: " + credentials.session_token);
  }
  http.signature =
      Signature{request.region, request.service, credentials.access_key, credentials.secret_key};
  return http;
}

bool has_succeeded(const Request& request, const HttpResponse& response) {
  return response.status / 100 == 2 && (!request.is_failure || !request.is_failure(response));
}

}  // namespace

HttpResponse send(Http& http, const Request& request, const Options& options,
                  const std::function<Credentials()>& credentials,
                  const std::function<void()>& renew) {
  bool renewed = !renew;
  for (int failures = 0;; ++failures) {
    const bool last = failures + 1 >= options.tries;
    const Credentials now = credentials();
    if (request.on_try) request.on_try();
    HttpResponse response;
    try {
      response = http.send(signed_request(request, options, now));
    } catch (const TransferError& error) {
      const std::string reason = fmt::format("{}: no answer from {}: {}", request.operation,
                                             printable_url(request.url), error.problem());
      if (last || !error.passing()) {
        throw Error(
            reason, request.subject,
            error.hint().empty() ? "check the network, the region and the endpoint" : error.hint());
      }
      wait_for_next_try(options, failures, milliseconds(0), reason);
      continue;
    }
    if (has_succeeded(request, response)) return response;
    const std::string code = parse_refusal(response).code;
    if (is_expired_token(code) && !renewed) {
      renewed = true;
      renew();
      continue;
    }
    ServiceError error =
        service_error(response, request.operation, request.subject, now, options.now());
    if (last || !is_passing(response, code)) throw error;
    wait_for_next_try(options, failures, retry_after(response), error.problem());
  }
}

std::string canonical_query(std::vector<std::pair<std::string, std::string>> parameters) {
  for (auto& [name, value] : parameters) {
    name = percent_encoded(name);
    value = percent_encoded(value);
  }
  std::sort(parameters.begin(), parameters.end());
  std::vector<std::string> parts;
  for (const auto& [name, value] : parameters) parts.push_back(name + "=" + value);
  return join(parts, "&");
}

}  // namespace quantbench::aws
