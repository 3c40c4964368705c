#include "quantbench/dataset/image_metadata.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "quantbench/base/file.h"
#include "support/message_of.h"

namespace quantbench::dataset {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ImageMetadata : public ::testing::Test {
 protected:
  /// The test decodes no image, so any content works.
  void add(const std::string& path, const std::string& content = "image") {
    write_text(root_.path() / path, content);
  }
  Source source() const { return {root_.path().string(), std::nullopt}; }

  /// "validation/1.png 0" of every row.
  std::vector<std::string> rows(const std::string& split, const Subset& subset = {}) const {
    std::vector<std::string> out;
    for (const Example& row : load_split(source(), split, subset).read()) {
      const fs::path path = row["image"]["path"].get<std::string>();
      out.push_back(fs::relative(path, root_.path()).string() + " " + row["label"].dump());
    }
    return out;
  }
  std::string refused(const std::string& split) const {
    return test::message_of([&] { load_split(source(), split).read(); });
  }

  TemporaryDirectory root_;
};

TEST_F(ImageMetadata, lists_the_images_of_its_split) {
  for (const char* path : {"validation/1.png", "validation/a/2.jpg", "validation/unlisted.png"}) {
    add(path);
  }
  add("validation/metadata.csv", "file_name,label\na/2.jpg,1\n1.png,0\n");
  EXPECT_THAT(rows("validation"), ElementsAre("validation/a/2.jpg 1", "validation/1.png 0"));
  EXPECT_THAT(rows("dev", {1, std::nullopt}), ElementsAre("validation/a/2.jpg 1"));
  const Split split = load_split(source(), "validation");
  EXPECT_THAT(split.columns, ElementsAre("image", "label"));
  EXPECT_EQ(split.place(0), (root_.path() / "validation/metadata.csv").string() + ":2");
}

TEST_F(ImageMetadata, may_be_json_lines_with_class_names_and_several_images) {
  add("train/1.png");
  add("train/metadata.jsonl",
      R"({"file_name": "1.png", "mask_file_name": "m/1.png", "label": "cat", "n": NaN})");
  const Split split = load_split(source(), "train");
  EXPECT_THAT(split.columns, ElementsAre("image", "mask", "label", "n"));
  EXPECT_EQ(split.row(0)["mask"]["path"], (root_.path() / "train/m/1.png").string());
  EXPECT_EQ(split.row(0)["label"], "cat");
}

TEST_F(ImageMetadata, above_the_splits_says_by_its_paths_which_images_they_have) {
  for (const char* path : {"train/1.png", "test/1.png", "test/2.png"}) add(path);
  add("metadata.csv", "file_name,label\ntest/2.png,5\ntrain/1.png,3\n./test/1.png,4\n");
  EXPECT_THAT(rows("test"), ElementsAre("test/2.png 5", "test/1.png 4"));
  EXPECT_THAT(rows("train"), ElementsAre("train/1.png 3"));
  EXPECT_THAT(refused("validation"), HasSubstr("no file for the split 'validation'"));
}

TEST_F(ImageMetadata, without_splits_is_the_split_train) {
  add("images/1.png");
  add("metadata.csv", "file_name,label\nimages/1.png,7\n");
  EXPECT_THAT(rows("train"), ElementsAre("images/1.png 7"));
}

TEST_F(ImageMetadata, goes_before_the_classes_of_directories) {
  add("train/cat/1.png");
  add("train/metadata.csv", "file_name,label\ncat/1.png,dog\n");
  EXPECT_THAT(rows("train"), ElementsAre("train/cat/1.png \"dog\""));
}

TEST_F(ImageMetadata, is_shuffled_and_read_by_columns_like_any_file) {
  std::string text = "file_name,label,text\n";
  for (const char* name : {"0", "1", "2", "3", "4"}) {
    add("train/" + std::string(name) + ".png");
    text += std::string(name) + ".png," + name + ",x\n";
  }
  add("train/metadata.csv", text);
  EXPECT_THAT(rows("train", {2, 42, std::vector<std::string>{"image", "label"}}),
              ElementsAre("train/4.png 4", "train/2.png 2"));
}

TEST_F(ImageMetadata, leads_to_no_file_outside_of_its_directory) {
  add("train/1.png");
  for (const char* name : {"../1.png", "a/../../1.png", "/etc/passwd"}) {
    add("train/metadata.csv", "file_name,label\n" + std::string(name) + ",0\n");
    EXPECT_THAT(refused("train"), HasSubstr("train/metadata.csv:2: the image '" +
                                            std::string(name) + "' is outside of the directory"));
  }
}

TEST_F(ImageMetadata, hash_follows_the_images_that_count) {
  add("train/1.png", "one");
  add("train/2.png", "two");
  add("train/metadata.csv", "file_name,label\n1.png,0\n2.png,1\n");
  const std::string all = content_hash(source(), "train");
  const std::string first = content_hash(source(), "train", {1, std::nullopt});
  add("train/2.png", "TWO");
  EXPECT_NE(content_hash(source(), "train"), all);
  EXPECT_EQ(content_hash(source(), "train", {1, std::nullopt}), first);
  fs::remove(root_.path() / "train/2.png");
  EXPECT_NE(content_hash(source(), "train"), all) << "a missing image is an image's fault";
}

}  // namespace
}  // namespace quantbench::dataset
