#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/task/task.h"
#include "support/message_of.h"
#include "task/fake_session.h"

namespace quantbench::task {
namespace {

using test::FakeSession;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Ids: [PAD] 0, [UNK] 1, [CLS] 2, [SEP] 3, bad 4, good 5, so 6.
constexpr const char* kReviewVocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\nbad\ngood\nso\n";

class TextClassificationTest : public ::testing::Test {
 protected:
  TextClassificationTest() {
    write_text(directory_.path() / "vocab.txt", kReviewVocabulary);
    write_text(directory_.path() / "tokenizer_config.json",
               R"({"tokenizer_class": "BertTokenizer", "model_max_length": 8,
                   "do_lower_case": true})");
    context_.model_directory = directory_.path();
    context_.config = {{"model_type", "bert"},
                       {"vocab_size", 7},
                       {"max_position_embeddings", 16},
                       {"label2id", {{"negative", 0}, {"positive", 1}}}};
    context_.labels = {"negative", "positive"};
    context_.data_keys = {{"primary", "sentence"}};
    context_.ref_keys = {"label"};
    context_.task_args = {{"is_regression", false}};
  }

  static dataset::Split split(std::vector<dataset::Example> rows) {
    dataset::Split out;
    for (const auto& [column, value] : rows.at(0).items()) out.columns.push_back(column);
    out.files = {"validation.tsv"};
    std::vector<std::string> places;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      places.push_back("validation.tsv:" + std::to_string(i + 2));
    }
    out.rows = dataset::rows_in_memory(std::move(rows), std::move(places));
    return out;
  }

  std::unique_ptr<Processor> prepare(const dataset::Split& data) const {
    return tasks().get("text-classification").prepare(context_, data);
  }

  /// Class ids for the labels of the data set.
  std::vector<Json> references(const dataset::Split& data) const {
    const auto processor = prepare(data);
    std::vector<Json> ids;
    for (const auto& row : data.read()) ids.push_back(processor->reference(row));
    return ids;
  }

  std::string refused(const dataset::Split& data) const {
    return quantbench::test::message_of([&] { prepare(data); });
  }

  TemporaryDirectory directory_;
  TaskContext context_;
};

/// Positive when "good" (5) occurs oftener than "bad" (4).
std::vector<float> opinion(const std::vector<std::int64_t>& ids) {
  const auto count = [&](std::int64_t id) {
    return static_cast<float>(std::count(ids.begin(), ids.end(), id));
  };
  return {count(4), count(5)};
}

const std::vector<std::string> kBertInputs = {"input_ids", "attention_mask", "token_type_ids"};

TEST_F(TextClassificationTest, evaluates_every_sample_alone_and_unpadded) {
  const auto data = split({{{"sentence", "so good"}, {"label", 1}},
                           {{"sentence", "bad bad good"}, {"label", 0}},
                           {{"sentence", "bad"}, {"label", 1}}});
  const FakeSession session(kBertInputs, opinion);
  EvaluationOptions options;
  options.metrics = {"accuracy", "f1"};
  options.streams = 1;
  std::vector<std::size_t> progress;
  options.progress = [&](std::size_t done, std::size_t) { progress.push_back(done); };
  const Evaluation result = evaluate(session, *prepare(data), data, context_.labels, options);
  EXPECT_THAT(result.predictions, ElementsAre(Json(1), Json(0), Json(0)));
  EXPECT_NEAR(result.figures.at("accuracy"), 2.0 / 3, 1e-15);
  EXPECT_NEAR(result.figures.at("f1"), 2.0 / 3, 1e-15);
  EXPECT_EQ(result.samples, 3U);
  EXPECT_THAT(progress, ElementsAre(1, 2, 3));
  // Longest first.
  const auto calls = session.calls();
  ASSERT_EQ(calls.size(), 3U);
  EXPECT_THAT(FakeSession::values(calls[0][0]), ElementsAre(2, 4, 4, 5, 3));
  EXPECT_THAT(FakeSession::values(calls[1][0]), ElementsAre(2, 6, 5, 3));
  EXPECT_THAT(FakeSession::values(calls[2][0]), ElementsAre(2, 4, 3));
  EXPECT_THAT(FakeSession::values(calls[2][1]), Each(1));
}

