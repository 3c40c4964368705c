#include "quantbench/execute/artefacts.h"

#include <gmock/gmock.h>

#include <chrono>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/hash.h"
#include "support/message_of.h"

namespace quantbench::execute {
namespace {

const std::string kKey = sha256("some stage");

class ArtefactCacheTest : public testing::Test {
 protected:
  ArtefactResult put(const std::string& content, const std::string& key = kKey) {
    Staging staging = cache_.stage(key);
    write_text(staging.path() / "model.onnx", content);
    const ArtefactResult result{{{"report", 7}}, describe_artefact(staging.path())};
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
  const ArtefactResult result = put("weights");
  const auto found = cache_.find(kKey);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->result, (Json{{"report", 7}}));
  EXPECT_EQ(found->artefact.content, result.artefact.content);
  EXPECT_EQ(read_text(cache_.directory(kKey) / "model.onnx"), "weights");
  EXPECT_EQ(result.artefact.total_bytes(), 7);
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
  for (const char* damage : {"", "{", "[1]", "{\"kept\": {\"artefact\": {\"files\": [1]}}}"}) {
    write_text(cache_.directory(kKey) / "result.json", damage);
    EXPECT_FALSE(cache_.find(kKey)) << damage;
  }
}

TEST_F(ArtefactCacheTest, keeps_the_first_of_two_that_finish_together) {
  Staging slow = cache_.stage(kKey);
  write_text(slow.path() / "model.onnx", "second");
  put("first");
  cache_.commit(std::move(slow), kKey, {});
  EXPECT_EQ(read_text(cache_.directory(kKey) / "model.onnx"), "first");
  EXPECT_TRUE(staging_is_empty());
}

namespace fs = std::filesystem;

void make_old(const fs::path& path) {
  fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(25));
}

TEST_F(ArtefactCacheTest, removes_what_a_killed_run_left_a_day_ago) {
  const fs::path staging = directory_.path() / "cache" / "staging";
  const std::string old_name = kKey.substr(0, 16) + "-aB3xY9";
  const std::string new_name = kKey.substr(0, 16) + "-000000";
  for (const auto& name : {old_name, new_name}) fs::create_directories(staging / name / "sub");
  make_old(staging / old_name);
  const ArtefactCache again(directory_.path() / "cache");
  EXPECT_FALSE(fs::exists(staging / old_name));
  EXPECT_TRUE(fs::exists(staging / new_name));
}

TEST_F(ArtefactCacheTest, removes_nothing_that_has_not_a_name_of_its_own) {
  const fs::path staging = directory_.path() / "cache" / "staging";
  const fs::path elsewhere = directory_.path() / "elsewhere";
  write_text(elsewhere / "deploy.sh", "mine");
  const std::string key = kKey.substr(0, 16);
  std::vector<fs::path> kept = {staging / "deploy.sh", staging / (key + "-aB3xY"),
                                staging / (key + "-aB3xY99"), staging / ("x" + key + "-aB3xY9"),
                                staging / (key + "-aB3xY9")};  // a file, not a directory
  for (const fs::path& path : kept) write_text(path, "mine");
  kept.push_back(staging / "notes");
  fs::create_directories(kept.back());
  for (const fs::path& path : kept) make_old(path);
  const fs::path link = staging / (key + "-LiNk00");
  fs::create_directory_symlink(elsewhere, link);
  make_old(elsewhere);
  const ArtefactCache again(directory_.path() / "cache");
  for (const fs::path& path : kept) EXPECT_TRUE(fs::exists(path)) << path;
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_TRUE(fs::exists(elsewhere / "deploy.sh"));
}

TEST_F(ArtefactCacheTest, removes_nothing_that_a_run_is_filling_whatever_the_clock_says) {
  const Staging filled = cache_.stage(kKey);
  make_old(filled.path());
  const ArtefactCache again(directory_.path() / "cache");
  EXPECT_TRUE(fs::exists(filled.path()));
}

TEST_F(ArtefactCacheTest, follows_no_link_in_the_place_of_its_directories) {
  for (const char* name : {"staging", "artefacts"}) {
    SCOPED_TRACE(name);
    const fs::path root = directory_.path() / (std::string("linked-") + name);
    { const ArtefactCache made(root); }
    const fs::path elsewhere = directory_.path() / (std::string("of-") + name);
    const fs::path theirs = elsewhere / (kKey.substr(0, 16) + "-aB3xY9");
    fs::create_directories(theirs);
    make_old(theirs);
    fs::remove(root / name);
    fs::create_directory_symlink(elsewhere, root / name);
    EXPECT_THAT(test::message_of([&] { const ArtefactCache again(root); }),
                testing::HasSubstr((root / name).string() + ": is a symbolic link"));
    EXPECT_TRUE(fs::exists(theirs));
  }
}

TEST_F(ArtefactCacheTest, does_not_offer_a_file_that_was_changed_and_says_which) {
  put("weights");
  ArtefactCache another(directory_.path() / "cache");
  const fs::path model = another.directory(kKey) / "model.onnx";
  write_text(model, "WEIGHTS");
  const CachedArtefactResult found = another.look_up(kKey);
  EXPECT_FALSE(found.found);
  EXPECT_EQ(found.damage, model.string() + ": the content is not what was written");
  // Also the one that wrote it, and had looked already.
  EXPECT_FALSE(cache_.find(kKey));
  put("weights");
  EXPECT_TRUE(cache_.find(kKey));
}

TEST_F(ArtefactCacheTest, does_not_offer_external_data_that_was_changed) {
  Staging staging = cache_.stage(kKey);
  write_text(staging.path() / "model.onnx", "graph");
  write_text(staging.path() / "model.onnx.data", "weights");
  const ArtefactResult result{Json::object(), describe_artefact(staging.path())};
  cache_.commit(std::move(staging), kKey, result);
  EXPECT_TRUE(cache_.find(kKey));
  write_text(cache_.directory(kKey) / "model.onnx.data", "WEIGHTS");
  EXPECT_THAT(cache_.look_up(kKey).damage, testing::HasSubstr("model.onnx.data: the content"));
}

TEST_F(ArtefactCacheTest, does_not_offer_a_result_that_was_changed) {
  put("weights");
  const fs::path file = cache_.directory(kKey) / "result.json";
  std::string text = read_text(file);
  text.replace(text.find("\"report\":7"), 10, "\"report\":8");
  write_text(file, text);
  EXPECT_THAT(cache_.look_up(kKey).damage, testing::HasSubstr("result.json: the content"));
}

TEST_F(ArtefactCacheTest, offers_no_result_of_another_form_and_says_so) {
  put("weights");
  const fs::path file = cache_.directory(kKey) / "result.json";
  write_text(file, R"({"report": 7, "artefact": {"content": "", "files": []}})");
  EXPECT_EQ(cache_.look_up(kKey).damage, file.string() + ".kept: is missing");
}

TEST_F(ArtefactCacheTest, makes_room_for_what_is_made_again) {
  put("weights");
  cache_.discard(kKey);
  EXPECT_FALSE(fs::exists(cache_.directory(kKey)));
  EXPECT_TRUE(staging_is_empty());
  cache_.discard(kKey);  // nothing there
  put("weights");
  EXPECT_TRUE(cache_.find(kKey));
}

TEST_F(ArtefactCacheTest, describes_content_and_not_place_or_time) {
  const TemporaryDirectory a;
  const TemporaryDirectory b;
  for (const auto* directory : {&a, &b}) {
    write_text(directory->path() / "model.onnx", "weights");
    write_text(directory->path() / "model.onnx.data", "more");
  }
  EXPECT_EQ(describe_artefact(a.path()).content, describe_artefact(b.path()).content);
  write_text(b.path() / "model.onnx.data", "mora");
  EXPECT_NE(describe_artefact(a.path()).content, describe_artefact(b.path()).content);
}

TEST_F(ArtefactCacheTest, says_where_it_cannot_write) {
  write_text(directory_.path() / "file", "");
  EXPECT_THROW(ArtefactCache(directory_.path() / "file" / "cache"), Error);
}

}  // namespace
}  // namespace quantbench::execute
