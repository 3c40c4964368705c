#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "quantbench/base/file.h"
#include "quantbench/dataset/dataset.h"

namespace quantbench::dataset {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kRows = 700;

std::string csv() {
  std::string text = "n,text\n";
  for (std::size_t i = 0; i < kRows; ++i) {
    text += std::to_string(i) + (i % 3 == 0 ? ",\"two\nlines\"\n" : ",one\n");
  }
  return text;
}

std::string json_lines() {
  std::string text;
  for (std::size_t i = 0; i < kRows; ++i) {
    text += (i % 5 == 0 ? "\n" : "") + Json({{"n", i}}).dump() + "\n";
  }
  return text;
}

std::string json_array() {
  Json rows = Json::array();
  for (std::size_t i = 0; i < kRows; ++i) {
    rows.push_back({{"n", i}, {"text", "]}[{\"\\"}, {"more", {{"list", {1, {2}}}}}});
  }
  return Json({{"version", "1"}, {"data", rows}, {"end", {{"data", {1}}}}}).dump(1);
}

std::string squad() {
  Json articles = Json::array();
  for (std::size_t i = 0; i < kRows;) {
    Json questions = Json::array();
    for (std::size_t q = 0; q < 1 + i % 9 && i < kRows; ++q, ++i) {
      questions.push_back({{"id", std::to_string(i)}, {"question", "?"}});
    }
    articles.push_back({{"paragraphs", {{{"context", "text"}, {"qas", questions}}}}});
    articles.push_back({{"paragraphs", Json::array()}});
  }
  return Json({{"data", articles}}).dump();
}

std::string conll() {
  std::string text;
  for (std::size_t i = 0; i < kRows; ++i) {
    if (i % 7 == 0) text += "-DOCSTART- O\n\n";
    text += std::to_string(i) + " O\nword B\n\n\n";
  }
  return text;
}

struct Case {
  std::string file;
  std::string text;
  std::string column;
};

/// The number that a row contains.
std::size_t number_of(const Example& row, const std::string& column) {
  const Json& value = row.at(column);
  if (value.is_number()) return value.get<std::size_t>();
  return std::stoul(value.is_array() ? value.at(0).get<std::string>() : value.get<std::string>());
}

TEST(Streaming, rows_of_every_format_are_found_in_any_order) {
  for (const Case& one : {Case{"train.csv", csv(), "n"}, Case{"train.jsonl", json_lines(), "n"},
                          Case{"train.json", json_array(), "n"}, Case{"train.json", squad(), "id"},
                          Case{"train.conll", conll(), "tokens"}}) {
    SCOPED_TRACE(one.file + " " + one.column);
    const TemporaryDirectory directory;
    write_text(directory.path() / one.file, one.text);
    const Source source{directory.path().string(), std::nullopt};
    const Split split = load_split(source, "train");
    ASSERT_EQ(split.size(), kRows);
    for (const std::size_t row : {699, 0, 1, 300, 299, 511, 512, 513, 255, 256, 3, 698}) {
      EXPECT_EQ(number_of(split.row(row), one.column), row);
    }
    const auto rows = split.read();
    for (std::size_t i = 0; i < kRows; ++i) ASSERT_EQ(number_of(rows[i], one.column), i);
    // A shuffled subset has the same rows as reading and then shuffling all rows.
    const Split shuffled = load_split(source, "train", Subset{50, 42});
    const Split all = load_split(source, "train", Subset{0, 42});
    ASSERT_EQ(shuffled.size(), 50U);
    ASSERT_EQ(all.size(), kRows);
    EXPECT_EQ(Json(shuffled.read()), Json(all.read(0, 50)));
    EXPECT_EQ(load_split(source, "train", 20).size(), 20U);
  }
}

TEST(Streaming, rows_have_the_columns_that_are_needed) {
  for (const auto& [name, text] :
       {std::pair{"train.csv", std::string("a,b,c\n1,x,2\n")},
        std::pair{"train.jsonl", std::string(R"({"c": 2, "b": {"long": [1]}, "a": 1})")}}) {
    const TemporaryDirectory directory;
    write_text(directory.path() / name, text);
    const Split split = load_split({directory.path().string(), std::nullopt}, "train",
                                   Subset{0, std::nullopt, {{"c", "a", "d"}}});
    EXPECT_THAT(split.columns, ::testing::UnorderedElementsAre("a", "b", "c"));
    const Example row = split.row(0);
    EXPECT_EQ(row.size(), 2U);
    EXPECT_EQ(row.at("a"), 1);
    EXPECT_EQ(row.at("c"), 2);
  }
}

TEST(Streaming, reading_ends_with_the_limit) {
  const TemporaryDirectory directory;
  const Source source{directory.path().string(), std::nullopt};
  write_text(directory.path() / "train.jsonl", "{\"a\": 1}\n{\"a\": 2}\nnot JSON\n");
  EXPECT_EQ(load_split(source, "train", 2).size(), 2U);
  write_text(directory.path() / "test.csv", "a,b\n1,2\n3\n");
  EXPECT_EQ(load_split(source, "test", 1).size(), 1U);
  write_text(directory.path() / "validation-00000-of-00002.csv", "a\n1\n2\n");
  write_text(directory.path() / "validation-00001-of-00002.csv", "a,a\n3\n");
  EXPECT_EQ(load_split(source, "validation", 2).size(), 2U);
}

TEST(Streaming, rows_of_all_shards_follow_each_other) {
  const TemporaryDirectory directory;
  const Source source{directory.path().string(), std::nullopt};
  write_text(directory.path() / "train-00000-of-00003.csv", "a\n0\n1\n");
  write_text(directory.path() / "train-00001-of-00003.csv", "a\n");
  write_text(directory.path() / "train-00002-of-00003.csv", "a\n2\n");
  const Split split = load_split(source, "train");
  const auto rows = split.read();
  ASSERT_EQ(rows.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(rows[i]["a"], i);
  EXPECT_THAT(split.place(2), HasSubstr("train-00002-of-00003.csv:2"));
}

}  // namespace
}  // namespace quantbench::dataset
