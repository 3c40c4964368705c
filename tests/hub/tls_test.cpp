// Certificates that are not to be trusted, each refused with the reason.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "quantbench/base/file.h"
#include "quantbench/hub/hub.h"
#include "support/message_of.h"
#include "support/tls_server.h"

namespace quantbench::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class Tls : public ::testing::Test {
 protected:
  Tls() {
    ::setenv("no_proxy", "127.0.0.1", 1);
    // A client that goes away ends a connection, and not this program.
    ::signal(SIGPIPE, SIG_IGN);
    authority_.write(scratch_.path() / "authority.pem");
  }

  std::string message(const Certificate& certificate) const {
    const TlsServer server(certificate);
    hub::Options options;
    options.settings.endpoint = server.url();
    options.settings.cache = scratch_.path() / "hub";
    options.settings.authorities = scratch_.path() / "authority.pem";
    options.sleep = [](std::chrono::milliseconds) {};
    return message_of([&] {
      hub::Hub hub(options);
      hub::fetch_model(hub, "acme/tiny", "main");
    });
  }

  static std::string refusal(const std::string& reason) {
    return " is not accepted: " + reason + " (name your own authority in CURL_CA_BUNDLE)";
  }

  TemporaryDirectory scratch_;
  const Certificate authority_ = Certificate::make("");
};

TEST_F(Tls, a_certificate_of_a_known_authority_is_accepted) {
  EXPECT_THAT(message(Certificate::make("127.0.0.1", &authority_)),
              StartsWith("no model 'acme/tiny' on https://127.0.0.1:"));
}

TEST_F(Tls, a_self_signed_certificate_is_refused) {
  const std::string text = message(Certificate::make("127.0.0.1"));
  EXPECT_THAT(text, HasSubstr("no answer from https://127.0.0.1:"));
  EXPECT_THAT(text, HasSubstr("the certificate of https://127.0.0.1:"));
  EXPECT_THAT(text, HasSubstr(refusal("self-signed certificate")));
}

TEST_F(Tls, a_certificate_of_an_unknown_authority_is_refused) {
  const Certificate stranger = Certificate::make("example.org");
  EXPECT_THAT(message(Certificate::make("127.0.0.1", &stranger)),
              HasSubstr(refusal("unable to get local issuer certificate")));
}

TEST_F(Tls, a_certificate_that_only_says_it_is_of_a_known_authority_is_refused) {
  const Certificate of_the_same_name = Certificate::make("");
  EXPECT_THAT(message(Certificate::make("127.0.0.1", &of_the_same_name)),
              HasSubstr("SSL connect error: "));
}

TEST_F(Tls, a_certificate_that_has_expired_is_refused) {
  EXPECT_THAT(message(Certificate::make("127.0.0.1", &authority_, -86400)),
              HasSubstr(refusal("certificate has expired")));
}

TEST_F(Tls, a_certificate_of_another_host_is_refused) {
  EXPECT_THAT(message(Certificate::make("example.org", &authority_)),
              HasSubstr(refusal("no alternative certificate subject name matches target host name "
                                "'127.0.0.1'")));
}

}  // namespace
}  // namespace quantbench::test
