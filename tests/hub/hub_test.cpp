// Errors of the Hub, and errors without a network.
#include "quantbench/hub/hub.h"

#include <gmock/gmock.h>

#include "hub/hub_fixture.h"

namespace quantbench::test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(HubTest, an_unknown_name_may_be_a_local_directory) {
  EXPECT_THAT(message(options(), "acme/tinny"),
              AllOf(HasSubstr("no model 'acme/tinny' on " + server.url()),
                    HasSubstr("did you mean a local directory?")));
}

TEST_F(HubTest, an_unknown_revision_is_named) {
  EXPECT_THAT(message(options(), "acme/tiny", "v2"),
              HasSubstr("model 'acme/tiny' has no revision 'v2'"));
}

TEST_F(HubTest, a_gated_model_says_where_its_terms_are) {
  server.gated = {"models/acme/tiny"};
  EXPECT_THAT(message(options()),
              AllOf(HasSubstr("access to the gated model 'acme/tiny'"),
                    HasSubstr(server.url() + "/acme/tiny"), HasSubstr("HF_TOKEN")));
}

TEST_F(HubTest, a_wrong_token_is_said_to_be_wrong) {
  server.token = "hf_right";
  hub::Options with = options();
  with.settings.token = "hf_wrong";
  EXPECT_THAT(message(with), AllOf(HasSubstr("access to model 'acme/tiny' is denied (401)"),
                                   HasSubstr("Invalid credentials"), HasSubstr("check the token")));
}

TEST_F(HubTest, offline_takes_what_the_cache_holds) {
  fetch();
  server.hub().forget_requests();
  hub::Options with = options();
  with.settings.offline = true;
  const hub::Snapshot snapshot = fetch(with);
  EXPECT_EQ(snapshot.commit, commit);
  EXPECT_TRUE(snapshot.from_cache);
  EXPECT_THAT(server.hub().requests(), ::testing::IsEmpty());
  EXPECT_EQ(fetch(with, "acme/tiny", commit).commit, commit) << "by the commit's hash";
}

TEST_F(HubTest, offline_and_not_cached_is_said) {
  hub::Options with = options();
  with.settings.offline = true;
  EXPECT_THAT(message(with), AllOf(HasSubstr("model 'acme/tiny' is not in the cache"),
                                   HasSubstr("HF_HUB_OFFLINE"), HasSubstr("local directory?")));
}

TEST_F(HubTest, offline_without_the_weights_is_said) {
  fetch();
  std::filesystem::remove(repository() / "blobs" / weights_tag());
  hub::Options with = options();
  with.settings.offline = true;
  EXPECT_THAT(message(with), HasSubstr("has no weights that can be read in the cache"));
}

TEST_F(HubTest, an_unreachable_hub_leaves_the_cache) {
  fetch();
  server.hub_fault = [&](const LoopbackRequest&, LoopbackReply& reply) {
    reply.drop = true;
    return true;
  };
  EXPECT_EQ(fetch().commit, commit);
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("using model 'acme/tiny' as it is in the cache")));
  EXPECT_TRUE(waits.empty()) << "no retries where the cache can do";
}

TEST_F(HubTest, a_hub_whose_name_is_unknown_here_is_asked_once) {
  ::setenv("no_proxy", "*", 1);
  hub::Options with = options();
  with.settings.endpoint = "http://hub.invalid";  // RFC 6761: no such name exists
  EXPECT_THAT(message(with),
              AllOf(HasSubstr("is not local and not in the cache: no answer from"),
                    HasSubstr("http://hub.invalid"), HasSubstr("check the network")));
  EXPECT_THAT(waits, testing::IsEmpty());
}

TEST_F(HubTest, a_blob_that_is_gone_is_downloaded_again) {
  fetch();
  std::filesystem::remove(repository() / "blobs" / weights_tag());
  EXPECT_EQ(fetched_weights(), weights);
}

