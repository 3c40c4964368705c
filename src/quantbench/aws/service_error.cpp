#include "quantbench/aws/service_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "quantbench/aws/xml.h"
#include "quantbench/base/json.h"
#include "quantbench/base/retry.h"
#include "quantbench/base/text.h"

namespace quantbench::aws {

namespace {

constexpr std::size_t kLongestMessage = 400;
/// AWS accepts five minutes for most services, fifteen for S3.
constexpr std::int64_t kSkewWorthTelling = 240;

template <std::size_t N>
bool is_one_of(const std::string& code, const std::array<std::string_view, N>& codes) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

constexpr std::array<std::string_view, 14> kThrottled = {"Throttling",
                                                         "ThrottlingException",
                                                         "ThrottledException",
                                                         "RequestThrottled",
                                                         "RequestThrottledException",
                                                         "TooManyRequestsException",
                                                         "ProvisionedThroughputExceededException",
                                                         "TransactionInProgressException",
                                                         "RequestLimitExceeded",
                                                         "BandwidthLimitExceeded",
                                                         "SlowDown",
                                                         "PriorRequestNotComplete",
                                                         "EC2ThrottledException",
                                                         "OperationAborted"};
constexpr std::array<std::string_view, 7> kPassing = {"RequestTimeout",
                                                      "RequestTimeoutException",
                                                      "InternalError",
                                                      "InternalFailure",
                                                      "InternalServerError",
                                                      "ServiceUnavailable",
                                                      "ServiceUnavailableException"};
constexpr std::array<std::string_view, 4> kExpired = {"ExpiredToken", "ExpiredTokenException",
                                                      "RequestExpired", "TokenRefreshRequired"};
/// The signature or its time is not accepted.
constexpr std::array<std::string_view, 7> kSignature = {
    "SignatureDoesNotMatch", "InvalidSignatureException", "RequestTimeTooSkewed", "RequestExpired",
    "AuthFailure",           "IncompleteSignature",       "RequestInTheFuture"};
constexpr std::array<std::string_view, 6> kUnknownKey = {
    "InvalidAccessKeyId", "InvalidClientTokenId",       "UnrecognizedClientException",
    "InvalidToken",       "MissingAuthenticationToken", "MissingAuthenticationTokenException"};
constexpr std::array<std::string_view, 6> kMissing = {
    "NoSuchKey", "NoSuchBucket", "NoSuchUpload", "NotFound", "404", "ResourceNotFoundException"};

/// "com.amazonaws.sagemaker#ValidationException" and "ValidationException:http://...".
std::string plain_code(std::string_view code) {
  code = code.substr(0, code.find(':'));
  const std::size_t mark = code.rfind('#');
  return std::string(trim(mark == std::string_view::npos ? code : code.substr(mark + 1)));
}

/// A member that is text, whatever else the object holds.
std::string member_text(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Refusal refusal_of_json(const std::string& body) {
  const Json json = parse_json(body, "answer");
  if (!json.is_object()) return {};
  Refusal out{plain_code(member_text(json, "__type")), member_text(json, "message")};
  if (out.code.empty()) out.code = plain_code(member_text(json, "code"));
  if (out.message.empty()) out.message = member_text(json, "Message");
  return out;
}

Refusal refusal_of_xml(const std::string& body) {
  const XmlElement root = parse_xml(body, "answer");
  const XmlElement* error = root.name == "Error" ? &root : root.find("Error");
  if (error == nullptr) return {};
  return {error->text_at("Code"), error->text_at("Message")};
}

/// One line without secrets. AWS explains a wrong signature with what it calculated, and repeats
/// the headers there.
std::string readable(std::string text, const Credentials& credentials) {
  text = without_secrets(
      std::move(text), {credentials.secret_key, credentials.session_token, credentials.access_key});
  text = text.substr(0, text.find("The Canonical String"));
  std::string out;
  for (const char c : text) {
    const bool space = c == '\n' || c == '\r' || c == '\t' || c == ' ';
    if (space && (out.empty() || out.back() == ' ')) continue;
    out += space ? ' ' : c;
  }
  while (!out.empty() && (out.back() == ' ' || out.back() == '.')) out.pop_back();
  if (out.size() > kLongestMessage) out = out.substr(0, kLongestMessage) + "...";
  return out;
}

std::string hint_for(const ServiceError& error, const HttpResponse& response,
                     const Credentials& credentials, std::int64_t now) {
  const std::int64_t theirs = http_date(response.header("date")).value_or(now);
  const bool about_signature = is_one_of(error.code(), kSignature);
  if (std::abs(now - theirs) > kSkewWorthTelling && error.is_about_credentials()) {
    return fmt::format("this machine's clock is {} s {} AWS's: set it", std::abs(now - theirs),
                       now > theirs ? "ahead of" : "behind");
  }
  const std::string source = "the credentials of " + credentials.source;
  if (about_signature) return "check the secret key: " + source;
  if (is_one_of(error.code(), kExpired)) return source + " have expired";
  if (is_one_of(error.code(), kUnknownKey)) return "check " + source;
  if (error.code().starts_with("AccessDenied")) {
    return source + " lack the permission: docs/sagemaker.md lists all that are needed";
  }
  return {};
}

}  // namespace

bool ServiceError::is_missing() const {
  if (is_one_of(code_, kMissing)) return true;
  // SageMaker has no code of its own for a job that is not there.
  return code_ == "ValidationException" &&
         (problem().find("Requested resource not found") != std::string::npos ||
          problem().find("Could not find") != std::string::npos);
}

bool ServiceError::is_about_credentials() const {
  return is_one_of(code_, kSignature) || is_one_of(code_, kExpired) ||
         is_one_of(code_, kUnknownKey);
}

Refusal parse_refusal(const HttpResponse& response) {
  Refusal out;
  try {
    const std::string_view body = trim(response.body);
    if (body.starts_with('{')) {
      out = refusal_of_json(response.body);
    } else if (body.starts_with('<')) {
      out = refusal_of_xml(response.body);
    }
  } catch (const Error&) {
    // A page of a proxy, say. The status is told instead.
  }
  if (out.code.empty()) out.code = plain_code(response.header("x-amzn-errortype"));
  if (out.code.empty()) out.code = std::to_string(response.status);
  return out;
}

bool is_passing(const HttpResponse& response, const std::string& code) {
  return is_passing_status(response.status) || is_one_of(code, kThrottled) ||
         is_one_of(code, kPassing);
}

bool is_expired_token(const std::string& code) { return is_one_of(code, kExpired); }

ServiceError service_error(const HttpResponse& response, const std::string& operation,
                           const std::string& where, const Credentials& credentials,
                           std::int64_t now) {
  Refusal refusal = parse_refusal(response);
  refusal.code = readable(refusal.code, credentials);
  refusal.message = readable(refusal.message, credentials);
  const std::string status = std::to_string(response.status);
  std::string what = operation + " failed: ";
  if (refusal.message.empty()) {
    what += refusal.code == status ? "status " + status : refusal.code + ", status " + status;
  } else {
    what += refusal.message + (refusal.code == status ? " (status " + status + ")"
                                                      : " (" + refusal.code + ", " + status + ")");
  }
  const std::string& region = response.header("x-amz-bucket-region");
  const bool passing = is_passing(response, refusal.code);
  const ServiceError plain(what, where, {}, refusal.code, response.status, passing, region);
  return ServiceError(what, where, hint_for(plain, response, credentials, now), refusal.code,
                      response.status, passing, region);
}

}  // namespace quantbench::aws
