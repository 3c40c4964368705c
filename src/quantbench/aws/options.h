#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace quantbench::aws {

/// How AWS is reached, and in whose name. AWS's own tools have the same defaults; see
/// https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html.
struct Options {
  /// Value of an environment variable; nullopt when it is not set.
  using Environment = std::function<std::optional<std::string>(const char* name)>;
  Environment variable = process_environment;

  /// Named profile; empty: AWS_PROFILE, else "default". A profile that is named here is used even
  /// where the environment has keys.
  std::string profile = {};
  /// Empty: AWS_REGION, AWS_DEFAULT_REGION, the profile's region.
  std::string region = {};
  /// Address of all services, "http://127.0.0.1:5000", say; empty: AWS_ENDPOINT_URL_SERVICE,
  /// AWS_ENDPOINT_URL, the profile's endpoint_url, else AWS's own.
  std::string endpoint = {};

  /// Tries of one request. A wait between them is random, up to a bound that doubles.
  int tries = 5;
  std::chrono::milliseconds first_wait{500};
  std::chrono::milliseconds longest_wait{20000};
  /// Longest silence of a server.
  std::chrono::milliseconds stall{60000};
  /// Longest wait for the addresses that give credentials to containers and instances. Elsewhere
  /// these addresses may swallow what they are sent.
  std::chrono::milliseconds credentials_timeout{1000};

  /// Files of at least this size are sent in parts (S3 wants 5 MiB at least).
  std::uint64_t multipart_from = std::uint64_t{64} << 20;
  std::uint64_t part_bytes = std::uint64_t{16} << 20;
  /// Keys of one answer of a listing.
  int list_page = 1000;

  /// Where a container asks with a relative address.
  std::string container_endpoint = "http://169.254.170.2";

  /// Set it to end everything with Interrupted.
  const std::atomic<bool>* cancel = nullptr;
  /// One line: a wait before another try.
  std::function<void(const std::string& text)> on_warning = {};
  /// Waits between tries (default: sleeps, and wakes up for `cancel`).
  std::function<void(std::chrono::milliseconds)> sleep = {};
  /// Seconds since 1970.
  std::function<std::int64_t()> now = wall_clock;

  bool cancelled() const { return cancel != nullptr && cancel->load(); }
  /// The variable's value, without white space around it; "" when it is not set.
  std::string text_of(const char* name) const;

  static std::optional<std::string> process_environment(const char* name);
  static std::int64_t wall_clock();
};

}  // namespace quantbench::aws