TEST_F(TextClassificationTest, time_figures_are_those_of_evaluate) {
  const auto data =
      split({{{"sentence", "good"}, {"label", 1}}, {{"sentence", "bad"}, {"label", 0}}});
  EvaluationOptions options;
  options.streams = 2;
  const FakeSession session(kBertInputs, opinion);
  const Evaluation result = evaluate(session, *prepare(data), data, context_.labels, options);
  const double total = result.figures.at("total_time_in_seconds");
  EXPECT_GT(total, 0);
  EXPECT_DOUBLE_EQ(result.figures.at("samples_per_second"), 2 / total);
  EXPECT_DOUBLE_EQ(result.figures.at("latency_in_seconds"), total / 2);
  EXPECT_EQ(result.streams, 2U);
  EXPECT_GT(result.seconds_per_sample, 0);
  EXPECT_LE(result.seconds_per_sample, total);
}

TEST_F(TextClassificationTest, streams_and_batches_change_no_prediction) {
  std::vector<dataset::Example> rows;
  for (int i = 0; i < 50; ++i) {
    std::string text;
    for (int word = 0; word < 1 + i % 5; ++word)
      text += (i * 7 + word * 3) % 4 < 2 ? " good" : " bad";
    rows.push_back({{"sentence", text}, {"label", i % 2}});
  }
  const auto data = split(rows);
  const auto processor = prepare(data);
  const FakeSession session(kBertInputs, opinion);
  EvaluationOptions options;
  options.streams = 1;
  const auto alone = evaluate(session, *processor, data, context_.labels, options).predictions;
  for (const std::size_t batch : {1, 3, 64}) {
    options.streams = 4;
    options.eval_batch_size = batch;
    EXPECT_EQ(evaluate(session, *processor, data, context_.labels, options).predictions, alone)
        << batch;
  }
}

TEST_F(TextClassificationTest, samples_of_equal_length_share_a_forward_where_that_is_asked_for) {
  std::vector<dataset::Example> rows;
  for (int i = 0; i < 96; ++i) {
    std::string text = i % 2 == 0 ? "good" : "bad";
    for (int word = 0; word < i % 3; ++word) text += " so";
    rows.push_back({{"sentence", text}, {"label", i % 2}});
  }
  const auto data = split(rows);
  const auto processor = prepare(data);
  EvaluationOptions options;
  options.streams = 1;
  const FakeSession alone(kBertInputs, opinion);
  const auto expected = evaluate(alone, *processor, data, context_.labels, options).predictions;
  const FakeSession joined(kBertInputs, opinion);
  options.join_equal_lengths = true;
  std::size_t told = 0;
  options.progress = [&](std::size_t done, std::size_t) { told = done; };
  EXPECT_EQ(evaluate(joined, *processor, data, context_.labels, options).predictions, expected);
  EXPECT_EQ(told, 96U);
  EXPECT_EQ(alone.calls().size(), 96U);
  EXPECT_LT(joined.calls().size(), 96U / 4);
  std::int64_t samples = 0;
  for (const auto& call : joined.calls()) {
    EXPECT_THAT(FakeSession::values(call.at(1)), Each(1)) << "no padding";
    samples += call[0].tensor.shape[0];
  }
  EXPECT_EQ(samples, 96);
}

