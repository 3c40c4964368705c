#include "quantbench/execute/explain.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "quantbench/base/file.h"
#include "quantbench/execute/remedies.h"
#include "quantbench/metric/outcomes.h"
#include "quantbench/store/database.h"
#include "support/tiny_models.h"

namespace quantbench::execute {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

/// A random classifier and sentences with the labels that it gives them: it is always right, and
/// its turned copy (turning_approach.h) always wrong.
class ExplainTest : public testing::Test {
 protected:
  ExplainTest() {
    model_.config["id2label"] = {{"0", "negative"}, {"1", "positive"}};
    model_.config["label2id"] = {{"negative", 0}, {"positive", 1}};
    checkpoint_ = model_.write();
    write_text(checkpoint_ / "vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\nbad\ngood\nso\nfilm\n");
    write_text(checkpoint_ / "tokenizer_config.json",
               R"({"tokenizer_class": "BertTokenizer", "model_max_length": 16,
                   "do_lower_case": true})");
    options_.store = directory_.path() / "results.sqlite";
    options_.cache = directory_.path() / "cache";
    options_.on_event = [this](const Event& event) {
      if (event.kind == Event::Kind::kStageStarted) started_.insert(event.stage);
    };
    write_sentences(std::vector<int>(kSentences, 1));
    const store::RunResult found = run_spec({"apply_quantization=false"});
    std::vector<int> labels;
    const auto parts =
        metric::outcomes_of_text(found.rows.at(0).outcomes.at("accuracy"), kSentences);
    for (const metric::Part& part : parts.value()) {
      labels.push_back(part.numerator > 0 ? 1 : 0);
    }
    write_sentences(labels);
  }

  void write_sentences(const std::vector<int>& labels) {
    const std::vector<std::string> words = {"bad", "good", "so", "film"};
    std::string text = "sentence\tlabel\n";
    for (std::size_t i = 0; i < labels.size(); ++i) {
      text += words[i % 4] + " " + words[i / 4 % 4] + " " + words[i / 16 % 4] + "\t" +
              std::to_string(labels[i]) + "\n";
    }
    write_text(directory_.path() / "data" / "validation.tsv", text);
  }

  spec::Spec spec(const std::vector<std::string>& overrides) const {
    const std::string yaml = "name_or_path: " + checkpoint_.string() +
                             "\ndataset: {path: " + (directory_.path() / "data").string() + R"(,
  eval_split: validation, data_keys: {primary: sentence}, ref_keys: [label]}
task: text-classification
metrics: [accuracy]
quantization_approach: turning
framework_args: {opset: 13, intra_op_num_threads: 1}
apply_quantization: [false, true]
batch_sizes: [1]
input_lengths: [8]
time_benchmark_args: {duration: 0.01, warmup_runs: 1}
)";
    return spec::parse(yaml, "test.yaml", overrides);
  }

  store::RunResult run_spec(const std::vector<std::string>& overrides = {}) {
    started_.clear();
    return run(spec(overrides), options_);
  }

  static std::vector<std::string> losses(const store::RunResult& result) {
    std::vector<std::string> out;
    for (const store::Row& row : result.rows) {
      std::ranges::copy_if(row.warnings, std::back_inserter(out),
                           [](const std::string& text) { return text.starts_with("loses "); });
    }
    return out;
  }

  static constexpr std::size_t kSentences = 40;
  quantbench::test::TinyModel model_{"distilbert"};
  TemporaryDirectory directory_;
  std::filesystem::path checkpoint_;
  Options options_;
  std::multiset<std::string> started_;
};

TEST_F(ExplainTest, measures_what_brings_a_loss_back_and_says_so) {
  const store::RunResult result = run_spec();
  EXPECT_EQ(result.rows.at(0).evaluation.at("accuracy"), 1);
  EXPECT_THAT(losses(result),
              ElementsAre("loses 100.0 points of accuracy: 0.0000 where the original has 1.0000; "
                          "turn: false brings 0.0000 to 1.0000: without it, the output is turned; "
                          "no help: sign: true (0.0000)"));
  EXPECT_EQ(started_.count("evaluate"), 3U) << "the unturned model is the original's equal";
  EXPECT_EQ(store::Database(options_.store).load_run(result.run_id).rows.at(1).warnings,
            result.rows.at(1).warnings);

  const store::RunResult again = run_spec();
  EXPECT_THAT(started_, IsEmpty()) << "what was measured is kept";
  EXPECT_EQ(losses(again), losses(result));
}

TEST_F(ExplainTest, measures_nothing_where_it_is_not_wanted_or_nothing_is_lost) {
  EXPECT_THAT(losses(run_spec({"explain=false"})), IsEmpty());
  EXPECT_THAT(losses(run_spec({"protocol=reference"})), IsEmpty());
  EXPECT_THAT(losses(run_spec({"turn=false"})), IsEmpty());
}

TEST_F(ExplainTest, does_not_look_into_what_may_be_chance) {
  // One sample of one is lost.
  const store::RunResult result = run_spec({"max_eval_samples=1"});
  EXPECT_THAT(losses(result),
              ElementsAre(AllOf(HasSubstr("may be chance"), Not(HasSubstr("brings")))));
}

TEST_F(ExplainTest, stops_at_the_bound_and_tells_what_is_left) {
  const spec::Spec asked = spec({});
  const Prepared prepared{{asked}, plan::inspect_inputs(asked, false)};
  store::Database database(options_.store);
  store::DatabaseResults results(database);
  const std::vector<Loss> losses = {{.cell = &asked.cells.at(1), .original = 1, .figure = 0}};
  RemedySearch search{.figure = "accuracy", .meaning = {.name = "accuracy"}};
  search.most_evaluations = 1;
  const auto one = measure_remedies(prepared, losses, search, options_, results);
  ASSERT_EQ(one.at(0).measured.size(), 1U);
  EXPECT_EQ(one[0].measured[0].change, "sign: true");
  EXPECT_EQ(one[0].left, 1U);
  search.most_evaluations = 5;
  const auto all = measure_remedies(prepared, losses, search, options_, results);
  ASSERT_EQ(all.at(0).measured.size(), 2U) << "a remedy that changes nothing is none";
  EXPECT_EQ(all[0].measured[0].change, "turn: false") << "the best first";
  EXPECT_EQ(all[0].measured[0].figure, 1);
  EXPECT_EQ(all[0].measured[0].cell.quantization.at("turn"), false);
  EXPECT_EQ(all[0].left, 0U);
}

}  // namespace
}  // namespace quantbench::execute
