#include "quantbench/hub/settings.h"

#include <gmock/gmock.h>

#include <map>

#include "quantbench/base/file.h"
#include "quantbench/base/url.h"
#include "quantbench/hub/repository.h"
#include "support/message_of.h"

namespace quantbench::test {
namespace {

using hub::Settings;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

Settings settings_of(std::map<std::string, std::string> variables) {
  variables.emplace("HOME", "/home/ann");
  return Settings::from_environment(
      [variables = std::move(variables)](const char* name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        if (found == variables.end()) return std::nullopt;
        return found->second;
      });
}

TEST(HubSettings, places_are_those_of_huggingface_hub) {
  EXPECT_EQ(settings_of({}).cache, "/home/ann/.cache/huggingface/hub");
  EXPECT_EQ(settings_of({{"XDG_CACHE_HOME", "/x"}}).cache, "/x/huggingface/hub");
  EXPECT_EQ(settings_of({{"XDG_CACHE_HOME", "/x"}, {"HF_HOME", "/hf"}}).cache, "/hf/hub");
  EXPECT_EQ(settings_of({{"HF_HOME", "/hf"}, {"HUGGINGFACE_HUB_CACHE", "/old"}}).cache, "/old");
  EXPECT_EQ(settings_of({{"HUGGINGFACE_HUB_CACHE", "/old"}, {"HF_HUB_CACHE", "/c"}}).cache, "/c");
  EXPECT_EQ(settings_of({{"HF_HOME", "~/hf"}}).cache, "/home/ann/hf/hub");
  EXPECT_EQ(settings_of({{"HF_HOME", "$DISK/${SUB}x"}, {"DISK", "/d"}, {"SUB", "s"}}).cache,
            "/d/sx/hub");
  EXPECT_EQ(settings_of({{"HF_HOME", "/$NONE/a$"}}).cache, "/$NONE/a$/hub");
}

TEST(HubSettings, flags_are_true_as_there) {
  for (const char* value : {"1", "on", "Yes", "TRUE"}) {
    EXPECT_TRUE(settings_of({{"HF_HUB_OFFLINE", value}}).offline) << value;
    EXPECT_FALSE(settings_of({{"HF_HUB_DISABLE_PROGRESS_BARS", value}}).progress_bars) << value;
  }
  for (const char* value : {"0", "", "off", "2"}) {
    EXPECT_FALSE(settings_of({{"HF_HUB_OFFLINE", value}}).offline) << value;
  }
  EXPECT_TRUE(settings_of({{"TRANSFORMERS_OFFLINE", "1"}}).offline);
}

TEST(HubSettings, token_comes_from_the_environment_or_a_file) {
  const TemporaryDirectory directory;
  const std::string home = directory.path().string();
  write_text(directory.path() / "token", "hf_file\n");
  write_text(directory.path() / "other", " hf_other ");
  EXPECT_EQ(settings_of({{"HF_HOME", home}}).token, "hf_file");
  EXPECT_EQ(settings_of({{"HF_HOME", home}, {"HF_TOKEN_PATH", home + "/other"}}).token, "hf_other");
  EXPECT_EQ(settings_of({{"HF_HOME", home}, {"HF_TOKEN", "hf_env"}}).token, "hf_env");
  EXPECT_EQ(settings_of({{"HF_HOME", home}, {"HUGGING_FACE_HUB_TOKEN", "hf_old"}}).token, "hf_old");
  EXPECT_EQ(settings_of({{"HF_TOKEN", "hf_env"}, {"HF_HUB_DISABLE_IMPLICIT_TOKEN", "1"}}).token,
            "");
  EXPECT_EQ(settings_of({}).token, "");
}

TEST(HubSettings, a_token_that_no_header_may_hold_is_refused_unseen) {
  EXPECT_THAT(message_of([] {
                settings_of({{"HF_TOKEN", "hf_a\tb"}});
              }),
              AllOf(HasSubstr("HF_TOKEN"), Not(HasSubstr("hf_a"))));
}

TEST(HubSettings, endpoint_is_an_http_address) {
  EXPECT_EQ(settings_of({{"HF_ENDPOINT", "https://mirror.example/hf//"}}).endpoint,
            "https://mirror.example/hf");
  EXPECT_THAT(message_of([] {
                settings_of({{"HF_ENDPOINT", "ftp://user:pw@x"}});
              }),
              AllOf(HasSubstr("HF_ENDPOINT"), Not(HasSubstr("pw"))));
}

TEST(HubSettings, timeouts_are_seconds) {
  EXPECT_EQ(settings_of({{"HF_HUB_DOWNLOAD_TIMEOUT", "30"}}).download_timeout,
            std::chrono::seconds(30));
  EXPECT_THAT(message_of([] {
                settings_of({{"HF_HUB_ETAG_TIMEOUT", "soon"}});
              }),
              HasSubstr("HF_HUB_ETAG_TIMEOUT: 'soon' is not a number of seconds"));
}

TEST(HubNames, are_owner_and_name) {
  for (const char* name : {"glue", "nyu-mll/glue",
                           "distilbert-base-uncased-finetuned-sst-2-english", "a/b_c.d", "GLUE2"}) {
    EXPECT_TRUE(hub::is_repository_name(name)) << name;
  }
  for (const char* name : {"", "/", "a/", "/a", "a/b/c", "./a", "../a", "a--b", "a..b", "-a", "a.",
                           "a b", "a/b.git", "~/a", "d\xC3\xA9j\xC3\xA0"}) {
    EXPECT_FALSE(hub::is_repository_name(name)) << name;
  }
}

TEST(HubNames, folders_are_those_of_the_cache) {
  EXPECT_EQ((hub::Repository{hub::RepositoryType::kDataset, "nyu-mll/glue"}).folder(),
            "datasets--nyu-mll--glue");
}

TEST(HubUrl, origins_differ_by_scheme_host_and_port) {
  EXPECT_EQ(origin_of("https://HuggingFace.co/a"), origin_of("https://huggingface.co:443"));
  EXPECT_NE(origin_of("http://127.0.0.1:1/a"), origin_of("http://127.0.0.1:2/a"));
  EXPECT_NE(origin_of("https://huggingface.co"), origin_of("https://huggingface.co.evil.example"));
  EXPECT_EQ(origin_of("https://huggingface.co@evil.example/"), origin_of("https://evil.example"));
  EXPECT_EQ(origin_of("file:///etc/passwd"), std::nullopt);
}

TEST(HubUrl, printed_addresses_hold_no_secrets) {
  EXPECT_EQ(printable_url("https://user:pw@cdn.example:8443/a/b?X-Amz-Signature=s#f"),
            "https://cdn.example:8443/a/b");
}

}  // namespace
}  // namespace quantbench::test
