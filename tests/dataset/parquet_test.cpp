#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/dataset/dataset.h"
#include "support/message_of.h"

namespace quantbench::dataset {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// The files of tests/data/parquet, which `datasets` wrote.
class ParquetFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    // The build puts it beside the test program's directory.
    const auto program = fs::read_symlink("/proc/self/exe").parent_path();
    if (!fs::exists(program.parent_path() / "libquantbench_parquet.so")) {
      GTEST_SKIP() << "this build has no Apache Arrow (scripts/bootstrap brings it)";
    }
  }

  static fs::path file(const std::string& name) {
    return fs::path(QUANTBENCH_TEST_DATA) / "parquet" / name;
  }
  static Split load(const std::string& name, const Subset& subset = {}) {
    return load_split({file(name).string(), std::nullopt}, "validation", subset);
  }
};

TEST_F(ParquetFiles, rows_of_several_row_groups_with_the_classes_of_the_schema) {
  const Split split = load("sentences.parquet");
  EXPECT_THAT(split.columns, ElementsAre("sentence", "label"));
  EXPECT_THAT(split.class_names.at("label"), ElementsAre("negative", "positive"));
  ASSERT_EQ(split.size(), 150U);
  const auto rows = split.read();
  EXPECT_EQ(rows[0], Json({{"sentence", "sentence 0 ☕"}, {"label", 0}}));
  EXPECT_TRUE(rows[3]["sentence"].is_null());
  for (const std::size_t row : {149, 0, 41, 39, 40, 120, 5}) EXPECT_EQ(split.row(row), rows[row]);
  EXPECT_EQ(split.place(149), file("sentences.parquet").string() + ": row 150");
}

TEST_F(ParquetFiles, a_subset_is_the_first_rows_or_those_of_the_shuffle) {
  EXPECT_EQ(load("sentences.parquet", {7, std::nullopt}).size(), 7U);
  const auto all = load("sentences.parquet").read();
  const auto shuffled = load("sentences.parquet", {3, 42}).read();
  // numpy.random.default_rng(42).permutation(150)[:3]
  EXPECT_THAT(shuffled, ElementsAre(all[70], all[79], all[134]));
}

TEST_F(ParquetFiles, columns_that_nobody_needs_are_not_read) {
  const TemporaryDirectory directory;
  const Source source{directory.path().string(), std::nullopt};
  // The first column's pages are destroyed. Reading them gives an error.
  for (const auto& [name, kept] :
       {std::pair{"sentences.parquet", "label"}, std::pair{"images.parquet", "labels"},
        std::pair{"questions.parquet", "ner_tags"}}) {
    SCOPED_TRACE(name);
    std::string bytes = read_text(file(name));
    std::fill_n(bytes.begin() + 4, 60, '\xff');
    write_text(directory.path() / "train.parquet", bytes);
    EXPECT_THAT(test::message_of([&] { load_split(source, "train").read(); }),
                HasSubstr("not a readable Parquet file: "));
    const Split whole = load(name);
    const Split split = load_split(source, "train",
                                   Subset{0, 42, std::vector<std::string>{kept, "no such column"}});
    EXPECT_EQ(split.columns, whole.columns);
    EXPECT_EQ(split.class_names, whole.class_names);
    ASSERT_EQ(split.size(), whole.size());
    const auto rows = load(name, {0, 42}).read();
    const auto read = split.read();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      ASSERT_EQ(read[i], Json({{kept, rows[i].at(kept)}})) << i;
    }
    const Split none = load_split(source, "train", Subset{3, std::nullopt, {{"absent"}}});
    EXPECT_EQ(Json(none.read()), Json::parse("[{}, {}, {}]"));
  }
}

TEST_F(ParquetFiles, images_are_bytes_and_a_name) {
  const Split split = load("images.parquet");
  EXPECT_THAT(split.class_names.at("labels"), ElementsAre("cat", "dog"));
  const Example row = split.row(4);
  EXPECT_EQ(row["image"]["path"], "4.png");
  const auto& bytes = row["image"]["bytes"].get_binary();
  ASSERT_GT(bytes.size(), 8U);
  EXPECT_EQ(std::string(bytes.begin() + 1, bytes.begin() + 4), "PNG");
  EXPECT_EQ(row["labels"], 0);
}

TEST_F(ParquetFiles, lists_and_structs_are_nested) {
  const auto rows = load("questions.parquet").read();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[1]["answers"],
            Json({{"text", {"Peter", "calls Peter"}}, {"answer_start", {9, 3}}}));
  EXPECT_EQ(rows[2]["answers"]["text"], Json::array());
  EXPECT_EQ(rows[0]["tokens"], Json({"EU", "calls"}));
  EXPECT_EQ(rows[1]["ner_tags"], Json::array());
}

TEST_F(ParquetFiles, the_card_goes_before_the_schema) {
  const TemporaryDirectory directory;
  fs::copy(file("sentences.parquet"), directory.path() / "train.parquet");
  write_text(directory.path() / "dataset_info.json",
             R"({"features": {"label": {"names": ["no", "yes"], "_type": "ClassLabel"}}})");
  const Split split = load_split({directory.path().string(), std::nullopt}, "train");
  EXPECT_THAT(split.class_names.at("label"), ElementsAre("no", "yes"));
}

TEST_F(ParquetFiles, what_is_no_parquet_is_refused_in_a_line) {
  const TemporaryDirectory directory;
  const fs::path path = directory.path() / "train.parquet";
  const auto refused = [&](const std::string& bytes) {
    write_text(path, bytes);
    return test::message_of([&] { load_split({path.string(), std::nullopt}, "train").read(); });
  };
  const std::string whole = read_text(file("sentences.parquet"));
  for (const std::string& bytes :
       {std::string(), std::string("PAR1"), std::string(100, 'x'),
        whole.substr(0, whole.size() / 2), whole.substr(0, whole.size() - 1), whole.substr(1)}) {
    EXPECT_THAT(refused(bytes), HasSubstr(path.string() + ": not a readable Parquet file: "));
  }
  // The pages are broken, the footer is not.
  std::string broken = whole;
  std::fill_n(broken.begin() + 4, 200, '\xff');
  EXPECT_THAT(refused(broken), HasSubstr("train.parquet: not a readable Parquet file: "));
}

TEST(ParquetPlugin, is_named_where_it_is_missing) {
  // In a process of its own, because this process may have loaded the plug-in.
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const TemporaryDirectory directory;
  ASSERT_EXIT(
      {
        ::setenv("QUANTBENCH_PLUGINS", directory.path().c_str(), 1);
        const std::string message = test::message_of([&] {
          load_split({(fs::path(QUANTBENCH_TEST_DATA) / "parquet" / "images.parquet").string(),
                      std::nullopt},
                     "train");
        });
        std::fputs(message.c_str(), stderr);
        std::exit(3);
      },
      ::testing::ExitedWithCode(3),
      "reading Parquet files needs Apache Arrow, which is not available .*scripts/bootstrap");
}

}  // namespace
}  // namespace quantbench::dataset
