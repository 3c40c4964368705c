// What a stranger's data set may cost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "quantbench/base/file.h"
#include "quantbench/base/memory.h"
#include "quantbench/dataset/dataset.h"
#include "quantbench/dataset/file_tree.h"
#include "quantbench/dataset/front_matter.h"
#include "support/message_of.h"

namespace quantbench::dataset {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class DataSetBounds : public ::testing::Test {
 protected:
  fs::path write(const std::string& name, const std::string& content) {
    write_text(root() / name, content);
    return root() / name;
  }
  fs::path root() const { return scratch_.path() / "data"; }

  Split load(const fs::path& path) { return load_split({path.string(), {}}, "validation"); }

  std::string refusal(const std::string& name, const std::string& content) {
    const fs::path path = write(name, content);
    const std::string message = test::message_of([&] { load(path); });
    const std::string directory = root().string() + "/";
    return message.starts_with(directory) ? message.substr(directory.size()) : message;
  }

  TemporaryDirectory scratch_;
};

/// `count` names "c0", "c1", ... with `separator` between them.
std::string names(int count, const std::string& separator) {
  std::string out;
  for (int i = 0; i < count; ++i) {
    if (i > 0) out += separator;
    out += "c" + std::to_string(i);
  }
  return out;
}

constexpr const char* kRefusal = "more than 100000 columns (a table may have that many at most)";

TEST_F(DataSetBounds, csv_with_more_columns_than_100000_is_refused) {
  EXPECT_EQ(refusal("validation.csv", "sentence,label" + std::string(5'000'000, ',') + "\na,1\n"),
            std::string("validation.csv:1: ") + kRefusal);
  EXPECT_EQ(refusal("validation.tsv", "a\tb\n1\t2\n" + std::string(200'000, '\t') + "\n"),
            std::string("validation.tsv:3: ") + kRefusal);
}

TEST_F(DataSetBounds, csv_with_100000_columns_is_read) {
  const Split split =
      load(write("validation.csv", names(100'000, ",") + "\n" + names(100'000, ",") + "\n"));
  EXPECT_EQ(split.columns.size(), 100'000U);
  const Example row = split.row(0);
  EXPECT_EQ(row.size(), 100'000U);
  EXPECT_EQ(row.back(), "c99999");
}

TEST_F(DataSetBounds, json_lines_with_a_column_of_its_own_in_each_row_are_read) {
  std::string lines;
  for (int i = 0; i < 20'000; ++i) {
    lines += "{\"text\": \"a\", \"c" + std::to_string(i) + "\": 1}\n";
  }
  const fs::path path = write("validation.jsonl", lines);
  const Subset subset{0, std::nullopt, std::vector<std::string>{"text", "c7"}};
  const Split split = load_split({path.string(), {}}, "validation", subset);
  EXPECT_EQ(split.columns.size(), 20'001U);
  for (const Example& row : split.read()) ASSERT_EQ(row.size(), 2U);
  EXPECT_EQ(split.row(7), Example({{"text", "a"}, {"c7", 1}}));
  EXPECT_EQ(split.row(8), Example({{"text", "a"}, {"c7", nullptr}}));
}

TEST_F(DataSetBounds, a_row_of_json_that_is_nested_too_deep_is_refused_with_its_line) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_EQ(refusal("validation.jsonl", "{\"a\": 1}\n{\"a\": " + deep + "}\n"),
            "validation.jsonl:2: JSON is nested deeper than 512 levels (each line is one JSON "
            "object)");
  EXPECT_THAT(refusal("validation.json", "[{\"a\": " + deep + "}]"),
              HasSubstr("JSON is nested deeper than 512 levels"));
}

/// All rows at once would hold the context a thousand times: 1 GB. AddressSanitizer keeps 256 MiB
/// of freed memory by itself.
TEST_F(DataSetBounds, a_question_of_a_long_context_costs_the_memory_of_one) {
  std::string article = R"({"data": [{"title": "t", "paragraphs": [{"context": ")" +
                        std::string(1'000'000, 'x') + R"(", "qas": [)";
  for (int i = 0; i < 1000; ++i) {
    if (i > 0) article += ",";
    article += R"({"id": ")" + std::to_string(i) + R"(", "question": "q"})";
  }
  const fs::path path = write("validation.json", article + "]}]}]}");
  const MemoryGrowthLimit limit(std::uint64_t{640} << 20);
  const Split split = load(path);
  EXPECT_EQ(split.size(), 1000U);
  EXPECT_EQ(split.row(999)["id"], "999");
  EXPECT_EQ(split.row(3)["id"], "3");
}

TEST_F(DataSetBounds, links_to_directories_are_followed_within_the_data_set_only) {
  write("real/validation.csv", "a\n1\n");
  write_text(scratch_.path() / "elsewhere" / "train.csv", "a\n2\n");
  fs::create_directory_symlink(scratch_.path() / "elsewhere", root() / "out");
  fs::create_directory_symlink("/", root() / "top");
  fs::create_directory_symlink("real", root() / "inside");
  fs::create_directory_symlink("..", root() / "real" / "loop");
  EXPECT_THAT(FileTree::of_directory(root()).files(),
              ElementsAre("inside/validation.csv", "real/validation.csv"));
}

TEST_F(DataSetBounds, files_of_a_download_cache_are_links_out_of_the_directory) {
  write_text(scratch_.path() / "blobs" / "0123", "sentence\ngood\n");
  fs::create_directories(root());
  fs::create_symlink("../blobs/0123", root() / "validation.csv");
  EXPECT_EQ(load(root()).row(0), Example({{"sentence", "good"}}));
}

TEST_F(DataSetBounds, a_data_set_that_is_a_link_itself_is_walked) {
  write("validation.csv", "a\n1\n");
  fs::create_directory_symlink(root(), scratch_.path() / "link");
  EXPECT_THAT(FileTree::of_directory(scratch_.path() / "link").files(),
              ElementsAre("validation.csv"));
}

TEST_F(DataSetBounds, a_walk_of_too_many_files_ends) {
  for (int i = 0; i < 11; ++i) write(std::to_string(i) + ".csv", "a\n");
  EXPECT_EQ(FileTree::of_directory(root(), 11).files().size(), 11U);
  EXPECT_EQ(test::message_of([&] { FileTree::of_directory(root(), 10); }),
            root().string() +
                ": more than 10 files and directories (name the data set's own "
                "directory in dataset.path)");
}

TEST_F(DataSetBounds, front_matter_of_more_than_4_MiB_is_refused) {
  const std::string lines = "---\n" + std::string(kMaxFrontMatter / 2, '#') + "\n";
  EXPECT_EQ(front_matter(lines + "---\ntext", "README.md").size(), kMaxFrontMatter / 2 + 2);
  EXPECT_EQ(test::message_of([&] {
              front_matter(lines + std::string(kMaxFrontMatter, '#') + "\n---\n", "README.md");
            }),
            "README.md: the front matter has more than 4194304 bytes");
}

TEST_F(DataSetBounds, a_feature_that_is_a_part_of_itself_has_no_class_names) {
  write("README.md",
        "---\ndataset_info:\n  features:\n  - &f {name: label, dtype: *f, sequence: *f, "
        "list: *f}\n---\n");
  write("validation.csv", "label\n1\n");
  EXPECT_TRUE(load(root()).class_names.empty());
}

}  // namespace
}  // namespace quantbench::dataset
