// Files of the cache that were changed after their download.
#include "quantbench/hub/content_check.h"

#include <gmock/gmock.h>

#include "hub/hub_fixture.h"
#include "quantbench/base/hash.h"

namespace quantbench::test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ChangedCache : public HubTest {
 protected:
  std::filesystem::path blob() const { return repository() / "blobs" / weights_tag(); }
  /// Of the same size.
  void change() const { write_text(blob(), std::string(weights.size(), 'x')); }
};

TEST_F(ChangedCache, is_noticed_and_downloaded_again_and_the_changed_file_is_kept) {
  fetch();
  change();
  EXPECT_EQ(fetched_weights(), weights);
  EXPECT_THAT(warnings, ElementsAre(AllOf(HasSubstr("model.safetensors of"),
                                          HasSubstr("was changed in the cache"),
                                          HasSubstr(blob().string() + ".changed"))));
  EXPECT_EQ(read_text(blob().string() + ".changed"), std::string(weights.size(), 'x'));
  warnings.clear();
  fetch();
  EXPECT_THAT(warnings, IsEmpty());
}

TEST_F(ChangedCache, of_a_small_file_is_noticed_by_gits_hash) {
  fetch();
  const auto file = repository() / "snapshots" / commit / "config.json";
  write_text(std::filesystem::canonical(file), R"({"model_type": "gpt2"})");
  fetch();
  EXPECT_EQ(read_text(file), R"({"model_type": "bert"})");
}

TEST_F(ChangedCache, is_refused_offline_and_stays_as_it_is) {
  fetch();
  change();
  hub::Options offline = options();
  offline.settings.offline = true;
  EXPECT_THAT(message(offline), AllOf(HasSubstr(blob().string()),
                                      HasSubstr("was changed in the cache"), HasSubstr("SHA-256")));
  EXPECT_EQ(read_text(blob()), std::string(weights.size(), 'x'));
}

TEST_F(ChangedCache, is_not_suspected_where_a_file_is_the_users_own) {
  fetch();
  const auto file = repository() / "snapshots" / commit / "config.json";
  std::filesystem::remove(file);
  write_text(file, R"({"model_type": "mine"})");
  fetch();
  EXPECT_EQ(read_text(file), R"({"model_type": "mine"})");
  EXPECT_THAT(warnings, IsEmpty());
}

TEST(ContentFault, compares_by_the_hash_that_the_tag_is) {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "file";
  write_text(file, "hello\n");
  EXPECT_EQ(hub::content_fault(file, sha256("hello\n")), "");
  EXPECT_EQ(hub::content_fault(file, "ce013625030ba8dba906f756967f9e9ca394464a"), "");
  EXPECT_EQ(hub::content_fault(file, sha256("other")), "its SHA-256 is " + sha256("hello\n"));
  EXPECT_EQ(hub::content_fault(file, "W-some-other-tag"), "");
}

}  // namespace
}  // namespace quantbench::test
