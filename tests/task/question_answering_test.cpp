#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/task/answer_span.h"
#include "quantbench/task/first_look.h"
#include "quantbench/task/task.h"
#include "support/message_of.h"

namespace quantbench::task {
namespace {

using ::testing::HasSubstr;
using ::testing::Pair;

/// [CLS] question [SEP] c0 c1 c2 c3 [SEP]; the context is "Al bert ran off", where "Albert" is two
/// tokens.
preprocess::Encoding window() {
  preprocess::Encoding encoding;
  encoding.input_ids = {2, 5, 3, 6, 7, 8, 9, 3};
  encoding.attention_mask = {1, 1, 1, 1, 1, 1, 1, 1};
  encoding.sequence_ids = {-1, 0, -1, 1, 1, 1, 1, -1};
  encoding.word_ids = {-1, 0, -1, 0, 0, 1, 2, -1};
  encoding.offsets = {{0, 0}, {0, 3}, {0, 0}, {0, 2}, {2, 6}, {7, 10}, {11, 14}, {0, 0}};
  return encoding;
}

TEST(FindAnswer, takes_the_most_probable_span_that_is_in_order) {
  //                               cls q  sep c0 c1 c2 c3 sep
  const std::vector<float> start = {0, 9, 0, 1, 0, 4, 0, 9};
  const std::vector<float> end = {0, 9, 0, 0, 5, 1, 2, 9};
  const auto answer = find_answer(start, end, window(), 15);
  ASSERT_TRUE(answer.best.has_value());
  // c2..c3 has 4 + 2; c0..c1 has 1 + 5: equal, and the first wins. c2..c1 (9) is out of order.
  EXPECT_EQ(answer.best->first, 3U);
  EXPECT_EQ(answer.best->last, 4U);
}

TEST(FindAnswer, does_not_exceed_the_longest_answer) {
  const std::vector<float> start = {0, 0, 0, 9, 0, 0, 0, 0};
  const std::vector<float> end = {0, 0, 0, 0, 0, 1, 9, 0};
  EXPECT_EQ(find_answer(start, end, window(), 4).best->last, 6U);
  EXPECT_EQ(find_answer(start, end, window(), 3).best->last, 5U);
}

TEST(FindAnswer, reads_no_padding_and_knows_when_there_is_no_context) {
  auto padded = window();
  padded.attention_mask = {1, 1, 1, 1, 0, 0, 0, 0};
  const std::vector<float> logits = {0, 0, 0, 1, 9, 9, 9, 9};
  const auto answer = find_answer(logits, logits, padded, 15);
  EXPECT_EQ(answer.best->first, 3U);
  EXPECT_EQ(answer.best->last, 3U);
  padded.attention_mask = {1, 1, 1, 0, 0, 0, 0, 0};
  EXPECT_FALSE(find_answer(logits, logits, padded, 15).best.has_value());
}

TEST(FindAnswer, the_probability_of_no_answer_is_that_of_the_first_token) {
  const std::vector<float> zeros(8, 0.0F);
  // CLS and four tokens of context share the probability.
  EXPECT_DOUBLE_EQ(find_answer(zeros, zeros, window(), 15).no_answer, 0.2 * 0.2);
}

TEST(AnswerBytes, are_widened_to_whole_words) {
  EXPECT_THAT(answer_bytes({4, 4, 1.0}, window()), Pair(0U, 6U));
  EXPECT_THAT(answer_bytes({3, 5, 1.0}, window()), Pair(0U, 10U));
  EXPECT_THAT(answer_bytes({6, 6, 1.0}, window()), Pair(11U, 14U));
}

/// Ids: [PAD] 0, [UNK] 1, [CLS] 2, [SEP] 3, who 4, x 5, paris 6, in 7.
constexpr const char* kQuestionVocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\nwho\nx\nparis\nin\n";

/// Starts and ends an answer at "paris", or at CLS if the context does not have it.
class ParisFinder : public runtime::Session {
 public:
  const std::vector<runtime::InputInfo>& inputs() const override { return inputs_; }
  const std::vector<std::string>& output_names() const override { return outputs_; }
  std::vector<runtime::Tensor> run(const std::vector<runtime::NamedTensor>& inputs) const override {
    std::vector<float> logits;
    for (const std::int64_t id : std::get<std::vector<std::int64_t>>(inputs.at(0).tensor.values)) {
      logits.push_back(id == 6 ? 8.0F : id == 2 ? 4.0F : 0.0F);
    }
    longest = std::max(longest, inputs[0].tensor.shape[1]);
    return {{inputs[0].tensor.shape, logits}, {inputs[0].tensor.shape, logits}};
  }
  void run_visit(const std::vector<runtime::NamedTensor>&,
                 const runtime::OutputVisitor&) const override {
    throw Error("not needed here");
  }
  std::unique_ptr<Bound> bind(const std::vector<runtime::NamedTensor>&) const override {
    throw Error("not needed here");
  }
  mutable std::int64_t longest = 0;

