#include "quantbench/execute/cache_contents.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <limits>
#include <optional>

#include "quantbench/base/file.h"
#include "quantbench/base/hash.h"
#include "quantbench/execute/artefacts.h"
#include "quantbench/execute/cache_limit.h"
#include "support/message_of.h"

namespace quantbench::execute {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CacheContents : public testing::Test {
 protected:
  /// An artefact of `bytes` bytes and its description, used `unused` ago.
  std::string put(const std::string& name, std::size_t bytes, hours unused) {
    const std::string key = sha256(name);
    ArtefactCache cache(root_);
    Staging staging = cache.stage(key);
    write_text(staging.path() / "model.onnx", std::string(bytes, 'x'));
    const ArtefactResult result{Json::object(), describe_artefact(staging.path())};
    cache.commit(std::move(staging), key, result);
    fs::last_write_time(artefact_directory(root_, key), fs::file_time_type::clock::now() - unused);
    return key;
  }
  std::vector<std::string> keys() const { return keys_of(cached_artefacts(root_)); }
  static std::vector<std::string> keys_of(const std::vector<CachedArtefact>& artefacts) {
    std::vector<std::string> out;
    for (const CachedArtefact& artefact : artefacts) out.push_back(artefact.key);
    return out;
  }

  TemporaryDirectory directory_;
  fs::path root_ = directory_.path() / "cache";
};

TEST_F(CacheContents, are_listed_with_size_and_time_the_longest_unused_first) {
  EXPECT_THAT(cached_artefacts(root_), IsEmpty());
  const auto a = put("a", 1000, hours(5));
  const auto b = put("b", 2000, hours(50));
  const auto artefacts = cached_artefacts(root_);
  EXPECT_THAT(keys_of(artefacts), ElementsAre(b, a));
  EXPECT_GE(artefacts[0].bytes, 2000U);
  EXPECT_LT(artefacts[0].bytes, 3000U);
  EXPECT_EQ(artefacts[0].unused / hours(1), 50);
}

TEST_F(CacheContents, that_a_run_takes_count_as_used) {
  const auto a = put("a", 10, hours(50));
  const auto b = put("b", 10, hours(20));
  EXPECT_TRUE(ArtefactCache(root_).find(a));
  EXPECT_THAT(keys(), ElementsAre(b, a));
}

TEST_F(CacheContents, beyond_a_time_or_a_size_are_removed) {
  const auto a = put("a", 1000, hours(50));
  const auto b = put("b", 5000, hours(20));
  const auto c = put("c", 5000, hours(2));
  EXPECT_THAT(prune(root_, {hours(60), std::nullopt}), IsEmpty());
  EXPECT_THAT(keys_of(prune(root_, {hours(30), std::nullopt})), ElementsAre(a));
  EXPECT_THAT(keys_of(prune(root_, {std::nullopt, 9000})), ElementsAre(b));
  EXPECT_THAT(keys(), ElementsAre(c));
  EXPECT_TRUE(ArtefactCache(root_).find(c));
  EXPECT_FALSE(ArtefactCache(root_).find(b));
  EXPECT_THAT(keys_of(prune(root_, {std::nullopt, 0})), ElementsAre(c));
  EXPECT_TRUE(fs::is_empty(root_ / "artefacts"));
}

TEST_F(CacheContents, are_all_that_is_removed) {
  put("a", 10, hours(50));
  const fs::path strange = root_ / "artefacts" / "ab" / "notes.txt";
  write_text(strange, "mine");
  write_text(root_ / "artefacts" / "no key" / "file", "mine");
  fs::create_directories(directory_.path() / "elsewhere");
  fs::create_directory_symlink(directory_.path() / "elsewhere",
                               root_ / "artefacts" / "ab" / ("ab" + std::string(62, '0')));
  EXPECT_EQ(prune(root_, {std::nullopt, 0}).size(), 1U);
  EXPECT_TRUE(fs::exists(strange));
  EXPECT_TRUE(fs::exists(root_ / "artefacts" / "no key" / "file"));
  EXPECT_TRUE(fs::exists(directory_.path() / "elsewhere"));
}

TEST_F(CacheContents, stay_while_a_run_uses_the_cache) {
  const auto a = put("a", 10, hours(50));
  std::optional<ArtefactCache> run(std::in_place, root_);
  const std::optional<ArtefactCache> another(std::in_place, root_);
  EXPECT_THAT(test::message_of([&] {
                prune(root_, {std::nullopt, 0});
              }),
              HasSubstr("a run is using the cache"));
  EXPECT_THAT(keys(), ElementsAre(a));
}

TEST_F(CacheContents, are_held_within_a_limit_without_those_just_used) {
  using std::chrono::seconds;
  const auto a = put("a", 4000, hours(5));
  const auto b = put("b", 4000, hours(3));
  const auto c = put("c", 4000, hours(0));
  EXPECT_EQ(limit_cache(root_, 100'000, seconds(60)), "");
  EXPECT_THAT(limit_cache(root_, 9500, seconds(60)), HasSubstr("1 longest unused model was"));
  EXPECT_THAT(keys(), ElementsAre(b, c));
  EXPECT_THAT(limit_cache(root_, 0, seconds(60)), HasSubstr("the models of this run stay"));
  EXPECT_THAT(keys(), ElementsAre(c));
  EXPECT_EQ(limit_cache(root_ / "none", 0, seconds(60)), "");
}

TEST_F(CacheContents, are_not_removed_for_a_limit_while_a_run_uses_them) {
  const auto a = put("a", 4000, hours(5));
  const ArtefactCache run(root_);
  limit_cache(root_, 0, std::chrono::seconds(60));
  EXPECT_THAT(keys(), ElementsAre(a));
}

TEST(CacheLimit, is_a_size_of_the_environment_or_ten_gigabytes) {
  const auto limit = [](const char* text) {
    ::setenv("QUANTBENCH_CACHE_MAX_SIZE", text, 1);
    return cache_limit();
  };
  EXPECT_EQ(limit(""), 10'000'000'000U);
  EXPECT_EQ(limit("0"), 0U);
  EXPECT_EQ(limit("1.5GB"), 1'500'000'000U);
  EXPECT_EQ(limit("20 mb"), 20'000'000U);
  EXPECT_EQ(limit("none"), std::numeric_limits<std::uintmax_t>::max());
  for (const char* text : {"GB", "-1GB", "5 apples", "nan", "1e30", "5GBx"}) {
    EXPECT_THAT(test::message_of([&] { limit(text); }), HasSubstr("is not a size")) << text;
  }
  ::unsetenv("QUANTBENCH_CACHE_MAX_SIZE");
}

}  // namespace
}  // namespace quantbench::execute
