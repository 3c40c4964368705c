// What a model and a data set say of themselves.

#include "quantbench/search/discover.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "quantbench/base/file.h"
#include "quantbench/base/text.h"
#include "quantbench/search/tuning_spec.h"
#include "quantbench/spec/spec.h"
#include "support/message_of.h"
#include "support/real_assets.h"
#include "support/tiny_models.h"

namespace quantbench::search {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

/// No test fetches.
hub::Options no_hub() { throw std::logic_error("the Hub was asked"); }

class Discover : public ::testing::Test {
 protected:
  Discover() {
    model("BertForSequenceClassification", {"negative", "positive"});
    write_text(scratch_.path() / "model" / "vocab.txt",
               "[PAD]\n[UNK]\n[CLS]\n[SEP]\nbad\ngood\nso\n");
    write_text(scratch_.path() / "model" / "tokenizer_config.json",
               R"({"tokenizer_class": "BertTokenizer", "do_lower_case": true})");
  }

  void model(const std::string& architecture, const std::vector<std::string>& labels,
             const Json& more = Json::object()) {
    Json config = {{"model_type", "bert"},
                   {"architectures", Json::array({architecture})},
                   {"vocab_size", 7},
                   {"max_position_embeddings", 64},
                   {"id2label", Json::object()}};
    for (std::size_t i = 0; i < labels.size(); ++i)
      config["id2label"][std::to_string(i)] = labels[i];
    config.update(more);
    write_text(scratch_.path() / "model" / "config.json", config.dump());
  }

  void add(const std::string& file, const std::string& text) {
    write_text(scratch_.path() / "data" / file, text);
  }

  /// The header and `count` equal rows.
  static std::string rows(const std::string& header, int count, const std::string& row) {
    std::string out = header + "\n";
    for (int i = 0; i < count; ++i) out += row + "\n";
    return out;
  }

  Question question(const std::string& data = "data") const {
    Question out;
    out.model = (scratch_.path() / "model").string();
    out.dataset = (scratch_.path() / data).string();
    return out;
  }

  Discovery found() const { return discover(question(), no_hub); }
  std::string refused(const Question& asked) const {
    return test::message_of([&] { discover(asked, no_hub); });
  }
  std::string refused() const { return refused(question()); }

  static std::vector<std::string> lines(const Discovery& found) {
    std::vector<std::string> out;
    for (const Finding& finding : found.findings) out.push_back(finding.line());
    return out;
  }