 private:
  std::vector<runtime::InputInfo> inputs_ = {{"input_ids", false, {-1, -1}},
                                             {"attention_mask", false, {-1, -1}}};
  std::vector<std::string> outputs_ = {"start_logits", "end_logits"};
};

class QuestionAnsweringTest : public ::testing::Test {
 protected:
  QuestionAnsweringTest() {
    write_text(directory_.path() / "vocab.txt", kQuestionVocabulary);
    write_text(directory_.path() / "tokenizer_config.json",
               R"({"tokenizer_class": "BertTokenizer", "model_max_length": 16,
                   "do_lower_case": true})");
    context_.model_directory = directory_.path();
    context_.config = {{"model_type", "bert"}, {"vocab_size", 8}};
    context_.data_keys = {{"question", "question"}, {"context", "context"}};
    context_.ref_keys = {"answers"};
    context_.task_args = Json::object();
  }

  static dataset::Split split(const std::string& context, std::vector<std::string> answers) {
    dataset::Split out;
    out.columns = {"id", "question", "context", "answers"};
    out.files = {"validation.json"};
    out.rows = dataset::rows_in_memory(
        {{{"id", "q1"},
          {"question", "Who"},
          {"context", context},
          {"answers", {{"text", answers}, {"answer_start", Json::array()}}}}},
        {"validation.json: row 1"});
    return out;
  }

  Evaluation run(const dataset::Split& data, std::vector<std::string> metrics,
                 std::size_t batch = 1) const {
    EvaluationOptions options;
    options.metrics = std::move(metrics);
    options.eval_batch_size = batch;
    options.streams = 1;
    return evaluate(session_, *task().prepare(context_, data), data, {}, options);
  }

  static const Task& task() { return tasks().get("question-answering"); }

