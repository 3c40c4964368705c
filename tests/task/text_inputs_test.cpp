#include "quantbench/task/text_inputs.h"

#include <gmock/gmock.h>

#include "support/message_of.h"

namespace quantbench::task {
namespace {

using quantbench::test::message_of;
using runtime::InputInfo;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<std::int64_t>& values(const runtime::NamedTensor& input) {
  return std::get<std::vector<std::int64_t>>(input.tensor.values);
}

preprocess::Encoding encoding() {
  preprocess::Encoding out;
  out.input_ids = {2, 5, 3};
  out.attention_mask = {1, 1, 1};
  out.token_type_ids = {0, 0, 1};
  return out;
}

InputInfo tokens(const std::string& name, std::int64_t length = -1) {
  return {name, false, {-1, length}, runtime::ElementType::kInt32};
}

TEST(TextInputs, are_the_models_own_under_its_own_names) {
  const TextInputs inputs({tokens("input_mask"), tokens("segment_ids:0"), tokens("ids")});
  const auto made = inputs.of(encoding(), 9, Json::object());
  ASSERT_EQ(made.size(), 3U);
  EXPECT_EQ(made[0].name, "ids");
  EXPECT_THAT(values(made[0]), ElementsAre(2, 5, 3));
  EXPECT_EQ(made[1].name, "input_mask");
  EXPECT_THAT(values(made[1]), ElementsAre(1, 1, 1));
  EXPECT_EQ(made[2].name, "segment_ids:0");
  EXPECT_THAT(values(made[2]), ElementsAre(0, 0, 1));
}

TEST(TextInputs, without_a_known_name_the_only_one_holds_the_token_ids) {
  const auto made = TextInputs({tokens("input.1")}).of(encoding(), 9, Json::object());
  ASSERT_EQ(made.size(), 1U);
  EXPECT_EQ(made[0].name, "input.1");
  EXPECT_THAT(values(made[0]), ElementsAre(2, 5, 3));
}

TEST(TextInputs, positions_are_made_where_the_model_asks_for_them) {
  const TextInputs inputs({tokens("input_ids"), tokens("position_ids", 5)});
  EXPECT_EQ(inputs.fixed_length(), 5);
  EXPECT_THAT(values(inputs.of(encoding(), 9, {{"model_type", "bert"}})[1]),
              ElementsAre(0, 1, 2, 0, 0));
  EXPECT_THAT(values(inputs.of(encoding(), 9, {{"model_type", "roberta"}, {"pad_token_id", 1}})[1]),
              ElementsAre(2, 3, 4, 1, 1));
}

TEST(TextInputs, are_padded_to_the_only_length_that_the_model_takes) {
  const TextInputs inputs({tokens("input_ids", 5), tokens("attention_mask", 5)});
  const auto made = inputs.of(encoding(), 9, Json::object());
  EXPECT_THAT(made[0].tensor.shape, ElementsAre(1, 5));
  EXPECT_THAT(values(made[0]), ElementsAre(2, 5, 3, 9, 9));
  EXPECT_THAT(values(made[1]), ElementsAre(1, 1, 1, 0, 0));
}

TEST(TextInputs, name_the_input_that_a_task_does_not_have) {
  EXPECT_THAT(message_of([] {
                TextInputs({tokens("input_ids"), tokens("decoder_input_ids")});
              }),
              AllOf(HasSubstr("the model needs an input 'decoder_input_ids' that the task"),
                    HasSubstr("position_ids")));
  EXPECT_THAT(message_of([] { TextInputs({tokens("a"), tokens("b")}); }), HasSubstr("'b'"));
  EXPECT_THAT(message_of([] { TextInputs({{"x", true, {-1, 3}}}); }), HasSubstr("'x'"));
  EXPECT_THAT(message_of([] { TextInputs({tokens("attention_mask")}); }),
              HasSubstr("has no input for token ids"));
}

}  // namespace
}  // namespace quantbench::task
