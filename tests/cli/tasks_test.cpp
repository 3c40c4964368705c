// One small spec per task, end to end through the program. The classifiers' second class always
// wins, so the figures can be computed by hand.

#include <gmock/gmock.h>

#include <filesystem>
#include <map>
#include <string>

#include "quantbench/base/file.h"
#include "quantbench/store/result.h"
#include "support/program.h"
#include "support/tiny_models.h"

namespace quantbench::cli {
namespace {

namespace fs = std::filesystem;

/// 20 tokens, the vocabulary size of the tiny models.
constexpr const char* kVocabulary =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nbad\ngood\nfilm\nking\nqueen\nis\nthe\nof\nwho\n?\n.\n"
    "france\nspain\n##s\n";

class Tasks : public ::testing::Test {
 protected:
  /// Model directory of a text model.
  static fs::path write_text_model(const test::TinyModel& model) {
    const fs::path directory = model.write();
    write_text(directory / "vocab.txt", kVocabulary);
    write_text(directory / "tokenizer_config.json",
               R"({"tokenizer_class": "BertTokenizer", "do_lower_case": true})");
    return directory;
  }

  void add(const std::string& file, const std::string& content) const {
    write_text(data() / file, content);
  }

  const fs::path& scratch() const { return scratch_.path(); }
  fs::path data() const { return scratch_.path() / "data"; }

  /// Runs the original and a dynamic quantization of it, and expects these figures in both rows.
  store::RunResult run(const std::string& task, const fs::path& model, const std::string& keys,
                       const std::string& more) const {
    write_text(scratch_.path() / "spec.yaml",
               "task: " + task + "\nname_or_path: '" + model.string() +
                   "'\ndataset: {path: data, eval_split: validation, " + keys +
                   "}\napply_quantization: [false, true]\nbatch_sizes: [2]\n"
                   "time_benchmark_args: {duration: 0.02, warmup_runs: 1}\n" +
                   more);
    const fs::path out = scratch_.path() / "out";
    const auto result = test::run_program("run '" + (scratch_.path() / "spec.yaml").string() +
                                              "' --overwrite --out '" + out.string() + "'",
                                          scratch_.path());
    EXPECT_EQ(result.status, 0) << result.errors;
    if (result.status != 0) return {};
    const std::string card = read_text(out / "README.md");
    for (const char* part : {"pipeline_tag: ", "**task**: `", "# Evaluation", "## Time metrics"}) {
      EXPECT_NE(card.find(part), std::string::npos) << part << "\n" << card;
    }
    auto read = store::RunResult::from_json(read_json(out / "results.json"), "results.json");
    EXPECT_EQ(read.rows.size(), 2U);
    for (const store::Row& row : read.rows) {
      EXPECT_EQ(row.status, store::Row::Status::kOk) << row.message;
      EXPECT_EQ(row.timings.size(), 1U);
      EXPECT_EQ(row.evaluation.count("samples_per_second"), 1U);
      EXPECT_EQ(row.quantized, row.quantization && row.quantization->quantized_count() > 0);
    }
    return read;
  }

  static void expect_figures(const store::RunResult& result,
                             const std::map<std::string, double>& figures) {
    ASSERT_FALSE(result.rows.empty());
    for (const store::Row& row : result.rows) {
      for (const auto& [name, value] : figures) {
        const auto found = row.evaluation.find(name);
        ASSERT_NE(found, row.evaluation.end()) << name;
        EXPECT_NEAR(found->second, value, 1e-9) << name;
      }
    }
  }

