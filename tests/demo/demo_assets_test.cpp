#include "quantbench/demo/demo_assets.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/text.h"
#include "quantbench/preprocess/tokenizer.h"
#include "quantbench/spec/spec.h"

namespace quantbench::demo {
namespace {

std::filesystem::path committed() {
  return std::filesystem::path(QUANTBENCH_TEST_DATA).parent_path().parent_path() / "assets" /
         "demo";
}

/// sentence -> label
std::map<std::string, std::string> read_split(const std::string& name) {
  std::map<std::string, std::string> rows;
  const auto lines = split(read_text(committed() / "data" / name), '\n');
  for (std::size_t i = 1; i + 1 < lines.size(); ++i) {
    const auto fields = split(lines[i], '\t');
    EXPECT_EQ(fields.size(), 2u) << lines[i];
    EXPECT_TRUE(rows.emplace(fields.at(0), fields.at(1)).second) << "twice: " << lines[i];
  }
  return rows;
}

TEST(DemoAssets, unpacks_exactly_the_committed_files) {
  const TemporaryDirectory directory;
  const auto place = directory.path() / "deep" / "demo";
  unpack(place);
  std::set<std::string> there, expected;
  for (const auto& [root, names] : {std::pair(place, &there), std::pair(committed(), &expected)}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      if (entry.is_regular_file()) {
        names->insert(std::filesystem::relative(entry.path(), root).generic_string());
      }
    }
  }
  EXPECT_EQ(there, expected);
  for (const std::string& name : expected) {
    EXPECT_TRUE(read_text(place / name) == read_text(committed() / name)) << name;
  }
}

TEST(DemoAssets, unpacks_over_what_an_earlier_run_left) {
  const TemporaryDirectory directory;
  unpack(directory.path());
  write_text(directory.path() / "spec.yaml", "changed");
  unpack(directory.path());
  EXPECT_EQ(read_text(directory.path() / "spec.yaml"), read_text(committed() / "spec.yaml"));
}

TEST(DemoAssets, says_where_it_cannot_write) {
  const TemporaryDirectory directory;
  write_text(directory.path() / "file", "");
  EXPECT_THROW(unpack(directory.path() / "file"), Error);
}

TEST(DemoAssets, held_out_sentences_are_not_in_the_training_split_and_labels_are_near_balanced) {
  const auto train = read_split("train.tsv");
  const auto validation = read_split("validation.tsv");
  EXPECT_GE(validation.size(), 300u);
  EXPECT_GE(train.size(), 2000u);
  for (const auto& [sentence, label] : validation)
    EXPECT_FALSE(train.contains(sentence)) << sentence;
  for (const auto* rows : {&train, &validation}) {
    const auto positive = std::count_if(rows->begin(), rows->end(),
                                        [](const auto& row) { return row.second == "1"; });
    EXPECT_NEAR(static_cast<double>(positive) / static_cast<double>(rows->size()), 0.5, 0.05);
  }
}

TEST(DemoAssets, the_spec_finds_model_and_data_beside_it_and_has_five_distinct_rows) {
  const TemporaryDirectory directory;
  unpack(directory.path());
  const spec::Spec spec = spec::load(directory.path() / "spec.yaml");
  EXPECT_EQ(spec.cells.size(), 5u);
  EXPECT_TRUE(std::filesystem::exists(std::filesystem::path(spec.name_or_path) / "config.json"));
  EXPECT_TRUE(std::filesystem::exists(std::filesystem::path(spec.dataset.path) / "validation.tsv"));
}

TEST(DemoAssets, no_word_of_the_sentences_is_unknown_to_the_tokenizer) {
  const auto tokenizer = preprocess::Tokenizer::open(committed() / "model");
  constexpr std::int64_t kUnknown = 1;
  for (const auto& [sentence, label] : read_split("validation.tsv")) {
    const auto ids = tokenizer->encode(sentence, std::nullopt, {}).input_ids;
    EXPECT_EQ(std::count(ids.begin(), ids.end(), kUnknown), 0) << sentence;
  }
}

}  // namespace
}  // namespace quantbench::demo
