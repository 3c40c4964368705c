#pragma once

#include <gmock/gmock.h>

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/aws/options.h"
#include "quantbench/base/file.h"
#include "support/loopback_server.h"
#include "support/message_of.h"

namespace quantbench::test {

/// A server on loopback in place of AWS, an environment of its own, a clock that stands still.
/// Waits between tries are noted instead of waited.
class AwsTest : public ::testing::Test {
 protected:
  AwsTest() {
    ::setenv("no_proxy", "127.0.0.1", 1);
    environment = {{"HOME", scratch.path().string()},
                   {"AWS_REGION", "eu-central-1"},
                   {"AWS_EC2_METADATA_DISABLED", "true"}};
  }

  aws::Options options() {
    aws::Options out;
    out.variable = [this](const char* name) -> std::optional<std::string> {
      const auto found = environment.find(name);
      if (found == environment.end()) return std::nullopt;
      return found->second;
    };
    out.endpoint = server.url();
    out.stall = std::chrono::minutes(10);
    out.credentials_timeout = std::chrono::minutes(10);
    out.sleep = [this](std::chrono::milliseconds wait) { waits.push_back(wait); };
    out.on_warning = [this](const std::string& text) { warnings.push_back(text); };
    out.now = [this] { return now; };
    return out;
  }

  void use_keys() {
    environment["AWS_ACCESS_KEY_ID"] = "AKIAEXAMPLE";
    environment["AWS_SECRET_ACCESS_KEY"] = "secret/KEY+1";
  }

  void write_profiles(const std::string& config, const std::string& credentials) {
    write_text(scratch.path() / ".aws/config", config);
    write_text(scratch.path() / ".aws/credentials", credentials);
  }

  TemporaryDirectory scratch;
  std::map<std::string, std::string> environment;
  std::int64_t now = 1795910400;  ///< 2026-11-29T00:00:00Z
  std::vector<std::chrono::milliseconds> waits;
  std::vector<std::string> warnings;
  /// Called for every request; may be set after the server has started.
  std::function<LoopbackReply(const LoopbackRequest&)> answer = [](const LoopbackRequest&) {
    return LoopbackReply{};
  };
  LoopbackServer server{[this](const LoopbackRequest& request) { return answer(request); }};
};

}  // namespace quantbench::test