TEST_F(HubTest, models_without_weights_that_can_be_read_are_refused) {
  server.add("models", "acme/flax").files = {{"config.json", "{}"}, {"flax_model.msgpack", "x"}};
  EXPECT_THAT(message(options(), "acme/flax"),
              AllOf(HasSubstr("has no weights that can be read"), HasSubstr("model.safetensors")));
}

TEST_F(HubTest, an_index_that_names_files_elsewhere_is_refused) {
  server.add("models", "acme/evil").files = {
      {"config.json", "{}"},
      {"model.safetensors.index.json", R"({"weight_map": {"a": "../../../../etc/passwd"}})"}};
  EXPECT_THAT(
      message(options(), "acme/evil"),
      HasSubstr(
          "index.json: tensor 'a': '../../../../etc/passwd' is not the plain name of a file"));
}

/// Answers of a server that is not the Hub, or that lies.
struct BadAnswer {
  const char* name;
  const char* body;
  const char* message;
};

class HubAnswer : public HubTest, public ::testing::WithParamInterface<BadAnswer> {};

TEST_P(HubAnswer, is_refused_with_one_line) {
  server.hub_fault = [&](const LoopbackRequest&, LoopbackReply& reply) {
    reply.body = GetParam().body;
    return true;
  };
  const std::string said = message(options());
  EXPECT_THAT(said, HasSubstr(GetParam().message));
  EXPECT_EQ(said.find('\n'), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Hub, HubAnswer,
    ::testing::Values(
        BadAnswer{"page", "<html>Log in to the hotel's network</html>", "the Hub's answer about"},
        BadAnswer{"list", "[]", "expected a JSON object"},
        BadAnswer{"no_commit", R"({"sha": "main"})", "must be a commit hash"},
        BadAnswer{"path_as_commit", R"({"sha": "../../../../../../../../../../etc/passwd.."})",
                  "must be a commit hash"},
        BadAnswer{"no_files", R"({"sha": "0123456789012345678901234567890123456789"})",
                  "must be a list of files"},
        BadAnswer{"file_outside",
                  R"({"sha": "0123456789012345678901234567890123456789",
                      "siblings": [{"rfilename": "../../.bashrc"}]})",
                  "'../../.bashrc' is not a relative file name"},
        BadAnswer{"name_outside",
                  R"({"id": "../x", "sha": "0123456789012345678901234567890123456789",
                      "siblings": []})",
                  "must be a repository name"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(HubTest, an_etag_that_is_a_path_is_refused) {
  server.hub_fault = [&](const LoopbackRequest& request, LoopbackReply& reply) {
    if (request.method != "HEAD") return false;
    reply.headers = {{"X-Repo-Commit", commit}, {"ETag", "\"../../../evil\""}};
    return true;
  };
  EXPECT_THAT(message(options()), HasSubstr("no usable ETag"));
}

TEST_F(HubTest, an_answer_without_the_hubs_headers_is_refused) {
  server.hub_fault = [&](const LoopbackRequest& request, LoopbackReply&) {
    return request.method == "HEAD";
  };
  EXPECT_THAT(message(options()), AllOf(HasSubstr("X-Repo-Commit"), HasSubstr("HF_ENDPOINT")));
}

TEST_F(HubTest, redirects_without_end_are_left) {
  server.hub_fault = [&](const LoopbackRequest& request, LoopbackReply& reply) {
    reply.status = 307;
    reply.headers = {{"Location", request.path + "x"}};
    return true;
  };
  EXPECT_THAT(message(options()), HasSubstr("redirects without end"));
}

TEST_F(HubTest, redirects_lead_to_http_only) {
  server.hub_fault = [&](const LoopbackRequest&, LoopbackReply& reply) {
    reply.status = 302;
    reply.headers = {{"Location", "file:///etc/passwd"}};
    return true;
  };
  EXPECT_THAT(message(options()), HasSubstr("not http"));
}

}  // namespace
}  // namespace quantbench::test
