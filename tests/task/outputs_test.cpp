#include "quantbench/task/outputs.h"

#include <gmock/gmock.h>

#include "support/message_of.h"

namespace quantbench::task {
namespace {

using quantbench::test::message_of;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<WantedOutput> kClasses = {{"logits", {-1, 3}}};
const std::vector<WantedOutput> kSpan = {{"start_logits", {-1, -1}}, {"end_logits", {-1, -1}}};

TEST(FindOutputs, takes_them_by_name_wherever_they_stand) {
  EXPECT_THAT(find_outputs(kClasses, {{"hidden_states.0", {-1, -1, 8}}, {"logits", {-1, 3}}}),
              ElementsAre(1));
  EXPECT_THAT(find_outputs(kSpan, {{"end_logits", {-1, -1}}, {"start_logits", {-1, -1}}}),
              ElementsAre(1, 0));
  EXPECT_THAT(find_outputs(kClasses, {{"logits:0", {}}}), ElementsAre(0));
}

TEST(FindOutputs, takes_them_by_shape_if_that_leaves_one_choice) {
  EXPECT_THAT(find_outputs(kClasses, {{"hidden", {-1, -1, 3}}, {"1234", {-1, 3}}}), ElementsAre(1));
  EXPECT_THAT(find_outputs(kSpan, {{"output_0", {1, 16}}, {"output_1", {1, 16}}}),
              ElementsAre(0, 1));
  EXPECT_THAT(find_outputs(kClasses, {{"out", {}}}), ElementsAre(0));
  EXPECT_THAT(message_of([] {
                find_outputs(kClasses, {{"a", {-1, 3}}, {"b", {-1, 3}}});
              }),
              AllOf(HasSubstr("a [any, 3], b [any, 3]"), HasSubstr("logits [any, 3]")));
}

TEST(FindOutputs, says_that_hidden_states_are_no_answer) {
  EXPECT_EQ(
      message_of([] {
        find_outputs(kClasses, {{"last_hidden_state", {-1, -1, 8}}, {"pooler_output", {-1, 3}}});
      }),
      "the model gives last_hidden_state [any, any, 8], pooler_output [any, 3], and the task "
      "needs logits [any, 3] (it has no head: export it with the head of the task)");
}

TEST(FindOutputs, refuses_logits_of_another_number_of_classes) {
  EXPECT_THAT(message_of([] {
                find_outputs(kClasses, {{"logits", {-1, 4}}});
              }),
              HasSubstr("the model gives logits [any, 4], and the task needs logits [any, 3]"));
}

}  // namespace
}  // namespace quantbench::task
