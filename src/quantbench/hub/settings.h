#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "quantbench/base/http.h"

namespace quantbench::hub {

/// How the Hub is reached and where its files are kept, from the environment variables that
/// huggingface_hub reads
/// (https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables).
struct Settings {
  /// HF_ENDPOINT, without a slash at its end.
  std::string endpoint = "https://huggingface.co";
  /// HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME/hub, XDG_CACHE_HOME/huggingface/hub or
  /// ~/.cache/huggingface/hub.
  std::filesystem::path cache;
  /// HF_TOKEN, HUGGING_FACE_HUB_TOKEN, or the file HF_TOKEN_PATH (HF_HOME/token); empty: none, or
  /// HF_HUB_DISABLE_IMPLICIT_TOKEN. Sent to the endpoint only, and printed nowhere.
  std::string token;
  /// HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE: only what the cache holds.
  bool offline = false;
  /// HF_HUB_DISABLE_PROGRESS_BARS.
  bool progress_bars = true;
  /// HF_HUB_ETAG_TIMEOUT: longest wait for an answer about a file.
  std::chrono::milliseconds metadata_timeout{10000};
  /// HF_HUB_DOWNLOAD_TIMEOUT: longest silence within a body.
  std::chrono::milliseconds download_timeout{10000};
  /// What is slower is given up.
  Pace pace;
  /// REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE: file of the authorities that certificates are checked
  /// with, for a proxy that has one of its own; empty: the system's.
  std::string authorities;
  /// Files that are downloaded at the same time.
  std::size_t parallel_downloads = 4;
  /// How often a request that failed for a passing reason is made again, and the waits between:
  /// doubling from the first to the longest. What a Retry-After header asks for is waited instead,
  /// up to the last.
  int retries = 5;
  std::chrono::milliseconds first_wait{1000};
  std::chrono::milliseconds longest_wait{8000};
  std::chrono::milliseconds longest_retry_after{300000};

  /// Value of an environment variable; nullopt when it is not set.
  using Environment = std::function<std::optional<std::string>(const char* name)>;

  /// Throws Error for invalid values (an endpoint that is not an http address, a token with
  /// characters that a header must not have). No message contains the token.
  static Settings from_environment(const Environment& variable);
  static Settings from_environment();
};

}  // namespace quantbench::hub
