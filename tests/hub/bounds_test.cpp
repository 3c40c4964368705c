// What a server's answer may cost.
#include <gmock/gmock.h>

#include "hub/hub_fixture.h"

namespace quantbench::test {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::HasSubstr;

class HubBounds : public HubTest {
 protected:
  static constexpr const char* kTooSlow = "fewer than 1000 bytes came in 0.2 s";

  hub::Options impatient() {
    hub::Options with = options();
    with.settings.pace = {1000, milliseconds(200)};
    with.settings.retries = 1;
    return with;
  }
};

TEST_F(HubBounds, an_answer_that_trickles_is_given_up) {
  server.hub_fault = [](const LoopbackRequest& request, LoopbackReply& reply) {
    if (request.path.rfind("/api/", 0) != 0) return false;
    reply.body = std::string(100'000, ' ');
    reply.trickle = milliseconds(10);
    return true;
  };
  EXPECT_THAT(message(impatient()), HasSubstr(kTooSlow));
  EXPECT_EQ(server.hub().requests().size(), 2U);
}

TEST_F(HubBounds, a_file_that_trickles_is_given_up_although_it_grows) {
  server.cdn_fault = [&](const LoopbackRequest& request, LoopbackReply& reply) {
    reply = LoopbackHub::serve_content(request, weights);
    reply.trickle = milliseconds(1);
    return true;
  };
  EXPECT_THAT(message(impatient()),
              AllOf(HasSubstr("model.safetensors of model 'acme/tiny'"), HasSubstr(kTooSlow),
                    HasSubstr("the same command continues from there")));
  EXPECT_EQ(server.cdn().requests().size(), 2U);
}

TEST_F(HubBounds, a_body_that_breaks_off_byte_by_byte_is_given_up) {
  server.cdn_fault = [&](const LoopbackRequest& request, LoopbackReply& reply) {
    reply = LoopbackHub::serve_content(request, weights);
    reply.cut_after = 1;
    return true;
  };
  EXPECT_THAT(message(options()), HasSubstr("of 100000 bytes are there"));
  EXPECT_EQ(server.cdn().requests().size(), 6U);
}

TEST_F(HubBounds, headers_beyond_256_KiB_are_refused) {
  server.hub_fault = [](const LoopbackRequest&, LoopbackReply& reply) {
    for (int i = 0; i < 5; ++i) {
      reply.headers.emplace_back("X-Long-" + std::to_string(i), std::string(60'000, 'x'));
    }
    return true;
  };
  EXPECT_THAT(message(options()), HasSubstr("the headers of the answer exceed 256 KiB"));
}

TEST_F(HubBounds, an_answer_beyond_64_MiB_is_refused) {
  server.hub_fault = [](const LoopbackRequest&, LoopbackReply& reply) {
    reply.body = std::string((std::size_t{64} << 20) + 1, ' ');
    return true;
  };
  EXPECT_THAT(message(options()), HasSubstr("the answer exceeds 64 MiB"));
}

TEST_F(HubBounds, an_answer_that_is_nested_without_end_is_refused) {
  server.hub_fault = [](const LoopbackRequest&, LoopbackReply& reply) {
    reply.body = std::string(1'000'000, '[');
    return true;
  };
  EXPECT_THAT(message(options()), HasSubstr("JSON is nested deeper than 512 levels"));
}

}  // namespace
}  // namespace quantbench::test