TEST_F(TextClassificationTest, a_batch_holds_neighbours_padded_to_the_longest) {
  const auto data = split({{{"sentence", "good"}, {"label", 1}},
                           {{"sentence", "bad so bad"}, {"label", 0}},
                           {{"sentence", "so good"}, {"label", 1}}});
  const FakeSession session(kBertInputs, opinion);
  EvaluationOptions options;
  options.eval_batch_size = 2;
  options.streams = 1;
  const auto result = evaluate(session, *prepare(data), data, context_.labels, options);
  EXPECT_THAT(result.predictions, ElementsAre(Json(1), Json(0), Json(1)));
  const auto calls = session.calls();
  ASSERT_EQ(calls.size(), 2U);
  EXPECT_THAT(calls[0][0].tensor.shape, ElementsAre(2, 5));
  EXPECT_THAT(FakeSession::values(calls[0][0]), ElementsAre(2, 5, 3, 0, 0, 2, 4, 6, 4, 3));
  EXPECT_THAT(FakeSession::values(calls[0][1]), ElementsAre(1, 1, 1, 0, 0, 1, 1, 1, 1, 1));
  EXPECT_THAT(calls[1][0].tensor.shape, ElementsAre(1, 4));
}

TEST_F(TextClassificationTest, a_pair_is_read_with_both_its_sentences) {
  context_.data_keys = {{"primary", "premise"}, {"secondary", "hypothesis"}};
  const auto data = split({{{"premise", "good"}, {"hypothesis", "so bad"}, {"label", 0}}});
  const auto features = prepare(data)->features(data.row(0));
  ASSERT_EQ(features.size(), 1U);
  EXPECT_THAT(FakeSession::values(features[0].inputs[0]), ElementsAre(2, 5, 3, 6, 4, 3));
  EXPECT_THAT(FakeSession::values(features[0].inputs[2]), ElementsAre(0, 0, 0, 1, 1, 1));
}

TEST_F(TextClassificationTest, only_the_inputs_that_the_model_has_are_given) {
  const auto data = split({{{"sentence", "good"}, {"label", 1}}});
  const FakeSession session({"input_ids", "attention_mask"}, opinion);
  evaluate(session, *prepare(data), data, context_.labels, {});
  EXPECT_EQ(session.calls()[0].size(), 2U);
  const FakeSession other({"input_ids", "attention_mask", "pixel_values"}, opinion);
  EXPECT_EQ(quantbench::test::message_of(
                [&] { evaluate(other, *prepare(data), data, context_.labels, {}); }),
            "validation.tsv:2: the model needs an input 'pixel_values' that the task does not "
            "have (the task has input_ids, attention_mask, token_type_ids)");
}

TEST_F(TextClassificationTest, long_texts_are_cut_to_what_tokenizer_and_model_take) {
  const auto data = split({{{"sentence", "so so so so so so so so so so"}, {"label", 1}}});
  const auto length = [&] {
    return FakeSession::values(prepare(data)->features(data.row(0))[0].inputs[0]).size();
  };
  EXPECT_EQ(length(), 8U) << "model_max_length";
  context_.config["max_position_embeddings"] = 6;
  EXPECT_EQ(length(), 6U) << "the model has fewer positions";
  context_.config["model_type"] = "roberta";
  context_.config["pad_token_id"] = 0;
  EXPECT_EQ(length(), 5U) << "RoBERTa keeps positions for padding";
}

TEST_F(TextClassificationTest, text_labels_are_found_by_name_whatever_their_case) {
  EXPECT_THAT(references(split({{{"sentence", "good"}, {"label", "POSITIVE"}},
                                {{"sentence", "bad"}, {"label", "negative"}}})),
              ElementsAre(Json(1), Json(0)));
}

TEST_F(TextClassificationTest, ids_of_a_data_set_with_class_names_are_aligned_by_name) {
  auto data = split({{{"sentence", "good"}, {"label", 0}}, {{"sentence", "bad"}, {"label", 1}}});
  data.class_names["label"] = {"Positive", "Negative"};
  EXPECT_THAT(references(data), ElementsAre(Json(1), Json(0)));
  data.class_names["label"] = {"positive", "neutral"};
  EXPECT_EQ(refused(data),
            "validation.tsv:3: label 'neutral' is not in the model's label2id (the model's labels: "
            "negative, positive)");
}

