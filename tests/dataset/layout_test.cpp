#include "quantbench/dataset/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "quantbench/dataset/path_pattern.h"
#include "support/message_of.h"

namespace quantbench::dataset {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(PathPattern, means_what_fsspec_means) {
  EXPECT_TRUE(path_matches("sst2/validation-*", "sst2/validation-00000-of-00001.parquet"));
  EXPECT_TRUE(path_matches("*.csv", "a.csv"));
  EXPECT_FALSE(path_matches("*.csv", "b/a.csv"));
  EXPECT_TRUE(path_matches("**/*.csv", "a.csv"));
  EXPECT_TRUE(path_matches("**/*.csv", "b/c/a.csv"));
  EXPECT_TRUE(path_matches("a/**/b", "a/b"));
  EXPECT_TRUE(path_matches("a/**/b", "a/x/y/b"));
  EXPECT_FALSE(path_matches("a/**/b", "a/xb"));
  EXPECT_TRUE(path_matches("data/**", "data/x/y.json"));
  EXPECT_TRUE(path_matches("train-[0-9]?.[!x]sv", "train-0a.csv"));
  EXPECT_FALSE(path_matches("train-[0-9].csv", "train-a.csv"));
  EXPECT_TRUE(path_matches("./train.csv", "train.csv"));
  EXPECT_TRUE(path_matches("train[.csv", "train[.csv"));
  EXPECT_FALSE(path_matches("", "a"));
}

class Repository : public ::testing::Test {
 protected:
  Layout layout(const std::string& split, std::optional<std::string> name = std::nullopt) const {
    return find_split(FileTree("glue", files_), card_, name, split);
  }
  std::vector<std::string> found(const std::string& split,
                                 std::optional<std::string> name = std::nullopt) const {
    return layout(split, std::move(name)).files;
  }
  std::string refused(const std::string& split,
                      std::optional<std::string> name = std::nullopt) const {
    return test::message_of([&] { found(split, name); });
  }

  std::vector<std::string> files_;
  std::string card_;
};

/// The layout of the repository nyu-mll/glue.
class Glue : public Repository {
 protected:
  Glue() {
    files_ = {".gitattributes",
              "README.md",
              "ax/test-00000-of-00001.parquet",
              "mrpc/train-00000-of-00001.parquet",
              "sst2/test-00000-of-00001.parquet",
              "sst2/train-00000-of-00001.parquet",
              "sst2/validation-00000-of-00001.parquet"};
    card_ = R"(---
license: other
configs:
- config_name: ax
  data_files:
  - split: test
    path: ax/test-*
- config_name: sst2
  data_files:
  - split: train
    path: sst2/train-*
  - split: validation
    path: sst2/validation-*
---
# GLUE
)";
  }
};

TEST_F(Glue, configurations_of_the_card_decide) {
  const Layout sst2 = layout("validation", "sst2");
  EXPECT_THAT(sst2.files, ElementsAre("sst2/validation-00000-of-00001.parquet"));
  EXPECT_THAT(sst2.descriptions, ElementsAre("README.md"));
  EXPECT_EQ(sst2.configuration, "sst2");
  EXPECT_THAT(found("dev", "sst2"), ElementsAre("sst2/validation-00000-of-00001.parquet"));
  EXPECT_EQ(refused("test", "sst2"),
            "glue: configuration sst2: no split 'test' (splits there: train, validation)");
  EXPECT_EQ(refused("train", "sst3"),
            "glue: no configuration 'sst3' in the data set (configurations there: ax, sst2)");
  EXPECT_EQ(refused("train"),
            "glue: the data set has several configurations (name one in dataset.name: ax, sst2)");
}

TEST_F(Glue, without_a_card_the_names_decide) {
  card_.clear();
  EXPECT_THAT(found("validation", "sst2"), ElementsAre("sst2/validation-00000-of-00001.parquet"));
  EXPECT_THAT(found("validation"), ElementsAre("sst2/validation-00000-of-00001.parquet"));
  EXPECT_EQ(refused("train"),
            "glue: several configurations have the split 'train' (name one in dataset.name: mrpc, "
            "sst2)");
}

TEST_F(Repository, data_files_come_in_every_form_that_cards_use) {
  files_ = {"a.csv", "b.csv", "deep/er/c.csv", "deep/notes.md", "dev.csv"};
  const auto with = [&](const std::string& configs) {
    card_ = "---\nconfigs:\n" + configs + "---\n";
  };
  with("- data_files: \"*.csv\"\n");
  EXPECT_THAT(found("train"), ElementsAre("a.csv", "b.csv", "dev.csv"));
  with("- config_name: x\n  data_files: [b.csv, a.csv]\n");
  EXPECT_THAT(found("train"), ElementsAre("b.csv", "a.csv"));
  with("- config_name: x\n  data_files:\n    train: a.csv\n    test: [deep]\n");
  EXPECT_THAT(found("test", "x"), ElementsAre("deep/er/c.csv"));
  with(
      "- config_name: x\n  data_dir: deep/\n- config_name: y\n  data_files: a.csv\n  default: "
      "true\n");
  EXPECT_THAT(found("train"), ElementsAre("a.csv"));
  EXPECT_THAT(found("train", "x"), ElementsAre("deep/er/c.csv"));
  with("- config_name: x\n  data_files: z-*\n");
  EXPECT_EQ(refused("train"),
            "glue: configuration x: no file matches 'z-*', which the card names for the split "
            "'train'");
  with("- config_name: x\n  data_files:\n  - split: train\n");
  EXPECT_EQ(refused("train"),
            "glue/README.md: configs.x.data_files: expected entries {split, path}");
}

TEST_F(Repository, the_converted_branch_has_a_directory_a_configuration_and_a_split) {
  files_ = {"plain_text/test/0000.parquet", "plain_text/partial-train/0000.parquet",
            "plain_text/partial-train/0001.parquet"};
  EXPECT_THAT(found("test"), ElementsAre("plain_text/test/0000.parquet"));
  EXPECT_THAT(found("train", "plain_text"), ElementsAre("plain_text/partial-train/0000.parquet",
                                                        "plain_text/partial-train/0001.parquet"));
  files_.emplace_back("default/test/0000.parquet");
  EXPECT_EQ(layout("test").configuration, "default");
}

TEST_F(Repository, a_word_of_the_path_names_the_split_where_nothing_else_does) {
  files_ = {"my_train_file_00.csv", "my_train_file_01.csv", "my_dev_file.csv", "an_eval_file.csv",
            "LICENSE"};
  EXPECT_THAT(found("train"), ElementsAre("my_train_file_00.csv", "my_train_file_01.csv"));
  EXPECT_THAT(found("validation"), ElementsAre("my_dev_file.csv"));
  EXPECT_THAT(found("test"), ElementsAre("an_eval_file.csv"));
  EXPECT_THAT(refused("other"), HasSubstr("no file for the split 'other'"));
  files_ = {"corpus/training/part1.jsonl", "corpus/testing/part1.jsonl"};
  EXPECT_THAT(found("train"), ElementsAre("corpus/training/part1.jsonl"));
  files_ = {"everything.jsonl", "README.md"};
  EXPECT_THAT(found("train"), ElementsAre("everything.jsonl"));
}

TEST_F(Repository, of_a_script_alone_has_no_data) {
  EXPECT_FALSE(has_data_files(FileTree("x", {"glue.py", "README.md", "dataset_infos.json"})));
  EXPECT_TRUE(has_data_files(FileTree("x", {"glue.py", "data/train.parquet"})));
}

}  // namespace
}  // namespace quantbench::dataset