  TemporaryDirectory scratch_;
};

TEST_F(Discover, everything_of_a_usual_data_set) {
  add("train.tsv", rows("sentence\tlabel", 3, "so good\t1"));
  add("dev.tsv", "sentence\tlabel\ngood\t1\nso good\t1\nso bad\t0\nso so so so bad\t0\n");
  const Discovery result = found();
  EXPECT_EQ(result.task, "text-classification");
  EXPECT_EQ(result.data_keys, Json({{"primary", "sentence"}}));
  EXPECT_EQ(result.label, "label");
  EXPECT_EQ(result.split, "validation");
  EXPECT_EQ(result.calibration_split, "train");
  EXPECT_EQ(result.metric, "accuracy");
  EXPECT_EQ(result.figure, "accuracy");
  EXPECT_EQ(result.point, 0.01);
  EXPECT_EQ(result.samples, 4);
  // [CLS] and [SEP] count: 3, 4, 4 and 7 tokens.
  EXPECT_THAT(result.input_lengths, ElementsAre(4, 7));
  const std::string data = question().dataset;
  EXPECT_THAT(
      lines(result),
      ElementsAre(
          "task text-classification: config.json, architectures",
          "split validation: files of " + data + ", beside train",
          "calibration split train: files of " + data,
          "data sentence (primary): of the columns sentence, label",
          "label label: a usual name of the task's labels",
          "labels negative, positive: 4 of 4 samples looked at, each has labels of the model",
          "metric accuracy: the main figure of text-classification",
          "input lengths 4, 7: tokens, median and 95 % percentile of the samples"));
}

TEST_F(Discover, a_pair_of_texts_goes_before_one_text) {
  add("test.csv", "idx,Premise,Hypothesis,label\n0,so good,good,1\n1,so bad,good,0\n");
  const Discovery result = found();
  EXPECT_EQ(result.data_keys, Json({{"primary", "Premise"}, {"secondary", "Hypothesis"}}));
  EXPECT_EQ(result.split, "test");
  EXPECT_EQ(result.calibration_split, std::nullopt);
  EXPECT_THAT(
      lines(result),
      ::testing::Contains(HasSubstr("calibration split none: the search half of test calibrates")));
  EXPECT_THAT(result.input_lengths, ElementsAre(6));
}

TEST_F(Discover, of_several_labels_the_one_whose_classes_the_model_has) {
  add("validation.csv", "text,label,mood\nso good,0,1\nso bad,1,0\n");
  add("dataset_info.json", R"({"features": {
      "text": {"dtype": "string", "_type": "Value"},
      "label": {"names": ["book", "film"], "_type": "ClassLabel"},
      "emotion": {"names": ["x"], "_type": "ClassLabel"},
      "mood": {"names": ["negative", "positive"], "_type": "ClassLabel"}}})");
  // "mood" is not a usual name: the first usual one is taken, and contradicts the model.
  EXPECT_THAT(refused(), HasSubstr("' is not in the model's label2id (the model's labels: "));
  add("validation.csv", "text,label,sentiment\nso good,0,1\nso bad,1,0\n");
  add("dataset_info.json", R"({"features": {
      "label": {"names": ["book", "film"], "_type": "ClassLabel"},
      "sentiment": {"names": ["negative", "Positive"], "_type": "ClassLabel"}}})");
  EXPECT_EQ(found().label, "sentiment");
}

TEST_F(Discover, columns_of_other_names_where_only_one_is_possible) {
  add("validation.csv", "id,headline,mood\na7,so good,1\na8,so bad,0\n");
  add("dataset_info.json",
      R"({"features": {"mood": {"names": ["negative", "positive"], "_type": "ClassLabel"}}})");
  const Discovery result = found();
  EXPECT_EQ(result.data_keys, Json({{"primary", "headline"}}));
  EXPECT_EQ(result.label, "mood");
}

TEST_F(Discover, names_the_nearest_column) {
  add("validation.csv", "text,lable\nso good,1\n");
  EXPECT_THAT(refused(), HasSubstr("no column is known to hold the labels (did you mean 'lable'? "
                                   "--label COLUMN; columns there: text, lable; --inputs "));
  add("validation.csv", "a,b,label\nso good,good,1\n");
  EXPECT_THAT(refused(), HasSubstr("no column is known to hold the task's primary (--data-keys "
                                   "primary=COLUMN; columns there: a, b, label)"));
  Question asked = question();
  asked.label = "labell";
  EXPECT_THAT(refused(asked), HasSubstr("--label: no column 'labell' in "));
  EXPECT_THAT(refused(asked), HasSubstr("(did you mean 'label'?)"));
  asked.label.clear();
  asked.data_keys = {{"primery", "a"}};
  EXPECT_EQ(refused(asked),
            "--data-keys: the task has no data key 'primery' (did you mean 'primary'?)");
  asked.data_keys = Json::object();
  asked.columns = {"b", "c"};
  EXPECT_THAT(refused(asked), HasSubstr("--data-keys secondary: no column 'c' in "));
  asked.columns = {"b", "a"};
  EXPECT_EQ(discover(asked, no_hub).data_keys, Json({{"primary", "b"}, {"secondary", "a"}}));
}