TEST_F(TextClassificationTest, generic_labels_of_the_model_take_ids_as_they_are) {
  context_.labels = {"LABEL_0", "LABEL_1"};
  context_.config.erase("label2id");
  auto data = split({{{"sentence", "good"}, {"label", 1}}, {{"sentence", "bad"}, {"label", 0}}});
  data.class_names["label"] = {"unacceptable", "acceptable"};
  EXPECT_THAT(references(data), ElementsAre(Json(1), Json(0)));
  data.rows = dataset::rows_in_memory({{{"sentence", "good"}, {"label", "acceptable"}},
                                       {{"sentence", "bad"}, {"label", "LABEL_0"}}});
  EXPECT_THAT(references(data), ElementsAre(Json(1), Json(0)));
}

TEST_F(TextClassificationTest, any_label2id_that_transformers_loads_serves) {
  auto data = split({{{"sentence", "good"}, {"label", "positive"}},
                     {{"sentence", "bad"}, {"label", "NEGATIVE"}}});
  for (const Json& label2id :
       {Json{{"negative", "0"}, {"positive", "1"}}, Json{{"negative", 0}}, Json::object(), Json(),
        Json{{"LABEL_0", 0}, {"LABEL_1", 1}}, Json{{"other", 7}, {"another", "x"}}}) {
    context_.config["label2id"] = label2id;
    EXPECT_THAT(references(data), ElementsAre(Json(1), Json(0))) << label2id;
  }
}

TEST_F(TextClassificationTest, values_that_are_written_as_text_are_labels) {
  const auto labels = [&](Json first, Json second) {
    return references(split({{{"sentence", "good"}, {"label", std::move(first)}},
                             {{"sentence", "bad"}, {"label", std::move(second)}}}));
  };
  EXPECT_THAT(labels("True", "False"), ElementsAre(Json(1), Json(0)));
  EXPECT_THAT(labels("TRUE", "false"), ElementsAre(Json(1), Json(0)));
  EXPECT_THAT(labels(true, false), ElementsAre(Json(1), Json(0)));
  EXPECT_THAT(labels("1", " 0"), ElementsAre(Json(1), Json(0)));
  EXPECT_THAT(labels(" positive ", "negative"), ElementsAre(Json(1), Json(0)));
  // Names win.
  context_.labels = {"True", "False"};
  context_.config.erase("label2id");
  EXPECT_THAT(labels("true", "False"), ElementsAre(Json(0), Json(1)));
  EXPECT_THAT(labels(true, false), ElementsAre(Json(0), Json(1)));
  context_.labels = {"1", "0"};
  EXPECT_THAT(labels("1", "0"), ElementsAre(Json(0), Json(1)));
  context_.labels = {"a", "b", "c"};
  EXPECT_THAT(refused(split({{{"sentence", "good"}, {"label", "True"}}})),
              HasSubstr("label 'True' is not in the model's label2id"));
}

TEST_F(TextClassificationTest, class_names_that_only_count_are_no_names) {
  auto data = split({{{"sentence", "good"}, {"label", 1}}, {{"sentence", "bad"}, {"label", 0}}});
  data.class_names["label"] = {"0", "1"};
  EXPECT_THAT(references(data), ElementsAre(Json(1), Json(0)));
  data.class_names["label"] = {"1", "0"};
  EXPECT_THAT(refused(data), HasSubstr("label '0' is not in the model's label2id"));
}

TEST_F(TextClassificationTest, labels_that_mean_nothing_are_refused_with_their_line) {
  const auto with_label = [](Json label) {
    return split({{{"sentence", "good"}, {"label", 1}}, {{"sentence", "bad"}, {"label", label}}});
  };
  const std::string hint = " (the model's labels: negative, positive)";
  EXPECT_EQ(refused(with_label("neutral")),
            "validation.tsv:3: label 'neutral' is not in the model's label2id" + hint);
  EXPECT_EQ(refused(with_label(2)),
            "validation.tsv:3: label 2 is not an id in the model's label2id" + hint);
  EXPECT_EQ(refused(with_label(-1)),
            "validation.tsv:3: label -1 means \"unlabelled\", as in GLUE's test splits" + hint);
  EXPECT_EQ(refused(with_label(0.5)),
            "validation.tsv:3: label 0.5 must be a class name or id" + hint);
  EXPECT_EQ(refused(with_label(nullptr)), "validation.tsv:3: no label in column 'label'");
  EXPECT_EQ(references(with_label(0.0))[1], Json(0));
}

