#include "quantbench/base/owned_tree.h"

#include <gmock/gmock.h>

#include "quantbench/base/file.h"
#include "support/message_of.h"

namespace quantbench {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class OwnedTreeTest : public testing::Test {
 protected:
  OwnedTreeTest() {
    write_text(elsewhere_ / "file", "theirs");
    write_text(root_ / "mine" / "deep" / "file", "mine");
  }

  TemporaryDirectory directory_;
  fs::path root_ = directory_.path() / "root";
  fs::path elsewhere_ = directory_.path() / "elsewhere";
};

TEST_F(OwnedTreeTest, removes_a_directory_with_everything_in_it_but_not_what_links_lead_to) {
  fs::create_directory_symlink(elsewhere_, root_ / "mine" / "deep" / "link");
  const OwnedTree tree(root_);
  tree.remove("mine");
  EXPECT_FALSE(fs::exists(root_ / "mine"));
  EXPECT_TRUE(fs::exists(elsewhere_ / "file"));
  tree.remove("mine");
  tree.remove("never/there");
}

TEST_F(OwnedTreeTest, removes_nothing_through_a_link) {
  fs::create_directory_symlink(elsewhere_, root_ / "link");
  const OwnedTree tree(root_);
  EXPECT_EQ(test::message_of([&] { tree.remove("link/file"); }),
            (root_ / "link").string() + ": is a symbolic link (links are not followed here)");
  EXPECT_TRUE(fs::exists(elsewhere_ / "file"));
  tree.remove("link");
  EXPECT_FALSE(fs::is_symlink(root_ / "link"));
}

TEST_F(OwnedTreeTest, makes_directories_and_none_through_a_link) {
  fs::create_directory_symlink(elsewhere_, root_ / "link");
  const OwnedTree tree(root_);
  tree.make_directories("a/b/c");
  EXPECT_TRUE(fs::is_directory(root_ / "a" / "b" / "c"));
  EXPECT_THAT(test::message_of([&] { tree.make_directories("link/b"); }),
              HasSubstr("is a symbolic link"));
  EXPECT_FALSE(fs::exists(elsewhere_ / "b"));
  EXPECT_THAT(test::message_of([&] { tree.make_directories("link"); }),
              HasSubstr("is a symbolic link"));
}

TEST_F(OwnedTreeTest, names_what_is_no_directory) {
  EXPECT_THAT(test::message_of([&] { const OwnedTree tree(root_ / "mine/deep/file"); }),
              HasSubstr((root_ / "mine/deep/file").string() + ": cannot open the directory"));
}

}  // namespace
}  // namespace quantbench
