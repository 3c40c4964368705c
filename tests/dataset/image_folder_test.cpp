#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/dataset/dataset.h"

namespace quantbench::dataset {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ImageFolder : public ::testing::Test {
 protected:
  /// The test decodes no image, so any content works.
  void add(const std::string& path, const std::string& content = "image") {
    write_text(root_.path() / path, content);
  }

  Source source() const { return {root_.path().string(), std::nullopt}; }

  /// "cat/1.png 0" of every row.
  std::vector<std::string> rows(const std::string& split, const Subset& subset = {}) const {
    std::vector<std::string> out;
    for (const Example& row : load_split(source(), split, subset).read()) {
      const fs::path path = row["image"]["path"].get<std::string>();
      EXPECT_EQ(row["label"], row["labels"]);
      out.push_back((path.parent_path().filename() / path.filename()).string() + " " +
                    row["label"].dump());
    }
    return out;
  }

  std::string refused(const std::string& split) const {
    try {
      load_split(source(), split);
    } catch (const Error& error) {
      return error.what();
    }
    return "nothing was thrown";
  }

  TemporaryDirectory root_;
};

// Order and ids of `datasets` 5.2 for these files.
TEST_F(ImageFolder, is_read_in_the_order_of_its_paths_with_the_classes_of_all_splits) {
  for (const char* path : {"train/a-b/1.png", "train/a/2.PNG", "train/a/10.jpg", "train/B/x.png",
                           "validation/a/1.png", "validation/a-b/2.png", "train/a/.hidden.png",
                           "train/a/notes.txt", "train/empty/notes.txt", "other/z/1.png"}) {
    add(path);
  }
  EXPECT_THAT(rows("train"), ElementsAre("B/x.png 0", "a-b/1.png 2", "a/10.jpg 1", "a/2.PNG 1"));
  EXPECT_THAT(rows("dev"), ElementsAre("a-b/2.png 2", "a/1.png 1"));
  const Split split = load_split(source(), "train");
  EXPECT_THAT(split.class_names.at("label"), ElementsAre("B", "a", "a-b"));
  EXPECT_THAT(split.class_names.at("labels"), ElementsAre("B", "a", "a-b"));
  EXPECT_THAT(split.columns, ElementsAre("image", "label", "labels"));
  EXPECT_EQ(split.place(1), (root_.path() / "train/a-b/1.png").string());
}

TEST_F(ImageFolder, has_images_of_every_format_that_is_read) {
  for (const char* name : {"1.bmp", "2.gif", "3.JPG", "4.tif", "5.TIFF", "6.webp", "7.png"}) {
    add("train/a/" + std::string(name));
  }
  EXPECT_EQ(rows("train").size(), 7U);
}

TEST_F(ImageFolder, may_lie_under_data_and_under_a_configuration) {
  add("data/train/a/1.png");
  EXPECT_THAT(rows("train"), ElementsAre("a/1.png 0"));
  add("small/validation/b/1.png");
  const Split split = load_split({root_.path().string(), "small"}, "validation");
  EXPECT_EQ(split.size(), 1U);
}

TEST_F(ImageFolder, takes_a_shuffled_subset_as_datasets_does) {
  for (const char* name : {"0", "1", "2", "3", "4"}) add("train/a/" + std::string(name) + ".png");
  EXPECT_THAT(rows("train", {3, 42}), ElementsAre("a/4.png 0", "a/2.png 0", "a/3.png 0"));
  EXPECT_THAT(rows("train", {2, std::nullopt}), ElementsAre("a/0.png 0", "a/1.png 0"));
  EXPECT_EQ(rows("train", {9, 42}).size(), 5U);
}

TEST_F(ImageFolder, refuses_what_would_change_the_split_unseen) {
  add("train/a/1.png");
  add("train/b/1.jp2");
  EXPECT_THAT(refused("train"), HasSubstr("b/1.jp2: this image format is not supported"));
  EXPECT_THAT(refused("validation"), HasSubstr("no file for the split 'validation'"));
  fs::remove(root_.path() / "train/b/1.jp2");
  add("train/a/inner/2.png");
  EXPECT_THAT(refused("train"), HasSubstr("a/inner: a directory among the images of a class"));
  add("test/1.png");
  EXPECT_THAT(refused("test"), HasSubstr("test: images without a class"));
}

TEST_F(ImageFolder, is_offered_where_another_split_is_asked_for) {
  add("train/a/1.png");
  EXPECT_THAT(refused("test"), HasSubstr("splits there: train"));
}

TEST_F(ImageFolder, hash_follows_names_classes_and_the_content_that_counts) {
  add("train/a/1.png", "one");
  add("train/b/2.png", "two");
  const std::string all = content_hash(source(), "train");
  const std::string first = content_hash(source(), "train", {1, std::nullopt});
  EXPECT_NE(all, first);
  add("train/b/2.png", "TWO");
  EXPECT_NE(content_hash(source(), "train"), all);
  EXPECT_EQ(content_hash(source(), "train", {1, std::nullopt}), first);
  add("train/b/2.png", "two");
  EXPECT_EQ(content_hash(source(), "train"), all);
  fs::rename(root_.path() / "train/b", root_.path() / "train/c");
  EXPECT_NE(content_hash(source(), "train"), all);
  EXPECT_NE(content_hash(source(), "train", {1, std::nullopt}), first)
      << "a class has another name";
}

TEST(LoadSplit, shuffles_the_rows_of_any_format) {
  const TemporaryDirectory directory;
  write_text(directory.path() / "train.csv", "n\n0\n1\n2\n3\n4\n");
  const Split split = load_split({directory.path().string(), std::nullopt}, "train", Subset{2, 42});
  ASSERT_EQ(split.size(), 2U);
  EXPECT_EQ(split.row(0)["n"], 4);
  EXPECT_EQ(split.row(1)["n"], 2);
  EXPECT_THAT(split.place(0), HasSubstr("train.csv:6"));
}

}  // namespace
}  // namespace quantbench::dataset