TEST_F(Discover, names_the_nearest_split_and_metric) {
  add("train.csv", "text,label\nso good,1\n");
  add("validation.csv", "text,label\nso good,1\n");
  Question asked = question();
  asked.split = "valdation";
  EXPECT_THAT(refused(asked), HasSubstr("--split: no split 'valdation' in "));
  EXPECT_THAT(refused(asked), HasSubstr("(did you mean 'validation'?)"));
  asked.split = "dev";
  EXPECT_EQ(discover(asked, no_hub).split, "validation");
  asked.calibration_split = "tran";
  EXPECT_THAT(refused(asked), HasSubstr("--calibration-split: no split 'tran' in "));
  asked.calibration_split.clear();
  asked.metric = "acuracy";
  EXPECT_EQ(refused(asked), "--metric: unknown metric 'acuracy' (did you mean 'accuracy'?)");
  asked.metric = "mse";
  EXPECT_EQ(discover(asked, no_hub).point, 0);
}

TEST_F(Discover, the_only_split_is_taken_and_a_broken_one_is_not_passed_over) {
  add("train.csv", "text,label\nso good,1\n");
  const Discovery only = found();
  EXPECT_EQ(only.split, "train");
  EXPECT_THAT(lines(only), ::testing::Contains(HasSubstr("that the model was trained on")));
  add("validation-00000-of-00002.csv", "text,label\nso good,1\n");
  EXPECT_THAT(refused(), HasSubstr("the split 'validation' has 1 of its 2 parts"));
  Question asked = question();
  asked.split = "train";
  EXPECT_EQ(discover(asked, no_hub).split, "train");
}

TEST_F(Discover, a_file_is_one_split) {
  add("reviews.csv", "text,label\nso good,1\nso bad,0\n");
  Question asked = question("data/reviews.csv");
  EXPECT_EQ(discover(asked, no_hub).split, "reviews");
  asked = question("data/none.csv");
  EXPECT_THAT(refused(asked), HasSubstr("none.csv: no such data set directory or file"));
}

TEST_F(Discover, the_labels_are_those_of_the_model) {
  add("validation.csv", "text,label\nso good,2\n");
  EXPECT_THAT(refused(), HasSubstr("validation.csv:2: label 2 "));
  add("validation.csv", "text,label\nso good,awful\n");
  EXPECT_THAT(refused(), HasSubstr("label 'awful' is not in the model's label2id (the model's "
                                   "labels: negative, positive)"));
}

TEST_F(Discover, a_regression_is_told_by_the_config) {
  model("BertForSequenceClassification", {"LABEL_0"}, {{"problem_type", "regression"}});
  add("validation.csv", "sentence1,sentence2,label\nso good,good,4.5\nso bad,good,0.5\n");
  const Discovery result = found();
  EXPECT_EQ(result.task_args, Json({{"is_regression", true}}));
  EXPECT_EQ(result.figure, "pearsonr");
}

TEST_F(Discover, tags_of_words) {
  model("BertForTokenClassification", {"O", "B-PER"});
  add("validation.txt", "good B-PER\nso O\n\nbad O\n");
  const Discovery result = found();
  EXPECT_EQ(result.task, "token-classification");
  EXPECT_EQ(result.data_keys, Json({{"primary", "tokens"}}));
  EXPECT_EQ(result.label, "ner_tags");
  EXPECT_EQ(result.figure, "overall_f1");
  EXPECT_THAT(result.input_lengths, ElementsAre(3, 4));
}

TEST_F(Discover, questions_without_an_answer_are_told) {
  model("BertForQuestionAnswering", {"LABEL_0", "LABEL_1"});
  const auto row = [](const std::string& answers) {
    return R"({"id": "1", "title": "x", "question": "so", "context": "so good", "answers": )" +
           answers + "}\n";
  };
  add("validation.jsonl", row(R"({"text": ["good"], "answer_start": [3]})"));
  EXPECT_EQ(found().figure, "f1");
  EXPECT_EQ(found().point, 1);
  EXPECT_EQ(found().metric, "squad");
  EXPECT_EQ(found().data_keys, Json({{"question", "question"}, {"context", "context"}}));
  add("validation.jsonl", row(R"({"text": ["good"], "answer_start": [3]})") +
                              row(R"({"text": [], "answer_start": []})"));
  EXPECT_EQ(found().metric, "squad_v2");
  EXPECT_EQ(found().task_args, Json({{"handle_impossible_answer", true}}));
}

