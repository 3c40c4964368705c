#include "quantbench/dataset/class_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"

namespace quantbench::dataset {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Descriptions : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    write_text(directory_.path() / name, text);
  }
  ClassNames read(const std::optional<std::string>& configuration = std::nullopt) {
    std::vector<std::filesystem::path> files;
    for (const char* name : {"dataset_info.json", "dataset_infos.json", "README.md"}) {
      if (std::filesystem::exists(directory_.path() / name)) {
        files.push_back(directory_.path() / name);
      }
    }
    return read_class_names(files, configuration);
  }
  std::string refused() {
    try {
      read();
    } catch (const Error& error) {
      return error.what();
    }
    return "nothing was thrown";
  }

  TemporaryDirectory directory_;
};

TEST_F(Descriptions, nothing_described_is_no_class_names) {
  EXPECT_TRUE(read().empty());
  write("README.md", "# A data set\n\nNo front matter here.\n");
  EXPECT_TRUE(read().empty());
}

TEST_F(Descriptions, dataset_info_json_as_datasets_writes_it) {
  write("dataset_info.json", R"({"description": "", "features": {
    "sentence": {"dtype": "string", "_type": "Value"},
    "label": {"names": ["negative", "positive"], "_type": "ClassLabel"},
    "ner_tags": {"feature": {"names": ["O", "B-PER"], "_type": "ClassLabel"}, "_type": "Sequence"}
  }})");
  const ClassNames names = read();
  ASSERT_EQ(names.size(), 2U);
  EXPECT_THAT(names.at("label"), ElementsAre("negative", "positive"));
  EXPECT_THAT(names.at("ner_tags"), ElementsAre("O", "B-PER"));
}

TEST_F(Descriptions, dataset_infos_json_has_an_entry_a_configuration) {
  write("dataset_infos.json", R"({
    "sst2": {"features": {"label": {"names": ["negative", "positive"], "_type": "ClassLabel"}}},
    "rte": {"features": {"label": {"names": ["entailment", "not_entailment"],
                                   "_type": "ClassLabel"}}}})");
  EXPECT_THAT(read("rte").at("label"), ElementsAre("entailment", "not_entailment"));
  EXPECT_TRUE(read().empty()) << "two configurations and none named";
}

TEST_F(Descriptions, front_matter_of_the_card_as_the_hub_has_it) {
  write("README.md", R"(---
license: unknown
dataset_info:
- config_name: cola
  features:
  - name: label
    dtype:
      class_label:
        names:
          '0': unacceptable
          '1': acceptable
- config_name: ner
  features:
  - name: tokens
    sequence: string
  - name: tags
    sequence:
      class_label:
        names:
          '0': O
          '1': B-PER
          '2': I-PER
---
# GLUE
)");
  EXPECT_THAT(read("cola").at("label"), ElementsAre("unacceptable", "acceptable"));
  EXPECT_THAT(read("ner").at("tags"), ElementsAre("O", "B-PER", "I-PER"));
  EXPECT_TRUE(read("sst2").empty());
}

// tests/oracle/test_class_names.py has what `datasets` writes today.
TEST_F(Descriptions, lists_may_be_written_in_every_way) {
  write("dataset_info.json", R"({"features": {
    "old": [{"names": ["O", "A"], "num_classes": 2, "_type": "ClassLabel"}],
    "nested": [[{"names": ["O", "B"], "_type": "ClassLabel"}]],
    "list": {"feature": {"names": ["O", "C"], "_type": "ClassLabel"}, "_type": "List"},
    "large": {"feature": {"feature": {"names": ["O", "D"], "_type": "ClassLabel"}, "_type": "List"},
              "_type": "LargeList"},
    "by_id": {"names": {"1": "E", "0": "O", "2": 7}, "_type": "ClassLabel"},
    "struct": {"feature": {"names": ["O", "F"], "_type": "ClassLabel"}},
    "several": [{"names": ["O"], "_type": "ClassLabel"}, {"names": ["P"], "_type": "ClassLabel"}],
    "type": {"_type": {"dtype": "string", "_type": "Value"}}}})");
  const ClassNames names = read();
  ASSERT_EQ(names.size(), 5U) << "a struct is several columns";
  EXPECT_THAT(names.at("old"), ElementsAre("O", "A"));
  EXPECT_THAT(names.at("nested"), ElementsAre("O", "B"));
  EXPECT_THAT(names.at("list"), ElementsAre("O", "C"));
  EXPECT_THAT(names.at("large"), ElementsAre("O", "D"));
  EXPECT_THAT(names.at("by_id"), ElementsAre("O", "E", "7"));
}

TEST_F(Descriptions, lists_in_the_card_may_be_written_in_every_way) {
  write("README.md", R"(---
dataset_info:
  features:
  - {name: plain, class_label: {names: [O, A]}}
  - {name: list, list: {class_label: {names: {'0': O, '1': B}}}}
  - {name: large, large_list: {dtype: {class_label: {names: {0: O, 1: C}}}}}
  - {name: nested, sequence: {list: {class_label: {names: {'1': D, '0': O}}}}}
  - {name: struct, list: [{name: inner, dtype: {class_label: {names: [O, E]}}}]}
---
)");
  const ClassNames names = read();
  ASSERT_EQ(names.size(), 4U);
  EXPECT_THAT(names.at("plain"), ElementsAre("O", "A"));
  EXPECT_THAT(names.at("list"), ElementsAre("O", "B"));
  EXPECT_THAT(names.at("large"), ElementsAre("O", "C"));
  EXPECT_THAT(names.at("nested"), ElementsAre("O", "D"));
}

TEST_F(Descriptions, ids_that_are_no_numbers_are_refused) {
  write("dataset_info.json",
        R"({"features": {"label": {"names": {"one": "a"}, "_type": "ClassLabel"}}})");
  EXPECT_THAT(refused(), HasSubstr("features.label: class_label names have the key 'one'"));
}

TEST_F(Descriptions, names_that_look_like_numbers_stay_text) {
  write("README.md",
        "---\ndataset_info:\n  features:\n  - name: label\n    dtype:\n      class_label:\n"
        "        names:\n          '0': 0\n          '1': yes\n---\n");
  EXPECT_THAT(read().at("label"), ElementsAre("0", "yes"));
}

TEST_F(Descriptions, a_gap_in_the_class_ids_is_refused) {
  write("README.md",
        "---\ndataset_info:\n  features:\n  - name: label\n    dtype:\n      class_label:\n"
        "        names:\n          '0': a\n          '2': b\n---\n");
  EXPECT_THAT(refused(), HasSubstr("README.md: features.label: class_label names have no entry "
                                   "'1' (class ids count from 0 without gaps)"));
}

TEST_F(Descriptions, broken_front_matter_is_refused_with_its_line) {
  write("README.md", "---\nlicense: mit\ndataset_info: [\n---\n");
  EXPECT_THAT(refused(), HasSubstr("README.md:"));
  EXPECT_THAT(refused(), HasSubstr("the front matter is not valid YAML"));
}

}  // namespace
}  // namespace quantbench::dataset
