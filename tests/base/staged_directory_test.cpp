#include "quantbench/base/staged_directory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <iterator>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"

namespace quantbench {
namespace {

namespace fs = std::filesystem;

std::size_t entries_in(const fs::path& directory) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

class StagedDirectoryTest : public testing::Test {
 protected:
  fs::path target() const { return scratch_.path() / "target"; }
  TemporaryDirectory scratch_;
};

TEST_F(StagedDirectoryTest, appears_whole_where_nothing_was) {
  {
    StagedDirectory staged(target().string() + "/");
    write_text(staged.path() / "below" / "a", "new");
    write_text(staged.path() / "sums", "sums");
    EXPECT_FALSE(fs::exists(target()));
    staged.commit("sums");
  }
  EXPECT_EQ(read_text(target() / "below" / "a"), "new");
  EXPECT_EQ(entries_in(scratch_.path()), 1U) << "a temporary directory is left";
}

TEST_F(StagedDirectoryTest, is_gone_without_commit) {
  { const StagedDirectory staged(target()); }
  EXPECT_EQ(entries_in(scratch_.path()), 0U);
  fs::create_directory(target());
  { const StagedDirectory staged(target()); }
  EXPECT_EQ(entries_in(target()), 0U);
}

TEST_F(StagedDirectoryTest, replaces_files_of_the_same_names_and_leaves_others) {
  for (const char* name : {"a", "below/b", "other", "sums"}) write_text(target() / name, "old");
  {
    StagedDirectory staged(target());
    for (const char* name : {"a", "below/b", "sums"}) write_text(staged.path() / name, "new");
    fs::create_symlink("../a", staged.path() / "below" / "link");
    staged.commit("sums");
  }
  EXPECT_EQ(read_text(target() / "a"), "new");
  EXPECT_EQ(read_text(target() / "below" / "link"), "new");
  EXPECT_EQ(read_text(target() / "below" / "b"), "new");
  EXPECT_EQ(read_text(target() / "other"), "old");
  EXPECT_EQ(read_text(target() / "sums"), "new");
  EXPECT_EQ(entries_in(target()), 4U);
}

TEST_F(StagedDirectoryTest, leaves_the_last_file_out_when_another_cannot_be_replaced) {
  write_text(target() / "sums", "old");
  write_text(target() / "a" / "full", "a directory in the way");
  StagedDirectory staged(target());
  write_text(staged.path() / "a", "new");
  write_text(staged.path() / "sums", "new");
  EXPECT_THROW(staged.commit("sums"), Error);
  EXPECT_FALSE(fs::exists(target() / "sums")) << "it would vouch for files that do not belong";
}

TEST_F(StagedDirectoryTest, needs_a_parent) {
  EXPECT_THROW(StagedDirectory(scratch_.path() / "missing" / "target"), Error);
}

}  // namespace
}  // namespace quantbench
