#include "quantbench/execute/cache_directory.h"

#include <gmock/gmock.h>

#include "quantbench/base/file.h"
#include "quantbench/base/hash.h"
#include "quantbench/execute/artefacts.h"
#include "quantbench/execute/cache_contents.h"
#include "support/message_of.h"

namespace quantbench::execute {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kStage = sha256("some stage");

class CacheDirectory : public testing::Test {
 protected:
  std::string refusal() const {
    return test::message_of([&] { require_cache_directory(root_); });
  }

  TemporaryDirectory directory_;
  fs::path root_ = directory_.path() / "proj";
};

TEST_F(CacheDirectory, is_made_with_a_tag_that_other_tools_know) {
  { const ArtefactCache cache(root_); }
  EXPECT_THAT(read_text(root_ / "CACHEDIR.TAG"),
              StartsWith("Signature: 8a477f597d28d172789f06886806bc55\n"));
  EXPECT_EQ(refusal(), "nothing was thrown");
  write_text(root_ / "notes.txt", "mine");
  EXPECT_EQ(refusal(), "nothing was thrown") << "the tag says enough";
  { const ArtefactCache again(root_); }
  EXPECT_EQ(read_text(root_ / "notes.txt"), "mine");
}

TEST_F(CacheDirectory, whose_tag_a_power_cut_tore_is_taken_over) {
  { const ArtefactCache cache(root_); }
  const std::string tag = read_text(root_ / "CACHEDIR.TAG");
  const std::string zeros(tag.size(), '\0');
  for (const std::string& left : {std::string(), tag.substr(0, 20), zeros}) {
    write_text(root_ / "CACHEDIR.TAG", left);
    EXPECT_EQ(refusal(), "nothing was thrown");
    { const ArtefactCache again(root_); }
    EXPECT_EQ(read_text(root_ / "CACHEDIR.TAG"), tag);
  }
  write_text(root_ / "CACHEDIR.TAG", std::string());
  write_text(root_ / "notes.txt", "mine");
  EXPECT_THAT(refusal(), HasSubstr("is not a cache of quantbench"));
}

TEST_F(CacheDirectory, may_be_an_empty_one) {
  fs::create_directories(root_);
  { const ArtefactCache cache(root_); }
  EXPECT_TRUE(fs::exists(root_ / "CACHEDIR.TAG"));
}

TEST_F(CacheDirectory, is_refused_when_it_holds_something_else) {
  const std::string expected =
      root_.string() +
      ": is not empty and is not a cache of quantbench (name an empty or a new "
      "directory with --cache or QUANTBENCH_CACHE)";
  write_text(root_ / "staging" / "deploy.sh", "mine");
  fs::last_write_time(root_ / "staging" / "deploy.sh",
                      fs::file_time_type::clock::now() - std::chrono::hours(72));
  EXPECT_EQ(refusal(), expected);
  EXPECT_EQ(test::message_of([&] { const ArtefactCache cache(root_); }), expected);
  EXPECT_EQ(test::message_of([&] { cached_artefacts(root_); }), expected);
  EXPECT_EQ(test::message_of([&] { prune(root_, {std::nullopt, 0}); }), expected);
  EXPECT_TRUE(fs::exists(root_ / "staging" / "deploy.sh"));
  EXPECT_FALSE(fs::exists(root_ / "artefacts"));
  EXPECT_FALSE(fs::exists(root_ / "CACHEDIR.TAG"));
}

TEST_F(CacheDirectory, is_refused_when_another_program_tagged_it) {
  write_text(root_ / "CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n# pip\n");
  EXPECT_THAT(refusal(), HasSubstr("is not a cache of quantbench"));
  EXPECT_THAT(read_text(root_ / "CACHEDIR.TAG"), HasSubstr("# pip"));
}

TEST_F(CacheDirectory, is_refused_when_it_is_a_file) {
  write_text(root_, "");
  EXPECT_THAT(refusal(), HasSubstr(root_.string() + ": is not a directory"));
}

TEST_F(CacheDirectory, of_an_older_release_is_taken_over) {
  // As it was before there were tags.
  const fs::path artefact = root_ / "artefacts" / kStage.substr(0, 2) / kStage;
  write_text(artefact / "model.onnx", "weights");
  write_text(artefact / "result.json", R"({"artefact": {"content": "", "files": []}})");
  fs::create_directories(root_ / "staging");
  write_text(root_ / "lock", "");
  const ArtefactCache cache(root_);
  EXPECT_TRUE(fs::exists(artefact / "model.onnx"));
  EXPECT_TRUE(fs::exists(root_ / "CACHEDIR.TAG"));
}

TEST_F(CacheDirectory, that_an_older_release_had_only_begun_is_taken_over) {
  fs::create_directories(root_ / "staging" / (kStage.substr(0, 16) + "-aB3xY9"));
  write_text(root_ / "lock", "");
  EXPECT_EQ(refusal(), "nothing was thrown");
  write_text(root_ / "lock", "mine");
  EXPECT_NE(refusal(), "nothing was thrown");
}

TEST_F(CacheDirectory, is_refused_when_its_layout_is_that_of_a_cache_by_links_only) {
  const fs::path artefact = directory_.path() / "real" / kStage.substr(0, 2) / kStage;
  write_text(artefact / "result.json", "{}");
  fs::create_directories(root_);
  fs::create_directory_symlink(directory_.path() / "real", root_ / "artefacts");
  EXPECT_THAT(refusal(), HasSubstr("is not a cache of quantbench"));
}

TEST_F(CacheDirectory, shows_no_artefact_through_a_link) {
  { const ArtefactCache cache(root_); }
  const fs::path group = directory_.path() / "real" / kStage.substr(0, 2);
  write_text(group / kStage / "model.onnx", "mine");
  fs::create_directory_symlink(group, root_ / "artefacts" / kStage.substr(0, 2));
  EXPECT_TRUE(prune(root_, {std::nullopt, 0}).empty());
  EXPECT_TRUE(fs::exists(group / kStage / "model.onnx"));
}

}  // namespace
}  // namespace quantbench::execute
