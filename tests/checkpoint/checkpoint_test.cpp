#include "quantbench/checkpoint/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantbench/base/error.h"
#include "support/checkpoint_files.h"
#include "support/message_of.h"
#include "support/real_assets.h"

namespace quantbench::checkpoint {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CheckpointTest : public ::testing::Test {
 protected:
  void SetUp() override {
    write_text(at("config.json"), R"({"model_type": "bert"})");
    test::SafetensorsWriter writer;
    writer.add<float>("encoder.weight", "F32", {2, 1}, {1, 2});
    writer.write(at("model.safetensors"));
  }

  std::filesystem::path at(const std::string& name) const { return directory_.path() / name; }
  Checkpoint open() const { return Checkpoint::open(directory_.path()); }

  std::string labels_error(const std::string& config) const {
    write_text(at("config.json"), config);
    return test::message_of([&] { (void)open().labels(); });
  }

  void write_shards(const Json& weight_map) const {
    std::filesystem::remove(at("model.safetensors"));
    test::SafetensorsWriter first;
    first.add<float>("a", "F32", {1}, {1});
    first.write(at("one.safetensors"));
    test::SafetensorsWriter second;
    second.add<float>("b", "F32", {1}, {2});
    second.write(at("two.safetensors"));
    write_text(at("model.safetensors.index.json"), Json{{"weight_map", weight_map}}.dump());
  }

