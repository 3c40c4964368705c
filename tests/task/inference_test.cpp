#include "quantbench/task/inference.h"

#include <gmock/gmock.h>

#include "quantbench/task/task.h"
#include "support/message_of.h"

namespace quantbench::task {
namespace {

using quantbench::test::message_of;
using ::testing::AllOf;
using ::testing::HasSubstr;

std::string inferred(const Json& config) { return task_of("", config, "m/config.json", "--task"); }

TEST(TaskOf, a_model_is_the_task_whose_head_its_class_has) {
  for (const auto& [name, task] :
       {std::pair{"BertForSequenceClassification", "text-classification"},
        std::pair{"RobertaForTokenClassification", "token-classification"},
        std::pair{"DistilBertForQuestionAnswering", "question-answering"},
        std::pair{"TFViTForImageClassification", "image-classification"},
        std::pair{"DeiTForImageClassificationWithTeacher", "image-classification"}}) {
    EXPECT_EQ(inferred({{"architectures", {name}}}), task) << name;
  }
}

TEST(TaskOf, a_task_that_is_given_stays) {
  EXPECT_EQ(task_of("token-classification", Json::object(), "c", "task"), "token-classification");
  EXPECT_EQ(task_of("token-classification", {{"architectures", {"BertModel"}}}, "c", "task"),
            "token-classification")
      << "the weights may have a head all the same";
}

TEST(TaskOf, a_model_type_of_one_task_needs_no_class) {
  EXPECT_EQ(inferred({{"model_type", "vit"}}), "image-classification");
}

TEST(TaskOf, what_cannot_be_inferred_names_the_choices) {
  EXPECT_EQ(message_of([] {
              inferred({{"architectures", {"BertForMaskedLM"}}});
            }),
            "m/config.json: the task is not given, and no task is known for the head of "
            "BertForMaskedLM (--task is one of image-classification, question-answering, "
            "text-classification, token-classification)");
  for (const Json& config :
       {Json::object(), Json{{"architectures", nullptr}}, Json{{"architectures", 3}},
        Json{{"architectures", {3}}}, Json{{"model_type", "bert"}}, Json::array()}) {
    EXPECT_THAT(message_of([&] { inferred(config); }),
                AllOf(HasSubstr("no 'architectures'"), HasSubstr("--task is one of")))
        << config;
  }
  EXPECT_THAT(
      message_of([] {
        inferred({{"architectures", {"BertForTokenClassification", "BertForQuestionAnswering"}}});
      }),
      HasSubstr("(--task is one of question-answering, token-classification)"));
}

TEST(TaskOf, a_task_that_the_head_contradicts_is_refused) {
  EXPECT_EQ(message_of([] {
              task_of("text-classification", {{"architectures", {"BertForTokenClassification"}}},
                      "m/config.json", "--task");
            }),
            "m/config.json: architectures: the model has the head of token-classification "
            "(BertForTokenClassification), not of text-classification (--task "
            "token-classification)");
  EXPECT_THAT(message_of([] { task_of("text-clasification", Json::object(), "c", "--task"); }),
              AllOf(HasSubstr("--task"), HasSubstr("did you mean 'text-classification'")));
}

}  // namespace
}  // namespace quantbench::task
