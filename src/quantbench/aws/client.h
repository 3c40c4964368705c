#pragma once

#include <string>

#include "quantbench/aws/credentials.h"
#include "quantbench/aws/request.h"
#include "quantbench/base/http.h"
#include "quantbench/base/json.h"

namespace quantbench::aws {

/// What the services share: credentials, region, one connection. One thread at a time.
class Client {
 public:
  /// Throws Error without a region.
  explicit Client(Options options);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  const Options& options() const { return options_; }
  const std::string& region() const { return region_; }
  /// Where the credentials come from: "profile 'bench'". Asks for them. Throws Error.
  std::string credential_source() { return chain_.get().source; }

  /// See aws::send.
  HttpResponse send(const Request& request);

  /// A JSON operation: POST with X-Amz-Target `target`, "SageMaker.DescribeTrainingJob".
  /// `label`: the service's name in messages. Throws what send() throws, and Error for an answer
  /// that is not a JSON object.
  Json call(const std::string& service, const std::string& label, const std::string& target,
            const Json& input, const std::string& subject);

 private:
  Options options_;
  std::string region_;
  CredentialChain chain_;
  Http http_;
};

}  // namespace quantbench::aws