  TemporaryDirectory directory_;
};

TEST_F(CheckpointTest, opens_a_directory_with_its_configuration_and_weights) {
  const Checkpoint checkpoint = open();
  EXPECT_EQ(checkpoint.model_type(), "bert");
  const std::vector<std::int64_t> shape = {2, 1};
  EXPECT_THAT(checkpoint.get("encoder.weight", shape).to_float(), ElementsAre(1, 2));
}

TEST_F(CheckpointTest, names_the_nearest_tensor_when_one_is_missing) {
  const std::vector<std::int64_t> shape = {2, 1};
  const std::string error = test::message_of([&] { (void)open().get("encoder.weigth", shape); });
  EXPECT_THAT(error, HasSubstr("model.safetensors: missing tensor 'encoder.weigth'"));
  EXPECT_THAT(error, HasSubstr("'encoder.weight'"));
}

TEST_F(CheckpointTest, names_both_shapes_when_they_differ) {
  const std::vector<std::int64_t> shape = {1, 2};
  EXPECT_THAT(test::message_of([&] { (void)open().get("encoder.weight", shape); }),
              HasSubstr("tensor 'encoder.weight': has shape [2, 1], expected [1, 2]"));
}

TEST_F(CheckpointTest, says_what_is_missing_from_the_directory) {
  EXPECT_THAT(test::message_of([&] { (void)Checkpoint::open(at("absent")); }),
              HasSubstr("absent: no such"));
  EXPECT_THAT(test::message_of([&] { (void)Checkpoint::open(at("config.json")); }),
              HasSubstr("not a directory"));
  std::filesystem::remove(at("model.safetensors"));
  EXPECT_THAT(test::message_of([&] { (void)open(); }),
              HasSubstr("no weights (expected one of model.safetensors, "));
  std::filesystem::remove(at("config.json"));
  EXPECT_THAT(test::message_of([&] { (void)open(); }), HasSubstr("no config.json"));
}

TEST_F(CheckpointTest, refuses_a_configuration_that_is_not_an_object) {
  write_text(at("config.json"), "[]");
  EXPECT_THAT(test::message_of([&] { (void)open(); }),
              HasSubstr("config.json: expected a JSON object"));
}

TEST_F(CheckpointTest, takes_tensors_from_the_shards_that_the_index_names) {
  write_shards({{"a", "one.safetensors"}, {"b", "two.safetensors"}});
  const Checkpoint checkpoint = open();
  EXPECT_THAT(checkpoint.names(), ElementsAre("a", "b"));
  EXPECT_THAT(checkpoint.find("a")->to_float(), ElementsAre(1));
  EXPECT_THAT(checkpoint.find("b")->to_float(), ElementsAre(2));
}

TEST_F(CheckpointTest, refuses_an_index_that_does_not_fit_its_shards) {
  write_shards({{"a", "two.safetensors"}});
  EXPECT_THAT(test::message_of([&] { (void)open(); }),
              HasSubstr("tensor 'a': is missing in 'two.safetensors'"));
  write_shards({{"a", "three.safetensors"}});
  EXPECT_THAT(test::message_of([&] { (void)open(); }), HasSubstr("three.safetensors"));
  write_shards({{"a", "../one.safetensors"}});
  EXPECT_THAT(test::message_of([&] { (void)open(); }), HasSubstr("not the plain name of a file"));
  write_shards({{"a", 3}});
  EXPECT_THAT(test::message_of([&] { (void)open(); }), HasSubstr("its file must be a string"));
  write_shards(Json::object());
  EXPECT_THAT(test::message_of([&] { (void)open(); }), HasSubstr("weight_map"));
  write_shards(Json::array());
  EXPECT_THAT(test::message_of([&] { (void)open(); }), HasSubstr("weight_map"));
  write_text(at("model.safetensors.index.json"), "{\n ,");
  EXPECT_THAT(test::message_of([&] { (void)open(); }), HasSubstr("index.json:2: not valid JSON"));
}

TEST_F(CheckpointTest, orders_labels_by_their_number) {
  write_text(at("config.json"), R"({"id2label": {"1": "positive", "0": "negative"}})");
  EXPECT_THAT(open().labels(), ElementsAre("negative", "positive"));
}

TEST_F(CheckpointTest, generates_labels_when_the_configuration_only_counts_them) {
  write_text(at("config.json"), R"({"num_labels": 3})");
  EXPECT_THAT(open().labels(), ElementsAre("LABEL_0", "LABEL_1", "LABEL_2"));
  write_text(at("config.json"), "{}");
  EXPECT_THAT(open().labels(), ElementsAre("LABEL_0", "LABEL_1"));
}

TEST_F(CheckpointTest, takes_labels_of_label2id_alone_with_ids_as_numbers_or_text) {
  write_text(at("config.json"), R"({"label2id": {"b": 1, "a": 0, "c": 2}})");
  EXPECT_THAT(open().labels(), ElementsAre("a", "b", "c"));
  write_text(at("config.json"), R"({"id2label": null, "label2id": {"b": "1", "a": " 0"}})");
  EXPECT_THAT(open().labels(), ElementsAre("a", "b"));
  for (const char* odd : {R"({"a": 0, "b": 2})", R"({"a": 0, "b": 0})", R"({"a": 0, "b": "one"})",
                          R"({"a": 0, "b": null})", "[]", "{}"}) {
    write_text(at("config.json"), std::string(R"({"label2id": )") + odd + "}");
    EXPECT_THAT(open().labels(), ElementsAre("LABEL_0", "LABEL_1")) << odd << ", as transformers";
  }
}

TEST_F(CheckpointTest, refuses_labels_that_are_not_numbered_from_zero) {
  EXPECT_THAT(labels_error(R"({"id2label": {"0": "a", "2": "b"}})"), HasSubstr("without gaps"));
  EXPECT_THAT(labels_error(R"({"id2label": {"-1": "a"}})"), HasSubstr("without gaps"));
  EXPECT_THAT(labels_error(R"({"id2label": {"0": "a", "00": "b"}})"), HasSubstr("without gaps"));
  EXPECT_THAT(labels_error(R"({"id2label": {"x": "a"}})"), HasSubstr("key 'x'"));
  EXPECT_THAT(labels_error(R"({"id2label": []})"), HasSubstr("must be an object"));
  EXPECT_THAT(labels_error(R"({"num_labels": 0})"), HasSubstr("num_labels is 0"));
  EXPECT_THAT(labels_error(R"({"num_labels": 99999999999})"), HasSubstr("num_labels"));
}

TEST_F(CheckpointTest, changes_its_content_hash_with_configuration_and_weights) {
  const std::string before = open().content_hash();
  EXPECT_EQ(before, open().content_hash());
  write_text(at("config.json"), R"({"model_type": "roberta"})");
  const std::string other_configuration = open().content_hash();
  EXPECT_NE(before, other_configuration);
  test::SafetensorsWriter writer;
  writer.add<float>("encoder.weight", "F32", {2, 1}, {1, 3});
  writer.write(at("model.safetensors"));
  EXPECT_NE(other_configuration, open().content_hash());
}

TEST(CheckpointOfRealModel, opens_with_its_labels_and_half_precision_weights) {
  QUANTBENCH_NEEDS_REAL_ASSETS();
  const Checkpoint checkpoint = Checkpoint::open(test::real_assets() / "sst2-minilm");
  EXPECT_EQ(checkpoint.model_type(), "bert");
  EXPECT_THAT(checkpoint.labels(), ElementsAre("negative", "positive"));
  const std::vector<std::int64_t> shape = {2, 384};
  EXPECT_EQ(checkpoint.get("classifier.weight", shape).to_float().size(), 768U);
}

}  // namespace
}  // namespace quantbench::checkpoint