TEST_F(TextClassificationTest, a_config_that_contradicts_itself_is_refused) {
  context_.config["label2id"] = {{"negative", 1}, {"positive", 0}};
  EXPECT_THAT(refused(split({{{"sentence", "good"}, {"label", 1}}})),
              HasSubstr("config.json: id2label and label2id disagree on"));
}

TEST_F(TextClassificationTest, columns_that_are_not_there_are_named_with_the_nearest) {
  context_.data_keys = {{"primary", "sentense"}};
  EXPECT_EQ(refused(split({{{"sentence", "good"}, {"label", 1}}})),
            "validation.tsv: no column 'sentense', which dataset.data_keys.primary names (did you "
            "mean 'sentence'?)");
  context_.data_keys = {{"primary", "sentence"}};
  context_.ref_keys = {"labels"};
  EXPECT_THAT(
      refused(split({{{"sentence", "good"}, {"label", 1}}})),
      HasSubstr("no column 'labels', which dataset.ref_keys names (did you mean 'label'?)"));
  context_.data_keys = {{"primary", "sentence"}, {"secundary", "sentence"}};
  EXPECT_THAT(
      refused(split({{{"sentence", "good"}, {"label", 1}}})),
      HasSubstr("unknown key 'secundary' in dataset.data_keys (did you mean 'secondary'?)"));
  context_.data_keys = Json::object();
  EXPECT_THAT(refused(split({{{"sentence", "good"}, {"label", 1}}})),
              HasSubstr("dataset.data_keys.primary is missing (known columns: sentence, label)"));
}

TEST_F(TextClassificationTest, a_sentence_that_is_no_text_is_refused_with_its_line) {
  EXPECT_EQ(
      refused(split({{{"sentence", "good"}, {"label", 1}}, {{"sentence", nullptr}, {"label", 1}}})),
      "validation.tsv:3: column 'sentence' has no value, expected text");
  EXPECT_EQ(refused(split({{{"sentence", {"good"}}, {"label", 1}}})),
            "validation.tsv:2: column 'sentence' is array, expected text");
}

TEST_F(TextClassificationTest, regression_gives_numbers) {
  context_.task_args = {{"is_regression", true}};
  const auto data =
      split({{{"sentence", "good good"}, {"label", 2.0}}, {{"sentence", "bad"}, {"label", -2}}});
  EXPECT_THAT(refused(data), HasSubstr("task_args.is_regression is true, but the model has 2"));
  context_.labels = {"LABEL_0"};
  context_.config.erase("label2id");
  const FakeSession session(kBertInputs, [](const std::vector<std::int64_t>& ids) {
    const auto both = opinion(ids);
    return std::vector<float>{both[1] - both[0]};
  });
  EvaluationOptions options;
  options.metrics = {"mse", "pearsonr"};
  const auto result = evaluate(session, *prepare(data), data, context_.labels, options);
  EXPECT_THAT(result.predictions, ElementsAre(Json(2.0), Json(-1.0)));
  EXPECT_DOUBLE_EQ(result.figures.at("mse"), 0.5);
  EXPECT_DOUBLE_EQ(result.figures.at("pearsonr"), 1.0);
}

TEST_F(TextClassificationTest, one_logit_without_regression_tells_two_classes_apart) {
  context_.labels = {"LABEL_0"};
  context_.config["label2id"] = {{"LABEL_0", 0}};
  const auto data =
      split({{{"sentence", "good"}, {"label", 1}}, {{"sentence", "bad"}, {"label", 0}}});
  const FakeSession session(kBertInputs, [](const std::vector<std::int64_t>& ids) {
    const auto both = opinion(ids);
    return std::vector<float>{both[1] - both[0]};
  });
  EvaluationOptions options;
  options.metrics = {"accuracy"};
  EXPECT_DOUBLE_EQ(
      evaluate(session, *prepare(data), data, context_.labels, options).figures.at("accuracy"),
      1.0);
  context_.config["problem_type"] = "regression";
  EXPECT_THAT(refused(data), HasSubstr("set task_args.is_regression to true"));
}

