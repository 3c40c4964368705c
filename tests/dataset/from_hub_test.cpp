// Data sets of the Hub: which files are fetched, against the loopback Hub.
#include "quantbench/dataset/from_hub.h"

#include <gmock/gmock.h>

#include "quantbench/base/file.h"
#include "support/loopback_hub.h"
#include "support/message_of.h"

namespace quantbench::dataset {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kCard = R"(---
configs:
- config_name: cola
  data_files:
  - split: validation
    path: cola/validation-*
- config_name: sst2
  data_files:
  - split: train
    path: sst2/train-*
  - split: validation
    path: sst2/validation-*
dataset_info:
- config_name: sst2
  features:
  - name: sentence
    dtype: string
  - name: label
    dtype:
      class_label:
        names:
          '0': negative
          '1': positive
---
A benchmark.
)";

class FromHub : public ::testing::Test {
 protected:
  FromHub() {
    server_.add("datasets", "nyu-mll/glue").files = {
        {"README.md", kCard},
        {".gitattributes", ""},
        {"cola/validation-00000-of-00001.csv", "sentence,label\nnot this,0\n"},
        {"sst2/train-00000-of-00002.csv", "sentence,label\nfine,1\n"},
        {"sst2/train-00001-of-00002.csv", "sentence,label\npoor,0\n"},
        {"sst2/validation-00000-of-00001.csv", "sentence,label\ngood,1\nbad,0\n"}};
    server_.rename("datasets", "glue", "nyu-mll/glue");
    options_.settings.endpoint = server_.url();
    options_.settings.cache = scratch_.path();
    options_.settings.metadata_timeout = std::chrono::minutes(10);
    options_.settings.download_timeout = std::chrono::minutes(10);
    options_.sleep = [](std::chrono::milliseconds) {};
  }

  HubDataset fetch(const std::string& name, std::optional<std::string> configuration,
                   const std::vector<std::string>& splits, const std::string& revision = "main") {
    hub::Hub hub(options_);
    return fetch_from_hub(hub, name, revision, configuration, splits);
  }

  std::string refused(const std::string& name, std::optional<std::string> configuration,
                      const std::vector<std::string>& splits) {
    return test::message_of([&] { fetch(name, configuration, splits); });
  }

  /// Whether a file of the snapshot was fetched.
  static bool has(const HubDataset& fetched, const std::string& file) {
    return std::filesystem::exists(fetched.snapshot.directory / file);
  }

  TemporaryDirectory scratch_;
  test::LoopbackHub server_;
  hub::Options options_;
};

TEST_F(FromHub, fetches_the_card_and_the_files_of_the_splits_and_nothing_else) {
  const HubDataset fetched = fetch("glue", "sst2", {"validation"});
  EXPECT_EQ(fetched.snapshot.id, "nyu-mll/glue");
  EXPECT_TRUE(has(fetched, "README.md"));
  EXPECT_FALSE(has(fetched, "sst2/train-00000-of-00002.csv"));
  EXPECT_FALSE(has(fetched, "cola"));
  const Split split = load_split(fetched.source, "validation");
  ASSERT_EQ(split.size(), 2U);
  EXPECT_EQ(split.row(0).at("sentence"), "good");
  EXPECT_THAT(split.class_names.at("label"), ::testing::ElementsAre("negative", "positive"));
}

TEST_F(FromHub, fetches_every_shard_of_every_split_asked_for) {
  const HubDataset fetched = fetch("glue", "sst2", {"validation", "train"});
  EXPECT_EQ(load_split(fetched.source, "train").size(), 2U);
}

TEST_F(FromHub, has_the_same_content_hash_as_a_copy_by_hand) {
  const TemporaryDirectory copy;
  std::filesystem::create_directories(copy.path() / "sst2");
  write_text(copy.path() / "README.md", kCard);
  write_text(copy.path() / "sst2" / "validation-00000-of-00001.csv",
             "sentence,label\ngood,1\nbad,0\n");
  EXPECT_EQ(content_hash(fetch("glue", "sst2", {"validation"}).source, "validation"),
            content_hash({copy.path().string(), "sst2"}, "validation"));
}

TEST_F(FromHub, a_loading_script_is_read_from_the_converted_branch) {
  server_.add("datasets", "conll2003").files = {{"README.md", "# CoNLL"}, {"conll2003.py", "..."}};
  server_.add("datasets", "conll2003", "refs/convert/parquet").files = {
      {"conll2003/train/0000.parquet", "train"},
      {"conll2003/validation/0000.parquet", "validation"}};
  const HubDataset fetched = fetch("conll2003", std::nullopt, {"validation"});
  EXPECT_EQ(fetched.snapshot.repository.revision, "refs/convert/parquet");
  EXPECT_TRUE(has(fetched, "conll2003/validation/0000.parquet"));
  EXPECT_FALSE(has(fetched, "conll2003/train/0000.parquet"));
}

TEST_F(FromHub, a_loading_script_that_was_never_converted_is_refused) {
  server_.add("datasets", "odd").files = {{"odd.py", "..."}};
  EXPECT_THAT(
      refused("odd", std::nullopt, {"test"}),
      AllOf(HasSubstr("data set 'odd' has no data files"), HasSubstr("refs/convert/parquet")));
}

TEST_F(FromHub, unknown_configurations_and_splits_are_named) {
  EXPECT_THAT(refused("glue", "sst", {"validation"}), AllOf(HasSubstr("sst"), HasSubstr("sst2")));
  EXPECT_THAT(refused("glue", "sst2", {"test"}), AllOf(HasSubstr("'test'"), HasSubstr("train")));
  EXPECT_THAT(refused("nyu-mll/gleu", "sst2", {"test"}),
              HasSubstr("no data set 'nyu-mll/gleu' on"));
}

TEST_F(FromHub, offline_reads_what_was_fetched) {
  fetch("glue", "sst2", {"validation"});
  options_.settings.offline = true;
  EXPECT_EQ(load_split(fetch("glue", "sst2", {"validation"}).source, "validation").size(), 2U);
  EXPECT_THAT(refused("glue", "sst2", {"train"}), HasSubstr("train"));
}

}  // namespace
}  // namespace quantbench::dataset
