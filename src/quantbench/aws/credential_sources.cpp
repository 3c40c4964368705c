#include "quantbench/aws/credential_sources.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <set>

#include "quantbench/aws/request.h"
#include "quantbench/aws/service_error.h"
#include "quantbench/aws/xml.h"
#include "quantbench/base/file.h"
#include "quantbench/base/json.h"
#include "quantbench/base/text.h"
#include "quantbench/base/url.h"

namespace quantbench::aws {

namespace {

/// Keys go into headers: nothing else than printable characters without spaces may.
std::string checked(std::string_view text, const std::string& what, const std::string& where) {
  for (const char c : text) {
    if (c <= ' ' || c > '~') {
      throw Error("the " + what + " contains a character that it cannot have", where);
    }
  }
  return std::string(text);
}

Credentials make(std::string_view key, std::string_view secret, std::string_view token,
                 const std::string& source) {
  Credentials out;
  out.access_key = checked(key, "access key", source);
  out.secret_key = checked(secret, "secret key", source);
  out.session_token = checked(token, "session token", source);
  out.source = source;
  if (out.access_key.empty() || out.secret_key.empty()) {
    throw Error(out.access_key.empty() ? "the access key is missing" : "the secret key is missing",
                source);
  }
  return out;
}

std::optional<Credentials> from_environment(const Options& options) {
  const std::string key = options.text_of("AWS_ACCESS_KEY_ID");
  const std::string secret = options.text_of("AWS_SECRET_ACCESS_KEY");
  if (key.empty() && secret.empty()) return std::nullopt;
  return make(key, secret, options.text_of("AWS_SESSION_TOKEN"), "the environment");
}

/// One answer of a credentials address, with two more tries: it is near, and short of time only
/// while a machine starts.
HttpResponse ask(const Options& options, HttpRequest request, const std::string& source) {
  Http http;
  request.timeout = options.credentials_timeout;
  request.stall = options.credentials_timeout;
  request.direct = true;
  request.cancelled = [&options] { return options.cancelled(); };
  constexpr int kTries = 3;
  for (int i = 1;; ++i) {
    try {
      HttpResponse response = http.send(request);
      if (response.status / 100 != 5 || i == kTries) return response;
    } catch (const TransferError& error) {
      if (i == kTries || !error.passing()) {
        throw Error("no answer: " + error.problem(), source);
      }
    }
  }
}

/// {"AccessKeyId", "SecretAccessKey", "Token", "Expiration"}, as containers and instances get it.
Credentials credentials_of_json(const HttpResponse& response, const std::string& source) {
  if (response.status != 200) {
    throw Error(fmt::format("the answer has status {}", response.status), source);
  }
  Json json;
  try {
    json = parse_json(response.body, source);
  } catch (const Error&) {
    // Its message would show the place, and what stands there may be a key.
  }
  if (!json.is_object()) throw Error("the answer is not a JSON object", source);
  Credentials out = make(require<std::string>(json, "AccessKeyId", source),
                         require<std::string>(json, "SecretAccessKey", source),
                         value_or<std::string>(json, "Token", "", source), source);
  const std::string expires = value_or<std::string>(json, "Expiration", "", source);
  if (!expires.empty()) out.expires = parse_time(expires, source);
  return out;
}

/// Loopback, or the addresses at which ECS and EKS give credentials.
bool is_near(std::string_view host) {
  const bool is_ipv4 = host.find_first_not_of("0123456789.") == std::string_view::npos;
  return (is_ipv4 && host.starts_with("127.")) || host == "localhost" || host == "[::1]" ||
         host == "169.254.170.2" || host == "169.254.170.23" || host == "[fd00:ec2::23]";
}

/// A token must not travel in the clear to an address that anybody may own.
void check_container_url(const std::string& url) {
  const std::string origin = origin_of(url).value_or(std::string());
  constexpr std::string_view kPlain = "http://";
  const bool is_plain = origin.starts_with(kPlain);
  const std::string host = is_plain ? origin.substr(kPlain.size()) : std::string();
  if (is_plain ? is_near(host.substr(0, host.rfind(':'))) : !origin.empty()) return;
  throw Error("the address must be https, or http on this machine",
              "AWS_CONTAINER_CREDENTIALS_FULL_URI");
}

std::optional<Credentials> from_container(const Options& options) {
  const std::string relative = options.text_of("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const std::string full = options.text_of("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (relative.empty() && full.empty()) return std::nullopt;
  // "@host/path" would make another address.
  if (!relative.empty() && relative[0] != '/') {
    throw Error("the address must start with '/'", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  }
  HttpRequest request;
  request.url = relative.empty() ? full : options.container_endpoint + relative;
  if (relative.empty()) check_container_url(request.url);
  const std::string file = options.text_of("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  // The file is read each time: its token is renewed.
  const std::string token = file.empty() ? options.text_of("AWS_CONTAINER_AUTHORIZATION_TOKEN")
                                         : std::string(trim(read_text(file)));
  if (!token.empty()) {
    std::string plain = token;
    std::erase(plain, ' ');  // "Bearer ..." may have one
    checked(plain, "authorization token", "the container's credentials");
    request.headers.push_back("Authorization: " + token);
  }
  return credentials_of_json(ask(options, request, "the container's credentials"), "the container");
}

std::optional<Credentials> from_instance(const Options& options) {
  if (to_lower(options.text_of("AWS_EC2_METADATA_DISABLED")) == "true") return std::nullopt;
  std::string endpoint = options.text_of("AWS_EC2_METADATA_SERVICE_ENDPOINT");
  if (endpoint.empty()) endpoint = "http://169.254.169.254";
  while (endpoint.ends_with('/')) endpoint.pop_back();
  const std::string source = "the instance's metadata service";
  HttpRequest request;
  request.method = "PUT";
  request.url = endpoint + "/latest/api/token";
  request.headers = {"X-aws-ec2-metadata-token-ttl-seconds: 21600"};
  HttpResponse token;
  try {
    token = ask(options, request, source);
  } catch (const Interrupted&) {
    throw;
  } catch (const Error&) {
    return std::nullopt;  // not an instance
  }
  if (token.status != 200) return std::nullopt;
  request.method = "GET";
  request.headers = {"X-aws-ec2-metadata-token: " +
                     checked(trim(token.body), "metadata token", source)};
  request.url = endpoint + "/latest/meta-data/iam/security-credentials/";
  const HttpResponse roles = ask(options, request, source);
  const std::string role = std::string(trim(split(roles.body, '\n')[0]));
  if (roles.status != 200 || role.empty()) return std::nullopt;  // an instance without a role
  request.url += percent_encoded(role);
  return credentials_of_json(ask(options, request, source), "the instance's role");
}

/// Follows a profile to its keys.
class ProfileChain {
 public:
  explicit ProfileChain(const Options& options)
      : options_(options), profiles_(Profiles::read(options)) {}

  std::optional<Credentials> find(const std::string& name, bool must_exist) {
    const Profile* profile = must_exist ? &profiles_.get(name) : profiles_.find(name);
    if (profile == nullptr) return std::nullopt;
    if (!profile->get("role_arn").empty()) return by_role(*profile);
    if (auto keys = keys_of(*profile)) return keys;
    refuse_other_ways(*profile);
    if (must_exist) {
      throw Error("the profile has neither keys nor a role", source(*profile),
                  "aws_access_key_id and aws_secret_access_key, or role_arn and source_profile");
    }
    return std::nullopt;
  }

 private:
  static std::string source(const Profile& profile) { return "profile '" + profile.name + "'"; }

  static std::optional<Credentials> keys_of(const Profile& profile) {
    const std::string& key = profile.get("aws_access_key_id");
    const std::string& secret = profile.get("aws_secret_access_key");
    if (key.empty() && secret.empty()) return std::nullopt;
    return make(key, secret, profile.get("aws_session_token"), source(profile));
  }

  /// Ways to credentials that need a browser, another program or a file that changes.
  static void refuse_other_ways(const Profile& profile) {
    for (const char* setting : {"sso_session", "sso_start_url", "credential_process",
                                "web_identity_token_file", "login_session"}) {
      if (profile.get(setting).empty()) continue;
      throw Error(fmt::format("{} is not supported", setting), source(profile),
                  "run: eval \"$(aws configure export-credentials --profile " + profile.name +
                      " --format env)\"");
    }
  }

  Credentials by_role(const Profile& profile) {
    const std::string where = source(profile);
    if (!visited_.insert(profile.name).second) {
      throw Error("its source profiles form a circle", where);
    }
    if (!profile.get("mfa_serial").empty()) {
      throw Error("mfa_serial asks for a code, and jobs outlast it", where,
                  "put temporary keys (aws sts assume-role) into the environment");
    }
    return assume(profile, source_of(profile));
  }

  /// The credentials that may assume the profile's role.
  Credentials source_of(const Profile& profile) {
    const std::string& from = profile.get("source_profile");
    const std::string& kind = profile.get("credential_source");
    const std::string where = source(profile);
    if (from.empty() == kind.empty()) {
      throw Error("role_arn needs source_profile or credential_source, one of them", where);
    }
    std::optional<Credentials> found;
    if (!from.empty()) {
      // A profile may name itself: its own keys assume its role.
      const Profile& other =
          with_context(where, [&]() -> const Profile& { return profiles_.get(from); });
      return from == profile.name ? own_keys(other) : *find(from, true);
    }
    if (kind == "Environment") {
      found = from_environment(options_);
    } else if (kind == "EcsContainer") {
      found = from_container(options_);
    } else if (kind == "Ec2InstanceMetadata") {
      found = from_instance(options_);
    } else {
      throw Error("unknown credential_source '" + kind + "'", where,
                  "Environment, EcsContainer or Ec2InstanceMetadata");
    }
    if (!found) throw Error("credential_source " + kind + " has no credentials", where);
    return *found;
  }

  static Credentials own_keys(const Profile& profile) {
    auto keys = keys_of(profile);
    if (!keys)
      throw Error("source_profile names the profile itself, which has no keys", source(profile));
    return *keys;
  }

  /// STS AssumeRole (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html).
  Credentials assume(const Profile& profile, const Credentials& with) const {
    const std::string where = source(profile);
    std::vector<std::pair<std::string, std::string>> form = {
        {"Action", "AssumeRole"},
        {"Version", "2011-06-15"},
        {"RoleArn", profile.get("role_arn")},
        {"RoleSessionName", profile.get("role_session_name").empty()
                                ? "quantbench"
                                : profile.get("role_session_name")}};
    if (!profile.get("external_id").empty()) {
      form.emplace_back("ExternalId", profile.get("external_id"));
    }
    if (!profile.get("duration_seconds").empty()) {
      form.emplace_back("DurationSeconds", profile.get("duration_seconds"));
    }
    const std::string body = canonical_query(form);
    Request request;
    request.operation = "STS AssumeRole";
    request.subject = where;
    request.service = "sts";
    request.region = region_of(options_);
    request.url = endpoint_of(options_, "sts", request.region) + "/";
    request.headers = {"Content-Type: application/x-www-form-urlencoded; charset=utf-8"};
    request.body = body;
    Http http;
    const HttpResponse response = send(http, request, options_, [&] { return with; });
    const XmlElement root = parse_xml(response.body, "STS AssumeRole");
    const std::string at = "AssumeRoleResult/Credentials/";
    Credentials out = make(root.text_at(at + "AccessKeyId"), root.text_at(at + "SecretAccessKey"),
                           root.text_at(at + "SessionToken"), where);
    out.expires = parse_time(root.text_at(at + "Expiration"), "STS AssumeRole");
    return out;
  }

  const Options& options_;
  Profiles profiles_;
  std::set<std::string> visited_;
};

}  // namespace

std::int64_t parse_time(const std::string& text, const std::string& where) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  const int read = std::sscanf(text.c_str(), "%4d-%2u-%2uT%2d:%2d:%2d", &year, &month, &day, &hour,
                               &minute, &second);
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (read != 6 || !date.ok() || !text.ends_with('Z')) {
    throw Error("'" + text.substr(0, 40) + "' is not a time in UTC", where);
  }
  return std::chrono::sys_days(date).time_since_epoch().count() * std::int64_t{86400} +
         hour * 3600 + minute * 60 + second;
}

Credentials find_credentials(const Options& options) {
  if (options.profile.empty()) {
    if (auto found = from_environment(options)) return *found;
  }
  const std::string name = Profiles::chosen_name(options);
  const bool named = !options.profile.empty() || !options.text_of("AWS_PROFILE").empty() ||
                     !options.text_of("AWS_DEFAULT_PROFILE").empty();
  if (auto found = ProfileChain(options).find(name, named)) return *found;
  if (auto found = from_container(options)) return *found;
  if (auto found = from_instance(options)) return *found;
  throw Error("no AWS credentials", {},
              "looked at AWS_ACCESS_KEY_ID, profile '" + name +
                  "', the container and the instance; run `aws configure`, say");
}

}  // namespace quantbench::aws