  TemporaryDirectory directory_;
  TaskContext context_;
  ParisFinder session_;
};

TEST_F(QuestionAnsweringTest, answers_with_the_text_of_the_context) {
  const auto result = run(split("x in Paris x", {"Paris"}), {"exact_match", "f1"});
  EXPECT_EQ(result.predictions[0], Json({{"id", "q1"}, {"prediction_text", "Paris"}}));
  EXPECT_DOUBLE_EQ(result.figures.at("exact_match"), 100);
  EXPECT_DOUBLE_EQ(result.figures.at("f1"), 100);
}

TEST_F(QuestionAnsweringTest, finds_the_answer_in_whichever_window_it_stands) {
  std::string context;
  for (int i = 0; i < 40; ++i) context += "x ";
  const auto data = split(context + "Paris", {"Paris"});
  context_.task_args = {{"max_seq_length", 10}, {"doc_stride", 3}};
  for (const std::size_t batch : {1, 4}) {
    EXPECT_EQ(run(data, {}, batch).predictions[0]["prediction_text"], "Paris") << batch;
  }
  EXPECT_EQ(session_.longest, 10);
}

TEST_F(QuestionAnsweringTest, pads_to_the_longest_input_only_when_it_is_told_to) {
  const auto data = split("in Paris", {"Paris"});
  run(data, {});
  EXPECT_EQ(session_.longest, 6);
  context_.task_args = {{"padding", "max_length"}};
  EXPECT_EQ(run(data, {}).predictions[0]["prediction_text"], "Paris");
  EXPECT_EQ(session_.longest, 16);
}

TEST_F(QuestionAnsweringTest, says_how_long_its_inputs_get_and_what_pads_them) {
  const auto data = split("in Paris", {"Paris"});
  EXPECT_EQ(task().prepare(context_, data)->longest_input(), 16U);
  context_.task_args = {{"max_seq_length", 10}, {"doc_stride", 3}};
  const auto processor = task().prepare(context_, data);
  EXPECT_EQ(processor->longest_input(), 10U);
  EXPECT_EQ(processor->pad_token_id(), 0);
}

TEST_F(QuestionAnsweringTest, a_question_without_answer_needs_the_option) {
  const auto data = split("x in x", {});
  EXPECT_EQ(quantbench::test::message_of([&] { run(data, {}); }),
            "validation.json: row 1: the question has no answer (set "
            "task_args.handle_impossible_answer to true and measure squad_v2)");
  context_.task_args = {{"handle_impossible_answer", true}};
  const auto result = run(data, {"squad_v2"});
  EXPECT_EQ(result.predictions[0]["prediction_text"], "");
  EXPECT_DOUBLE_EQ(result.figures.at("NoAns_exact"), 100);
  EXPECT_THAT(quantbench::test::message_of([&] { run(data, {"HasAns_f1"}); }),
              HasSubstr("metric 'squad_v2' has no figure 'HasAns_f1' for this data set"));
}

TEST_F(QuestionAnsweringTest, a_question_longer_than_the_input_is_unanswered_and_no_other) {
  auto data = split("x in Paris x", {"Paris"});
  auto long_question = data.row(0);
  long_question["id"] = "q2";
  for (const int words : {10, 12, 40}) {  // too few tokens for the context, none, more than all
    std::string question;
    for (int i = 0; i < words; ++i) question += "x ";
    long_question["question"] = question;
    data.rows = dataset::rows_in_memory({data.row(0), long_question}, {"row 1", "row 2"});
    const auto processor = task().prepare(context_, data);
    const auto remarks = look_at_samples(*processor, data, false);
    ASSERT_EQ(remarks.size(), 1U) << words;
    EXPECT_THAT(remarks[0], HasSubstr("1 of 2 samples cannot be used and counts as unanswered: row "
                                      "2: the question has " +
                                      std::to_string(words + 2) + " tokens"));
    EXPECT_THAT(quantbench::test::message_of([&] { look_at_samples(*processor, data, true); }),
                HasSubstr("1 of 2 samples cannot be used; the first: row 2: the question has"));
    const auto result = run(data, {"exact_match"});
    EXPECT_EQ(result.predictions[0]["prediction_text"], "Paris");
    EXPECT_EQ(result.predictions[1], Json({{"id", "q2"}, {"prediction_text", ""}}));
    EXPECT_DOUBLE_EQ(result.figures.at("exact_match"), 50);
    EXPECT_EQ(result.samples, 2U);
    EXPECT_EQ(result.remarks, remarks);
  }
}

TEST_F(QuestionAnsweringTest, a_long_question_before_a_short_context_is_no_fault) {
  auto data = split("Paris", {"Paris"});
  auto row = data.row(0);
  row["question"] = "x x x x x x x x x x";
  data.rows = dataset::rows_in_memory({row});
  EXPECT_TRUE(look_at_samples(*task().prepare(context_, data), data, true).empty());
  EXPECT_DOUBLE_EQ(run(data, {"exact_match"}).figures.at("exact_match"), 100);
}

TEST_F(QuestionAnsweringTest, answers_may_be_a_list_of_objects) {
  auto data = split("in Paris", {"Paris"});
  auto row = data.row(0);
  row["answers"] = {{{"text", "London"}, {"answer_start", 0}},
                    {{"text", "Paris"}, {"answer_start", 3}}};
  data.rows = dataset::rows_in_memory({row});
  EXPECT_DOUBLE_EQ(run(data, {"exact_match"}).figures.at("exact_match"), 100);
  row["answers"] = {{{"answer_start", 3}}};
  data.rows = dataset::rows_in_memory({row}, {"here"});
  EXPECT_EQ(quantbench::test::message_of([&] { run(data, {}); }),
            "here: column 'answers' must hold answers {\"text\": [...]}");
}

TEST_F(QuestionAnsweringTest, settings_that_cannot_be_are_refused) {
  const auto data = split("in Paris", {"Paris"});
  const auto refused = [&](Json task_args) {
    context_.task_args = std::move(task_args);
    return quantbench::test::message_of([&] { task().prepare(context_, data); });
  };
  EXPECT_EQ(refused({{"max_answer_len", 0}}), "task_args: max_answer_len must be at least 1");
  EXPECT_EQ(refused({{"doc_stride", 16}}),
            "task_args: doc_stride is 16, expected at least 0 and less than max_seq_length, which "
            "is 16");
  EXPECT_EQ(refused({{"padding", "longest"}}),
            "task_args: unknown padding 'longest' (known: do_not_pad, max_length)");
}

TEST(QuestionAnswering, looks_at_the_columns_of_its_keys_and_the_id) {
  TaskContext context;
  context.data_keys = {{"question", "q"}, {"context", "text"}};
  context.ref_keys = {"answers"};
  EXPECT_THAT(tasks().get("question-answering").columns(context),
              ::testing::UnorderedElementsAre("q", "text", "answers", "id"));
  context.data_keys = {{"primary", "a"}, {"secondary", nullptr}};
  EXPECT_THAT(tasks().get("text-classification").columns(context),
              ::testing::UnorderedElementsAre("a", "answers"));
}

}  // namespace
}  // namespace quantbench::task
