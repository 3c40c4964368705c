#include "quantbench/engine/artefacts.h"

#include <gtest/gtest.h>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/hash.h"

namespace quantbench::engine {
namespace {

const std::string kKey = sha256("some stage");

class ArtefactCacheTest : public testing::Test {
 protected:
  Json put(const std::string& content, const std::string& key = kKey) {
    Staging staging = cache_.stage(key);
    write_text(staging.path() / "model.onnx", content);
    Json result = {{"report", 7}, {"artefact", describe_artefact(staging.path())}};
    cache_.commit(std::move(staging), key, result);
    return result;
  }

  bool staging_is_empty() const {
    return std::filesystem::is_empty(directory_.path() / "cache" / "staging");
  }

  TemporaryDirectory directory_;
  ArtefactCache cache_{directory_.path() / "cache"};
};

TEST_F(ArtefactCacheTest, gives_back_what_was_committed) {
  EXPECT_FALSE(cache_.find(kKey));
  const Json result = put("weights");
  EXPECT_EQ(cache_.find(kKey), result);
  EXPECT_EQ(read_text(cache_.directory(kKey) / "model.onnx"), "weights");
  EXPECT_EQ(artefact_bytes(result.at("artefact")), 7);
  EXPECT_TRUE(staging_is_empty());
}

TEST_F(ArtefactCacheTest, leaves_nothing_of_what_was_not_committed) {
  {
    const Staging staging = cache_.stage(kKey);
    write_text(staging.path() / "model.onnx", "half");
  }
  EXPECT_TRUE(staging_is_empty());
  EXPECT_FALSE(cache_.find(kKey));
}

TEST_F(ArtefactCacheTest, does_not_offer_a_truncated_file_and_replaces_it) {
  put("weights");
  std::filesystem::resize_file(cache_.directory(kKey) / "model.onnx", 3);
  EXPECT_FALSE(cache_.find(kKey));
  put("weights");
  EXPECT_TRUE(cache_.find(kKey));
  EXPECT_EQ(read_text(cache_.directory(kKey) / "model.onnx"), "weights");
}

TEST_F(ArtefactCacheTest, does_not_offer_a_damaged_result) {
  put("weights");
  for (const char* damage : {"", "{", "[1]", "{\"artefact\": {\"files\": [1]}}"}) {
    write_text(cache_.directory(kKey) / "result.json", damage);
    EXPECT_FALSE(cache_.find(kKey)) << damage;
  }
}

TEST_F(ArtefactCacheTest, keeps_the_first_of_two_that_finish_together) {
  Staging slow = cache_.stage(kKey);
  write_text(slow.path() / "model.onnx", "second");
  put("first");
  cache_.commit(std::move(slow), kKey, {{"artefact", {{"files", Json::array()}}}});
  EXPECT_EQ(read_text(cache_.directory(kKey) / "model.onnx"), "first");
  EXPECT_TRUE(staging_is_empty());
}

TEST_F(ArtefactCacheTest, removes_what_a_killed_run_left_a_day_ago) {
  namespace fs = std::filesystem;
  const fs::path staging = directory_.path() / "cache" / "staging";
  for (const char* name : {"old", "new"}) fs::create_directories(staging / name / "sub");
  fs::last_write_time(staging / "old", fs::file_time_type::clock::now() - std::chrono::hours(25));
  const ArtefactCache again(directory_.path() / "cache");
  EXPECT_FALSE(fs::exists(staging / "old"));
  EXPECT_TRUE(fs::exists(staging / "new"));
}

TEST_F(ArtefactCacheTest, describes_content_and_not_place_or_time) {
  const TemporaryDirectory a;
  const TemporaryDirectory b;
  for (const auto* directory : {&a, &b}) {
    write_text(directory->path() / "model.onnx", "weights");
    write_text(directory->path() / "model.onnx.data", "more");
  }
  EXPECT_EQ(describe_artefact(a.path()), describe_artefact(b.path()));
  write_text(b.path() / "model.onnx.data", "mora");
  EXPECT_NE(describe_artefact(a.path()).at("content"), describe_artefact(b.path()).at("content"));
}

TEST_F(ArtefactCacheTest, says_where_it_cannot_write) {
  write_text(directory_.path() / "file", "");
  EXPECT_THROW(ArtefactCache(directory_.path() / "file" / "cache"), Error);
}

}  // namespace
}  // namespace quantbench::engine