TEST_F(Discover, samples_without_labels_get_the_predictions_of_the_original) {
  test::TinyModel tiny("bert");
  tiny.config["architectures"] = Json::array({"BertForSequenceClassification"});
  tiny.config["id2label"] = {{"0", "negative"}, {"1", "positive"}};
  // The second class always wins.
  tiny.set("classifier.bias", {-5, 5});
  const std::filesystem::path& directory = tiny.write();
  write_text(directory / "vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\nbad\ngood\nso\n");
  write_text(directory / "tokenizer_config.json",
             R"({"tokenizer_class": "BertTokenizer", "do_lower_case": true})");
  add("reviews.csv", "text,year\nso good,2001\nso bad,2002\n");
  Question asked = question("data/reviews.csv");
  asked.model = directory.string();
  asked.labelled = scratch_.path() / "samples.jsonl";
  const Discovery result = discover(asked, no_hub);
  EXPECT_EQ(result.dataset, asked.labelled.string());
  EXPECT_EQ(result.split, "samples");
  EXPECT_EQ(result.calibration_split, std::nullopt);
  EXPECT_EQ(result.samples, 2);
  std::vector<std::string> rows = split(read_text(asked.labelled), '\n');
  std::ranges::sort(rows);
  EXPECT_THAT(rows, ElementsAre("", R"({"text":"so bad","prediction_of_the_original":1})",
                                R"({"text":"so good","prediction_of_the_original":1})"));
  EXPECT_THAT(lines(result), ::testing::Contains(HasSubstr("says less than accuracy")));
  // The file is a data set with labels.
  asked.dataset = asked.labelled.string();
  asked.label = result.label;
  asked.labelled.clear();
  EXPECT_EQ(discover(asked, no_hub).data_keys, Json({{"primary", "text"}}));
}

TEST_F(Discover, the_spec_has_what_was_found) {
  add("validation.tsv", "sentence\tlabel\ngood\t1\nso good\t1\nso so so so bad\t0\n");
  const std::string text =
      tuning_spec(question(), found(), {"tune", {{"max_drop", "2%"}}, std::nullopt});
  EXPECT_THAT(text, HasSubstr("strategy: \"tune\"\n"));
  EXPECT_THAT(text, HasSubstr("  shape: [\"1x4\", \"1x7\"]\n"));
  EXPECT_THAT(text, HasSubstr("  max_drop: \"2%\"\n"));
  // The search half of the split calibrates.
  EXPECT_THAT(text, Not(HasSubstr("calibration_split")));
  const spec::Spec spec = spec::parse(text, "spec");
  EXPECT_EQ(spec.task, "text-classification");
  EXPECT_EQ(spec.dataset.eval_split, "validation");
  EXPECT_THAT(spec.dataset.ref_keys, ElementsAre("label"));
}

TEST(DiscoverRealModels, finds_each) {
  QUANTBENCH_NEEDS_REAL_ASSETS();
  const auto found = [](const std::string& model, const std::string& data) {
    Question asked;
    asked.model = (test::real_assets() / model).string();
    asked.dataset = (test::real_assets() / "data" / data).string();
    return discover(asked, no_hub);
  };
  const Discovery sst2 = found("sst2-minilm", "sst2");
  EXPECT_EQ(sst2.figure, "accuracy");
  EXPECT_EQ(sst2.samples, 872);
  const Discovery conll = found("conll03-minilm", "conll2003");
  EXPECT_EQ(conll.figure, "overall_f1");
  EXPECT_EQ(conll.label, "ner_tags");
  const Discovery digits = found("digits-vit", "digits");
  EXPECT_EQ(digits.task, "image-classification");
  EXPECT_EQ(digits.data_keys, Json({{"primary", "image"}}));
  EXPECT_EQ(digits.label, "label");
  EXPECT_THAT(digits.input_lengths, ElementsAre(64));
  EXPECT_EQ(digits.calibration_split, "train");
}

}  // namespace
}  // namespace quantbench::search
