#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/task/task.h"
#include "support/message_of.h"
#include "support/tag_names.h"

namespace quantbench::task {
namespace {

using ::testing::ElementsAre;

/// Ids: [PAD] 0, [UNK] 1, [CLS] 2, [SEP] 3, eu 4, rejects 5, call 6, ##s 7, peter 8.
constexpr const char* kTagVocabulary =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\neu\nrejects\ncall\n##s\npeter\n";

/// A tagger that looks at one token: eu is B-ORG (1), peter B-PER (2), ##s I-PER (3), all else O.
class Tagger : public runtime::Session {
 public:
  const std::vector<runtime::InputInfo>& inputs() const override { return inputs_; }
  const std::vector<std::string>& output_names() const override { return outputs_; }
  std::vector<runtime::Tensor> run(const std::vector<runtime::NamedTensor>& inputs) const override {
    std::vector<float> logits;
    for (const std::int64_t id : std::get<std::vector<std::int64_t>>(inputs.at(0).tensor.values)) {
      std::vector<float> token(4, 0.0F);
      token[id == 4 ? 1 : id == 8 ? 2 : id == 7 ? 3 : 0] = 1.0F;
      logits.insert(logits.end(), token.begin(), token.end());
    }
    std::vector<std::int64_t> shape = inputs[0].tensor.shape;
    shape.push_back(4);
    return {{shape, logits}};
  }
  void run_visit(const std::vector<runtime::NamedTensor>&,
                 const runtime::OutputVisitor&) const override {
    throw Error("not needed here");
  }
  std::unique_ptr<Bound> bind(const std::vector<runtime::NamedTensor>&) const override {
    throw Error("not needed here");
  }

 private:
  std::vector<runtime::InputInfo> inputs_ = {{"input_ids", false, {-1, -1}},
                                             {"attention_mask", false, {-1, -1}}};
  std::vector<std::string> outputs_ = {"logits"};
};

class TokenClassificationTest : public ::testing::Test {
 protected:
  TokenClassificationTest() {
    write_text(directory_.path() / "vocab.txt", kTagVocabulary);
    write_text(directory_.path() / "tokenizer_config.json",
               R"({"tokenizer_class": "BertTokenizer", "model_max_length": 6,
                   "do_lower_case": true})");
    context_.model_directory = directory_.path();
    context_.config = {{"model_type", "bert"}, {"vocab_size", 9}};
    context_.labels = {"O", "B-ORG", "B-PER", "I-PER"};
    context_.data_keys = {{"primary", "tokens"}};
    context_.ref_keys = {"ner_tags"};
  }

  static dataset::Example row(std::vector<std::string> words, Json tags) {
    return {{"tokens", words}, {"ner_tags", std::move(tags)}};
  }

  static dataset::Split split(std::vector<dataset::Example> rows) {
    dataset::Split out;
    out.columns = {"tokens", "ner_tags"};
    out.files = {"validation.txt"};
    std::vector<std::string> places;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      places.push_back("validation.txt:" + std::to_string(10 * (i + 1)));
    }
    out.rows = dataset::rows_in_memory(std::move(rows), std::move(places));
    return out;
  }

  Evaluation evaluate_with(const dataset::Split& data, std::vector<std::string> metrics,
                           std::size_t batch = 1) const {
    EvaluationOptions options;
    options.metrics = std::move(metrics);
    options.eval_batch_size = batch;
    return evaluate(Tagger(), *task().prepare(context_, data), data, context_.labels, options);
  }

  static std::vector<Json> tags_of(const Evaluation& result) {
    std::vector<Json> out;
    for (const Json& prediction : result.predictions) {
      out.push_back(quantbench::test::with_tag_names(prediction, result.tags));
    }
    return out;
  }

  std::string refused(const dataset::Split& data) const {
    return quantbench::test::message_of([&] { task().prepare(context_, data); });
  }

  static const Task& task() { return tasks().get("token-classification"); }

  TemporaryDirectory directory_;
  TaskContext context_;
};

TEST_F(TokenClassificationTest, the_first_token_of_a_word_decides_its_tag) {
  // "calls" is call ##s: the tag of ##s is ignored.
  const auto data = split({row({"EU", "calls", "Peter"}, {"B-ORG", "O", "B-PER"})});
  const auto result = evaluate_with(data, {"seqeval"});
  EXPECT_THAT(tags_of(result), ElementsAre(Json({"B-ORG", "O", "B-PER"})));
  EXPECT_DOUBLE_EQ(result.figures.at("overall_f1"), 1.0);
  EXPECT_DOUBLE_EQ(result.figures.at("overall_accuracy"), 1.0);
}

TEST_F(TokenClassificationTest, the_cards_names_and_the_newer_ones_are_the_same_figures) {
  const auto data = split({row({"EU", "Peter"}, {"B-ORG", "O"})});
  const auto figures = evaluate_with(data, {"precision", "overall_precision", "recall"}).figures;
  EXPECT_DOUBLE_EQ(figures.at("precision"), 0.5);
  EXPECT_DOUBLE_EQ(figures.at("overall_precision"), 0.5);
  EXPECT_DOUBLE_EQ(figures.at("recall"), 1.0);
  EXPECT_EQ(figures.count("overall_f1"), 0U);
  EXPECT_EQ(quantbench::test::message_of([&] { check_metrics(task(), {"f2"}, context_.labels); }),
            "unknown metric 'f2' of this task (did you mean 'f1'?)");
}

