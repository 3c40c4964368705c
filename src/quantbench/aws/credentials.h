#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "quantbench/aws/options.h"
#include "quantbench/aws/profiles.h"

namespace quantbench::aws {

/// Never printed, logged or stored. Only `source` stands in messages.
struct Credentials {
  std::string access_key = {};
  std::string secret_key = {};
  /// Of temporary credentials.
  std::string session_token = {};
  /// Seconds since 1970; nullopt: they do not expire.
  std::optional<std::int64_t> expires = std::nullopt;
  /// Where they come from: "the environment", "profile 'bench'".
  std::string source = {};
};

/// The standard chain of AWS's tools, first match wins
/// (https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html):
///
/// 1. AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, unless Options::profile names a
///    profile;
/// 2. the profile: its role (`role_arn` with `source_profile` or `credential_source`, by STS
///    AssumeRole), else its keys;
/// 3. the container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI, with
///    AWS_CONTAINER_AUTHORIZATION_TOKEN or _TOKEN_FILE;
/// 4. the instance: its metadata service, version 2, unless AWS_EC2_METADATA_DISABLED is true.
///
/// Several threads may use it.
class CredentialChain {
 public:
  /// `options` must outlive the chain.
  explicit CredentialChain(const Options& options) : options_(options) {}

  /// Credentials that last five more minutes at least where the source gives such. Throws Error
  /// when there are none, naming what was looked at.
  Credentials get();
  /// The next get() asks the source again.
  void forget();

 private:
  const Options& options_;
  std::mutex mutex_;
  std::optional<Credentials> current_;
};

/// Small letters, digits and '-', "us-east-1": it becomes part of a host's name.
bool is_region(std::string_view text);

/// Options::region, AWS_REGION, AWS_DEFAULT_REGION or the profile's. Throws Error when none is set
/// or it does not look like a region.
std::string region_of(const Options& options);

/// Address of a service ("s3", "sagemaker", "logs", "sts"), without a slash at its end. Throws
/// Error for an endpoint that is not an http or https address.
std::string endpoint_of(const Options& options, const std::string& service,
                        const std::string& region);
/// Whether the endpoint is AWS's own.
bool is_own_endpoint(const Options& options, const std::string& service);

}  // namespace quantbench::aws