 private:
  TemporaryDirectory scratch_;
};

TEST_F(Tasks, text_classification_runs_from_spec_to_card) {
  test::TinyModel model("bert");
  model.set("classifier.bias", {0, 100});
  add("validation.tsv", "sentence\tlabel\na good film\t1\nbad\t0\nfilms of spain\t1\ngood .\t1\n");
  const auto result = run("text-classification", write_text_model(model),
                          "data_keys: {primary: sentence}, ref_keys: [label]",
                          "metrics: [accuracy, recall]\ninput_lengths: [8]\n");
  expect_figures(result, {{"accuracy", 0.75}, {"recall", 1}});
}

TEST_F(Tasks, token_classification_runs_from_spec_to_card) {
  test::TinyModel model("bert");
  model.config["id2label"] = {{"0", "O"}, {"1", "B-PER"}};
  model.config["label2id"] = {{"O", 0}, {"B-PER", 1}};
  model.set("classifier.bias", {0, 100});
  add("validation.txt", "good O\nking B-PER\n\nqueen B-PER\nis O\n\n");
  const auto result =
      run("token-classification", write_text_model(model),
          "data_keys: {primary: tokens}, ref_keys: [ner_tags]", "input_lengths: [8]\n");
  expect_figures(result, {{"overall_accuracy", 0.5},
                          {"overall_precision", 0.5},
                          {"overall_recall", 1},
                          {"overall_f1", 2.0 / 3}});
}

TEST_F(Tasks, question_answering_runs_from_spec_to_card) {
  test::TinyModel model("distilbert");
  add("validation.json",
      R"({"version": "1", "data": [{"title": "t", "paragraphs": [{
        "context": "the king of france is good . the queen of spain is bad .",
        "qas": [{"id": "1", "question": "who is good ?",
                 "answers": [{"text": "the king", "answer_start": 0}]},
                {"id": "2", "question": "who is bad ?",
                 "answers": [{"text": "the queen", "answer_start": 29}]}]}]}]})");
  const std::string keys = "data_keys: {question: question, context: context}, ref_keys: [answers]";
  const fs::path directory = write_text_model(model);
  const auto result = run("question-answering", directory, keys,
                          "task_args: {max_seq_length: 12, doc_stride: 2, max_answer_len: 3}\n"
                          "input_lengths: [16]\n");
  ASSERT_FALSE(result.rows.empty());
  for (const store::Row& row : result.rows) {
    EXPECT_GE(row.evaluation.at("f1"), row.evaluation.at("exact_match"));
    EXPECT_LE(row.evaluation.at("f1"), 100);
  }
  EXPECT_EQ(result.spec.at("task_args").at("max_answer_len"), 3);
}

/// A model of images, for which each of them is a cat.
struct CatOrDog {
  CatOrDog() {
    model.config["id2label"] = {{"0", "dog"}, {"1", "cat"}};
    model.config["label2id"] = {{"dog", 0}, {"cat", 1}};
    model.set("classifier.bias", {0, 100});
    directory = model.write();
    write_text(
        directory / "preprocessor_config.json",
        R"({"image_processor_type": "ViTImageProcessor", "size": {"height": 8, "width": 8}})");
  }
  test::TinyModel model = test::TinyModel("vit");
  fs::path directory;
};

TEST_F(Tasks, image_classification_runs_from_spec_to_card) {
  const CatOrDog model;
  const fs::path images = fs::path(QUANTBENCH_TEST_DATA) / "image";
  for (const auto& [file, image] :
       {std::pair{"cat/1.png", "rgb.png"}, std::pair{"cat/2.png", "palette.png"},
        std::pair{"cat/3.jpg", "colour.jpg"}, std::pair{"dog/4.png", "grey.png"}}) {
    add("validation/" + std::string(file), read_text(images / image));
  }
  const auto result =
      run("image-classification", model.directory,
          "data_keys: {primary: image}, ref_keys: [labels]", "input_lengths: [224]\n");
  expect_figures(result, {{"accuracy", 0.75}});
  EXPECT_THAT(result.rows[0].warnings, testing::Contains(testing::HasSubstr("images of 8 x 8")));
}

TEST_F(Tasks, a_damaged_image_costs_itself_or_with_strict_the_run) {
  const CatOrDog model;
  const fs::path images = fs::path(QUANTBENCH_TEST_DATA) / "image";
  const std::string whole = read_text(images / "rgb.png");
  add("validation/cat/1.png", whole);
  add("validation/cat/2.png", whole.substr(0, whole.size() / 2));
  add("validation/dog/3.png", read_text(images / "grey.png"));
  const auto result =
      run("image-classification", model.directory,
          "data_keys: {primary: image}, ref_keys: [labels]", "input_lengths: [224]\n");
  expect_figures(result, {{"accuracy", 0.5}});
  EXPECT_THAT(result.rows[0].warnings,
              testing::Contains(testing::HasSubstr("1 of 3 samples cannot be used")));

  const fs::path out = scratch() / "strict";
  const auto strict = test::run_program(
      "run '" + (scratch() / "spec.yaml").string() + "' --strict --out '" + out.string() + "'",
      scratch());
  EXPECT_EQ(strict.status, 2);
  EXPECT_THAT(strict.errors, testing::HasSubstr("2.png"));
  EXPECT_THAT(strict.errors, testing::HasSubstr("(without --strict, the others are evaluated)\n"));
  EXPECT_FALSE(fs::exists(out));
}

}  // namespace
}  // namespace quantbench::cli