TEST_F(TokenClassificationTest, words_that_are_cut_off_or_dropped_are_outside) {
  const auto data =
      split({row({"EU", "call", "call", "call", "Peter"}, {"B-ORG", "O", "O", "O", "B-PER"}),
             row({"\u200b", "Peter"}, {"O", "B-PER"})});
  EXPECT_THAT(tags_of(evaluate_with(data, {})),
              ElementsAre(Json({"B-ORG", "O", "O", "O", "O"}), Json({"O", "B-PER"})));
}

// A name takes four times the memory of an id, and a data set has many tags.
TEST_F(TokenClassificationTest, predictions_are_ids_of_tags) {
  const auto data = split({row({"EU", "call", "Peter"}, {"B-ORG", "O", "B-PER"})});
  const auto result = evaluate_with(data, {"seqeval"});
  EXPECT_THAT(result.predictions, ElementsAre(Json({1, 0, 2})));
  EXPECT_EQ(result.tags, context_.labels);
}

TEST_F(TokenClassificationTest, a_model_need_not_know_the_tag_of_words_that_are_cut_off) {
  context_.labels = {"B-LOC", "B-ORG", "B-PER", "I-PER"};
  const auto data =
      split({row({"EU", "EU", "EU", "EU", "EU"}, {"B-ORG", "B-ORG", "B-ORG", "B-ORG", "B-PER"})});
  const auto result = evaluate_with(data, {"seqeval"});
  EXPECT_THAT(tags_of(result), ElementsAre(Json({"B-ORG", "B-ORG", "B-ORG", "B-ORG", "O"})));
  EXPECT_DOUBLE_EQ(result.figures.at("overall_accuracy"), 0.8);
  EXPECT_DOUBLE_EQ(result.figures.at("overall_recall"), 0.8);
  EXPECT_DOUBLE_EQ(result.figures.at("overall_precision"), 1.0);
}

TEST_F(TokenClassificationTest, padding_changes_no_tag) {
  const auto data = split({row({"EU"}, Json::array({"B-ORG"})),
                           row({"EU", "rejects", "Peter"}, {"B-ORG", "O", "B-PER"})});
  EXPECT_EQ(evaluate_with(data, {}, 2).predictions, evaluate_with(data, {}).predictions);
}

TEST_F(TokenClassificationTest, tags_may_be_ids_of_named_classes) {
  auto data = split({row({"EU", "Peter"}, {2, 1})});
  data.class_names["ner_tags"] = {"O", "B-PER", "B-ORG"};
  EXPECT_DOUBLE_EQ(evaluate_with(data, {"f1"}).figures.at("f1"), 1.0);
  // A model without names uses the data set's names, in order.
  context_.labels = {"LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3"};
  data.class_names["ner_tags"] = {"O", "B-ORG", "B-PER", "I-PER"};
  data.rows = dataset::rows_in_memory({row({"EU", "Peter"}, {1, 2})});
  const auto result = evaluate_with(data, {"f1"});
  EXPECT_THAT(tags_of(result), ElementsAre(Json({"B-ORG", "B-PER"})));
  EXPECT_DOUBLE_EQ(result.figures.at("f1"), 1.0);
}

TEST_F(TokenClassificationTest, ids_without_names_are_told) {
  auto data = split({row({"EU", "Peter"}, {2, 1})});
  const auto remarks = task().prepare(context_, data)->remarks();
  ASSERT_EQ(remarks.size(), 1U);
  EXPECT_THAT(remarks[0], ::testing::HasSubstr("column 'ner_tags' holds ids without class names"));
  EXPECT_EQ(evaluate_with(data, {}).remarks, remarks);
  data.class_names["ner_tags"] = {"O", "B-PER", "B-ORG"};
  EXPECT_TRUE(task().prepare(context_, data)->remarks().empty());
  data = split({row({"EU", "Peter"}, {"B-ORG", "B-PER"})});
  EXPECT_TRUE(task().prepare(context_, data)->remarks().empty());
  data = split({row({"EU", "Peter"}, {2, 1})});
  context_.labels = {"LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3"};
  EXPECT_TRUE(task().prepare(context_, data)->remarks().empty()) << "the model has no names either";
}

TEST_F(TokenClassificationTest, rows_that_do_not_fit_are_refused_with_their_line) {
  const auto good = row({"EU"}, Json::array({"B-ORG"}));
  EXPECT_EQ(refused(split({good, row({"EU", "Peter"}, Json::array({"B-ORG"}))})),
            "validation.txt:20: 2 words but 1 tags");
  EXPECT_EQ(refused(split({good, row({"EU"}, Json::array({"B-GPE"}))})),
            "validation.txt:20: label 'B-GPE' is not in the model's label2id (the model's labels: "
            "O, B-ORG, B-PER, I-PER)");
  EXPECT_EQ(refused(split({good, {{"tokens", "EU"}, {"ner_tags", {"O"}}}})),
            "validation.txt:20: column 'tokens' must hold a list");
  EXPECT_EQ(refused(split({good, {{"tokens", {"EU", 3}}, {"ner_tags", {"O", "O"}}}})),
            "validation.txt:20: a word in column 'tokens' must be text");
}

}  // namespace
}  // namespace quantbench::task
