#include "quantbench/dataset/split_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/message_of.h"

namespace quantbench::dataset {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> splits(const std::vector<std::string>& files, const std::string& card = "",
                                const std::optional<std::string>& configuration = std::nullopt) {
  return list_splits(FileTree("data", files), card, configuration).names;
}

TEST(SplitList, has_the_splits_that_names_say) {
  EXPECT_THAT(splits({"dev.tsv", "train.tsv"}), ElementsAre("train", "validation"));
  EXPECT_THAT(splits({"sst2_train.csv", "sst2_validation.csv"}),
              ElementsAre("train", "validation"));
  EXPECT_THAT(splits({"dev_matched.csv", "dev_mismatched.csv"}),
              ElementsAre("validation_matched", "validation_mismatched"));
  EXPECT_THAT(splits({"test/cat/1.png", "train/cat/2.png"}), ElementsAre("test", "train"));
  EXPECT_THAT(splits({"glue/train/0.parquet", "glue/validation/0.parquet"}, "", "glue"),
              ElementsAre("train", "validation"));
  // As `datasets` has it.
  EXPECT_THAT(splits({"reviews.csv", "README.md"}), ElementsAre("train"));
}

TEST(SplitList, has_the_splits_that_the_card_says) {
  const std::string card =
      "---\nconfigs:\n- config_name: a\n  data_files:\n  - split: fold1\n    path: x.csv\n  - "
      "split: fold2\n    path: y.csv\n- config_name: b\n  data_files: y.csv\n---\n";
  EXPECT_THAT(splits({"x.csv", "y.csv"}, card, "a"), ElementsAre("fold1", "fold2"));
  EXPECT_THAT(splits({"x.csv", "y.csv"}, card, "b"), ElementsAre("train"));
  EXPECT_THAT(test::message_of([&] { splits({"x.csv"}, card); }),
              HasSubstr("name one in dataset.name: a, b"));
}

TEST(SplitList, says_why_a_split_cannot_be_read) {
  const KnownSplits known =
      list_splits(FileTree("data", {"train.csv", "test-00000-of-00002.csv"}), "", std::nullopt);
  EXPECT_THAT(known.names, ElementsAre("train"));
  ASSERT_EQ(known.faults.count("test"), 1U);
  EXPECT_THAT(known.faults.at("test").what(), HasSubstr("has 1 of its 2 parts"));
  EXPECT_THAT(test::message_of([] { splits({"notes.pdf"}); }), HasSubstr("data: no file"));
}

}  // namespace
}  // namespace quantbench::dataset