TEST_F(TextClassificationTest, a_model_of_another_width_or_with_nan_is_refused) {
  const auto data = split({{{"sentence", "good"}, {"label", 1}}});
  const auto run = [&](const FakeSession::Model& model) {
    const FakeSession session(kBertInputs, model);
    return quantbench::test::message_of(
        [&] { evaluate(session, *prepare(data), data, context_.labels, {}); });
  };
  EXPECT_EQ(run([](const auto&) {
              return std::vector<float>{0, 1, 2};
            }),
            "validation.tsv:2: output 0 of the model has the shape [1, 3], expected [1, 2]");
  EXPECT_EQ(run([](const auto&) {
              return std::vector<float>{0, std::nanf("")};
            }),
            "validation.tsv:2: the model's output is not a number (NaN)");
}

TEST_F(TextClassificationTest, a_metric_that_cannot_be_is_refused_before_anything_runs) {
  const auto data = split({{{"sentence", "good"}, {"label", 1}}});
  const FakeSession session(kBertInputs, opinion);
  EvaluationOptions options;
  options.metrics = {"acuracy"};
  EXPECT_EQ(quantbench::test::message_of(
                [&] { evaluate(session, *prepare(data), data, context_.labels, options); }),
            "unknown metric 'acuracy' (did you mean 'accuracy'?)");
  options.metrics = {"f1"};
  EXPECT_THAT(quantbench::test::message_of([&] {
                evaluate(session, *prepare(data), data, {"a", "b", "c"}, options);
              }),
              HasSubstr("choose an average"));
  EXPECT_TRUE(session.calls().empty());
}

TEST_F(TextClassificationTest, an_empty_split_is_refused) {
  auto data = split({{{"sentence", "good"}, {"label", 1}}});
  const auto processor = prepare(data);
  data.rows = dataset::rows_in_memory({});
  const FakeSession session(kBertInputs, opinion);
  EXPECT_EQ(quantbench::test::message_of(
                [&] { evaluate(session, *processor, data, context_.labels, {}); }),
            "the data set has no samples to evaluate");
}

TEST_F(TextClassificationTest, timing_inputs_are_random_ids_and_ones_the_same_every_time) {
  const auto& task = tasks().get("text-classification");
  const std::vector<runtime::InputInfo> wanted = {{"input_ids", false, {-1, -1}},
                                                  {"token_type_ids", false, {-1, -1}},
                                                  {"attention_mask", false, {-1, -1}}};
  const Json config = {{"vocab_size", 30522}, {"max_position_embeddings", 512}};
  const auto inputs = task.timing_inputs(wanted, 4, 128, config);
  ASSERT_EQ(inputs.size(), 3U);
  EXPECT_EQ(inputs[0].name, "input_ids");
  EXPECT_THAT(inputs[0].tensor.shape, ElementsAre(4, 128));
  const auto& ids = FakeSession::values(inputs[0]);
  EXPECT_THAT(ids, Each(::testing::AllOf(::testing::Ge(0), ::testing::Lt(1000))));
  EXPECT_GT(std::set<std::int64_t>(ids.begin(), ids.end()).size(), 300U);
  EXPECT_THAT(FakeSession::values(inputs[1]), Each(1));
  EXPECT_THAT(FakeSession::values(inputs[2]), Each(1));
  EXPECT_EQ(FakeSession::values(task.timing_inputs(wanted, 4, 128, config)[0]), ids);
  EXPECT_THAT(FakeSession::values(task.timing_inputs(wanted, 4, 128, {{"vocab_size", 7}})[0]),
              Each(::testing::Lt(7)));
  EXPECT_EQ(quantbench::test::message_of([&] { task.timing_inputs(wanted, 1, 513, config); }),
            "input_lengths: input length 513 exceeds the model's 512 positions");
}

}  // namespace
}  // namespace quantbench::task
