#include "quantbench/dataset/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/text.h"
#include "support/message_of.h"
#include "support/real_assets.h"

namespace quantbench::dataset {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Case files of a directory under tests/data/dataset: files with `suffix`, without the suffix.
std::vector<fs::path> cases(const std::string& directory, const std::string& suffix) {
  std::vector<fs::path> found;
  for (const auto& entry :
       fs::directory_iterator(fs::path(QUANTBENCH_TEST_DATA) / "dataset" / directory)) {
    const std::string path = entry.path().string();
    if (path.ends_with(suffix)) found.emplace_back(path.substr(0, path.size() - suffix.size()));
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// The columns of an object by name; their order does not matter.
nlohmann::json unordered(const Json& value) { return nlohmann::json::parse(value.dump()); }

TEST(LoadSplit, reads_every_case_as_expected) {
  const auto files = cases("rows", ".expected.json");
  ASSERT_GE(files.size(), 9U);
  for (const fs::path& file : files) {
    SCOPED_TRACE(file.filename());
    const Split split = load_split({file.string(), std::nullopt}, "validation");
    const Json expected = read_json(file.string() + ".expected.json");
    EXPECT_EQ(unordered(Json(split.read())), unordered(expected));
    for (std::size_t i = 0; i < std::min(split.size(), expected.size()); ++i) {
      for (const auto& [column, value] : expected[i].items()) {
        EXPECT_EQ(split.row(i)[column].type_name(), value.type_name()) << column;
        EXPECT_EQ(split.row(i)[column].is_number_float(), value.is_number_float()) << column;
      }
    }
    ASSERT_EQ(split.files.size(), 1U);
    EXPECT_EQ(split.files[0], file);
  }
}

TEST(LoadSplit, refuses_every_malformed_case_with_its_line) {
  const auto files = cases("malformed", ".error");
  ASSERT_GE(files.size(), 16U);
  for (const fs::path& file : files) {
    const std::string expected(trim(read_text(file.string() + ".error")));
    const std::string directory = file.parent_path().string() + "/";
    EXPECT_EQ(test::message_of([&] {
                load_split({file.string(), std::nullopt}, "validation");
              }),
              directory + expected);
  }
}

class Layouts : public ::testing::Test {
 protected:
  /// A file with one row, which contains the file's name.
  void add(const std::string& path) {
    const std::string row = path.ends_with(".csv") || path.ends_with(".tsv")
                                ? "from\n" + path + "\n"
                                : "{\"from\": \"" + path + "\"}\n";
    write_text(directory_.path() / path, row);
  }

  std::string found(const std::string& split, std::optional<std::string> name = std::nullopt) {
    std::vector<std::string> from;
    for (const Example& row : load_split({directory_.path().string(), name}, split).read()) {
      from.push_back(row["from"].get<std::string>());
    }
    return join(from, " ");
  }

  /// The message without the place, which differs between runs.
  std::string refused(const std::string& split, std::optional<std::string> name = std::nullopt) {
    const std::string message = test::message_of([&] { found(split, name); });
    const std::string place = directory_.path().string() + ": ";
    return message.starts_with(place) ? message.substr(place.size()) : message;
  }

  TemporaryDirectory directory_;
};

TEST_F(Layouts, a_split_is_found_by_its_name_or_an_alias) {
  add("train.tsv");
  add("dev.tsv");
  add("test.tsv");
  EXPECT_EQ(found("train"), "train.tsv");
  EXPECT_EQ(found("validation"), "dev.tsv");
  EXPECT_EQ(found("dev"), "dev.tsv");
  EXPECT_EQ(found("eval"), "dev.tsv");
  EXPECT_EQ(found("test"), "test.tsv");
}

TEST_F(Layouts, the_name_in_the_spec_wins_over_its_aliases) {
  add("dev.tsv");
  add("validation.tsv");
  EXPECT_EQ(found("validation"), "validation.tsv");
  EXPECT_EQ(found("dev"), "dev.tsv");
  EXPECT_EQ(refused("val"),
            "several files for the split 'val' (dev.tsv and validation.tsv compete; name the file "
            "in dataset.path)");
}

TEST_F(Layouts, splits_of_mnli_keep_their_endings) {
  add("dev_matched.tsv");
  add("dev_mismatched.tsv");
  EXPECT_EQ(found("validation_matched"), "dev_matched.tsv");
  EXPECT_EQ(found("validation_mismatched"), "dev_mismatched.tsv");
  EXPECT_EQ(refused("validation"),
            "no file for the split 'validation' (splits there: validation_matched, "
            "validation_mismatched)");
}

TEST_F(Layouts, a_configuration_is_a_subdirectory_or_a_prefix) {
  add("sst2/validation.tsv");
  add("mrpc/data/validation.tsv");
  add("cola_validation.tsv");
  EXPECT_EQ(found("validation", "sst2"), "sst2/validation.tsv");
  EXPECT_EQ(found("validation", "mrpc"), "mrpc/data/validation.tsv");
  EXPECT_EQ(found("validation", "cola"), "cola_validation.tsv");
  EXPECT_EQ(refused("validation", "sst3"),
            "no configuration 'sst3' in the data set (did you mean 'sst2'?)");
}

TEST_F(Layouts, one_configuration_needs_no_name_and_several_do) {
  add("sst2_validation.tsv");
  EXPECT_EQ(found("validation"), "sst2_validation.tsv");
  add("mrpc-dev.tsv");
  EXPECT_EQ(refused("validation"),
            "several configurations have the split 'validation' (name one in dataset.name: mrpc, "
            "sst2)");
}

TEST_F(Layouts, all_shards_make_the_split_and_a_missing_one_is_noticed) {
  add("data/train-00000-of-00002.jsonl");
  add("data/train-00001-of-00002.jsonl");
  EXPECT_EQ(found("train"), "data/train-00000-of-00002.jsonl data/train-00001-of-00002.jsonl");
  fs::remove(directory_.path() / "data/train-00000-of-00002.jsonl");
  EXPECT_EQ(refused("train"), "the split 'train' has 1 of its 2 parts");
}

TEST_F(Layouts, a_split_may_be_a_directory_of_parts) {
  add("validation/0000.csv");
  add("validation/0001.csv");
  EXPECT_EQ(found("val"), "validation/0000.csv validation/0001.csv");
}

TEST_F(Layouts, a_split_that_is_not_there_is_answered_with_those_that_are) {
  add("train.csv");
  add("dev.csv");
  EXPECT_EQ(refused("test"), "no file for the split 'test' (splits there: train, validation)");
}

TEST_F(Layouts, an_unknown_format_is_named) {
  write_text(directory_.path() / "validation.xlsx", "PK");
  EXPECT_THAT(refused("validation"),
              HasSubstr("validation.xlsx: no known data set format has the extension '.xlsx' "
                        "(known: "));
}

TEST_F(Layouts, two_formats_of_one_split_compete) {
  add("validation.csv");
  add("validation.jsonl");
  EXPECT_THAT(refused("validation"), HasSubstr("validation.csv and validation.jsonl compete"));
}

TEST_F(Layouts, what_is_not_there_is_said_so) {
  EXPECT_EQ(refused("train"), "no file for the split 'train' (there is no data file there)");
  EXPECT_THAT(test::message_of([] {
                load_split({"/nowhere/at/all", std::nullopt}, "train");
              }),
              HasSubstr("/nowhere/at/all: no such data set directory or file"));
}

TEST_F(Layouts, a_file_of_another_split_is_not_taken_for_this_one) {
  add("validation.tsv");
  const std::string path = (directory_.path() / "validation.tsv").string();
  EXPECT_EQ(load_split({path, std::nullopt}, "dev").size(), 1U);
  EXPECT_THAT(test::message_of([&] {
                load_split({path, std::nullopt}, "train");
              }),
              HasSubstr("this file is the split 'validation', not 'train'"));
}

TEST_F(Layouts, shards_must_agree_in_their_columns) {
  write_text(directory_.path() / "train-00000-of-00002.csv", "a,b\n1,2\n");
  write_text(directory_.path() / "train-00001-of-00002.csv", "a,c\n1,2\n");
  EXPECT_THAT(
      test::message_of([&] { found("train"); }),
      HasSubstr("train-00001-of-00002.csv: columns a, c (the split's first file has a, b)"));
}

TEST(LoadSplit, stops_at_the_limit_and_knows_where_its_rows_come_from) {
  const TemporaryDirectory directory;
  const fs::path path = directory.path() / "validation.csv";
  write_text(path, "text,label\n\"a\nb\",1\nc,0\nd,1\n");
  const Split split = load_split({directory.path().string(), std::nullopt}, "validation", 2);
  ASSERT_EQ(split.size(), 2U);
  EXPECT_EQ(split.place(0), path.string() + ":2");
  EXPECT_EQ(split.place(1), path.string() + ":4");
  write_text(directory.path() / "test.json", R"([{"a": 1}, {"a": 2}])");
  EXPECT_EQ(load_split({directory.path().string(), std::nullopt}, "test").place(1),
            (directory.path() / "test.json").string() + ": row 2");
}

TEST(ContentHash, depends_on_what_the_labels_mean_and_not_on_other_splits) {
  const TemporaryDirectory directory;
  const Source source{directory.path().string(), std::nullopt};
  write_text(directory.path() / "validation.tsv", "a\tb\n1\t2\n");
  const std::string before = content_hash(source, "validation");
  write_text(directory.path() / "train.tsv", "a\tb\n1\t2\n3\t4\n");
  EXPECT_EQ(content_hash(source, "validation"), before);
  write_text(directory.path() / "dataset_info.json",
             R"({"features": {"b": {"names": ["no", "yes"], "_type": "ClassLabel"}}})");
  const std::string described = content_hash(source, "validation");
  EXPECT_NE(described, before);
  write_text(directory.path() / "validation.tsv", "a\tb\n1\t3\n");
  EXPECT_NE(content_hash(source, "validation"), described);
}

TEST(RealData, sst2_has_872_validation_sentences) {
  QUANTBENCH_NEEDS_REAL_ASSETS();
  const Split split =
      load_split({(test::real_assets() / "data" / "sst2").string(), std::nullopt}, "validation");
  EXPECT_THAT(split.columns, ElementsAre("sentence", "label"));
  ASSERT_EQ(split.size(), 872U);
  EXPECT_EQ(split.row(0)["sentence"], "it 's a charming and often affecting journey . ");
  EXPECT_EQ(split.row(0)["label"], 1);
}

TEST(RealData, squad_rows_carry_the_answer_at_its_place) {
  QUANTBENCH_NEEDS_REAL_ASSETS();
  const Split split =
      load_split({(test::real_assets() / "data" / "squad").string(), std::nullopt}, "validation");
  EXPECT_THAT(split.columns, ElementsAre("id", "title", "context", "question", "answers"));
  EXPECT_GT(split.size(), 100U);
}

}  // namespace
}  // namespace quantbench::dataset
