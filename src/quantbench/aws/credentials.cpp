#include "quantbench/aws/credentials.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "quantbench/aws/credential_sources.h"
#include "quantbench/base/error.h"
#include "quantbench/base/http.h"
#include "quantbench/base/text.h"
#include "quantbench/base/url.h"

namespace quantbench::aws {

namespace {

/// Credentials are renewed this long before they expire: longer than any request of ours takes.
constexpr std::int64_t kRenewBefore = 300;

/// "SAGEMAKER" -> the variable AWS_ENDPOINT_URL_SAGEMAKER.
std::string given_endpoint(const Options& options, const std::string& service) {
  if (!options.endpoint.empty()) return options.endpoint;
  // The name of the service in AWS's tools, where it is another one than in the signature.
  std::string name = service == "logs" ? "CLOUDWATCH_LOGS" : service;
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return std::toupper(c); });
  for (const std::string& variable :
       {"AWS_ENDPOINT_URL_" + name, std::string("AWS_ENDPOINT_URL")}) {
    if (std::string given = options.text_of(variable.c_str()); !given.empty()) return given;
  }
  const Profiles profiles = Profiles::read(options);
  const Profile* profile = profiles.find(Profiles::chosen_name(options));
  return profile == nullptr ? std::string() : profile->get("endpoint_url");
}

}  // namespace

bool is_region(std::string_view text) {
  const auto is_good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !text.empty() && text.size() <= 40 && std::all_of(text.begin(), text.end(), is_good);
}

Credentials CredentialChain::get() {
  const std::lock_guard lock(mutex_);
  const std::int64_t now = options_.now();
  if (current_ && (!current_->expires || *current_->expires - now > kRenewBefore)) {
    return *current_;
  }
  try {
    current_ = find_credentials(options_);
  } catch (const Error& error) {
    // The source may come back before they end.
    if (!current_ || *current_->expires <= now) throw;
    if (options_.on_warning) {
      options_.on_warning(
          fmt::format("cannot renew the credentials of {}: {}", current_->source, error.what()));
    }
  }
  return *current_;
}

void CredentialChain::forget() {
  const std::lock_guard lock(mutex_);
  current_.reset();
}

std::string region_of(const Options& options) {
  std::string region = options.region;
  std::string where = "region";
  for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    if (!region.empty()) break;
    region = options.text_of(name);
    where = name;
  }
  if (region.empty()) {
    const Profiles profiles = Profiles::read(options);
    const Profile* profile = profiles.find(Profiles::chosen_name(options));
    if (profile != nullptr) region = profile->get("region");
    where = "profile '" + Profiles::chosen_name(options) + "'";
  }
  if (region.empty()) {
    throw Error("no AWS region is given", {}, "set region, or AWS_REGION: us-east-1, say");
  }
  if (!is_region(region)) throw Error("'" + region + "' is not a region", where, "us-east-1, say");
  return region;
}

std::string endpoint_of(const Options& options, const std::string& service,
                        const std::string& region) {
  std::string given = given_endpoint(options, service);
  if (!given.empty()) {
    while (given.ends_with('/')) given.pop_back();
    // Without the value: it may hold a password.
    if (!origin_of(given)) {
      throw Error("not an http or https address", "endpoint_url", "http://127.0.0.1:5000, say");
    }
    return given;
  }
  const std::string host = service == "sagemaker" ? "api.sagemaker" : service;
  const char* suffix = region.starts_with("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return fmt::format("https://{}.{}.{}", host, region, suffix);
}

bool is_own_endpoint(const Options& options, const std::string& service) {
  return given_endpoint(options, service).empty();
}

}  // namespace quantbench::aws
