#include "quantbench/search/tune.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <string>
#include <vector>

#include "quantbench/analysis/decision.h"
#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/demo/demo_assets.h"
#include "quantbench/execute/strategy.h"
#include "quantbench/metric/outcomes.h"
#include "quantbench/search/candidates.h"
#include "search/spoiling_approach.h"

namespace quantbench::search {
namespace {

using execute::Event;
using testing::AnyOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

/// The model and the sentences of the demo, searched for real.
class TuneTest : public testing::Test {
 protected:
  TuneTest() {
    demo::unpack(directory_.path() / "demo");
    options_.store = directory_.path() / "results.sqlite";
    options_.cache = directory_.path() / "cache";
    options_.on_event = [this](const Event& event) {
      events_.push_back(event);
      const bool is_kept =
          event.kind == Event::Kind::kDecision && event.message.ends_with(", kept");
      if (cancels_when_kept_ && is_kept) cancelled_ = true;
    };
    options_.cancel = &cancelled_;
  }

  std::string in(const std::string& name) const {
    return (directory_.path() / "demo" / name).string();
  }

  spec::Spec spec(const std::string& more = {}) const {
    return spec::parse(
        "task: text-classification\nname_or_path: " + in("model") +
            "\ndataset:\n  path: " + in("data") +
            "\n  eval_split: validation\n  calibration_split: validation\n"
            "  data_keys: {primary: sentence}\n  ref_keys: [label]\nbatch_sizes: "
            "[1]\ninput_lengths: [8]\n"
            "time_benchmark_args: {duration: 0.2, warmup_runs: 1, starts: 1}\n"
            "strategy: tune\n" +
            (more.find("max_eval") == std::string::npos ? "max_eval_samples: 60\n" : "") + more,
        "test.yaml");
  }

  /// As a run of the spec does it.
  store::RunResult run(const std::string& more) {
    events_.clear();
    const spec::Spec searched = spec(more);
    return execute::strategies().get(searched.strategy).run(searched, options_);
  }

  std::string message_of(const std::string& more) {
    try {
      run(more);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }

  int count(Event::Kind kind) const {
    int out = 0;
    for (const Event& event : events_) out += event.kind == kind ? 1 : 0;
    return out;
  }

  TemporaryDirectory directory_;
  execute::Options options_;
  std::vector<Event> events_;
  std::atomic<bool> cancelled_ = false;
  /// As soon as a candidate within the budget is known.
  bool cancels_when_kept_ = false;
};

/// Two candidates: a search over all of them takes minutes. By size, because its latency is
/// too short for a busy machine.
constexpr const char* kGrid =
    "apply_quantization: [false, true]\n"
    "operators_to_quantize: [[MatMul], [MatMul, Gather]]\n";
const std::string kWide = std::string(kGrid) + "strategy_args: {max_drop: 0.9, objective: size}\n";

metric::Outcomes outcomes_of(const store::Row& row, std::size_t samples) {
  return *metric::outcomes_of_text(row.outcomes.at("accuracy"), samples);
}

TEST_F(TuneTest, chooses_a_row_and_judges_it_on_the_second_half) {
  const store::RunResult result = run(kWide);
  ASSERT_TRUE(result.tuning);
  const store::Tuning& tuning = *result.tuning;
  EXPECT_TRUE(tuning.finished);
  EXPECT_EQ(tuning.search_samples, 30);
  EXPECT_EQ(tuning.confirmation_samples, 30);
  EXPECT_DOUBLE_EQ(tuning.budget, 0.9);
  ASSERT_GT(tuning.row, 0);
  const store::Row& original = result.rows.at(0);
  const store::Row& chosen = result.rows.at(static_cast<std::size_t>(tuning.row));
  EXPECT_FALSE(original.quantized);
  EXPECT_EQ(chosen.status, store::Row::Status::kOk) << chosen.message;
  // The decision follows from the rows' own outcomes.
  const auto bound =
      analysis::bound_of_loss(metric::Figure{.name = "accuracy", .is_share = true},
                              analysis::halves_of(outcomes_of(original, 60), 30).confirmation,
                              analysis::halves_of(outcomes_of(chosen, 60), 30).confirmation);
  ASSERT_TRUE(bound);
  EXPECT_DOUBLE_EQ(*tuning.loss, bound->loss);
  EXPECT_EQ(tuning.outcome, analysis::name_of(analysis::decide(bound, 0.9).outcome));
  // Every other candidate is there too, and says why it is out.
  for (const store::Row& row : result.rows) {
    if (row.status != store::Row::Status::kOk) {
      EXPECT_THAT(row.message, Not(IsEmpty()));
    }
  }
  EXPECT_THAT(tuning.steps, Contains(Field(&store::Tuning::Step::verdict, "chosen")));
}

TEST_F(TuneTest, a_framework_that_quantizes_is_a_candidate) {
  try {
    require_frameworks({"pytorch_dynamic"}, "test");
  } catch (const Error& missing) {
    GTEST_SKIP() << missing.what();
  }
  const store::RunResult result =
      run("framework: [pytorch, pytorch_dynamic]\nstrategy_args: {max_drop: 0.9}\n");
  ASSERT_THAT(result.rows, SizeIs(2));
  EXPECT_FALSE(result.rows.at(0).quantized);
  EXPECT_TRUE(result.rows.at(1).quantized);
  EXPECT_THAT(result.tuning->steps, Contains(Field(&store::Tuning::Step::kind, "confirm")))
      << result.tuning->steps.at(0).reason;
}

TEST_F(TuneTest, evaluates_nothing_that_cannot_win) {
  // Four candidates, of which two at most are looked at together. One of these is within the
  // budget, and the others are known to be larger.
  const store::RunResult result = run("per_channel: [false, true]\n" + kWide);
  const auto is_evaluated = [](const store::Tuning::Step& step) {
    return step.kind == store::Tuning::Step::kEvaluate && step.loss;
  };
  std::set<std::string> evaluated;
  for (const store::Tuning::Step& step : result.tuning->steps) {
    if (is_evaluated(step)) evaluated.insert(step.candidate);
  }
  EXPECT_THAT(evaluated, SizeIs(testing::Le(2U)));
  EXPECT_THAT(result.rows, Contains(Field(&store::Row::message, HasSubstr("x smaller, and "))));
}

TEST_F(TuneTest, the_original_stays_where_nothing_is_better) {
  // No weight becomes smaller, and the graph grows.
  const store::RunResult result =
      run("apply_quantization: [false, true]\nquantization_approach: static\n"
          "operators_to_quantize: [[Add]]\ncalibration: {num_calibration_samples: 8}\n"
          "strategy_args: {max_drop: 0.9, objective: size}\n");
  EXPECT_EQ(result.tuning->outcome, store::Tuning::kNotBetter);
  EXPECT_EQ(result.tuning->row, 1);
  EXPECT_LE(*result.tuning->loss, 0.9);
  EXPECT_THAT(result.tuning->steps, Not(Contains(Field(&store::Tuning::Step::verdict, "chosen"))));
}

TEST_F(TuneTest, leaves_operators_in_float_until_the_loss_is_within_the_budget) {
  const store::RunResult result =
      run("apply_quantization: [false, true]\nquantization_approach: spoiling\n"
          "operators_to_quantize: [[MatMul]]\n"
          "strategy_args: {max_drop: 0.05, objective: size}\n");
  const store::Tuning& tuning = *result.tuning;
  ASSERT_GT(tuning.row, 0);
  EXPECT_THAT(tuning.outcome, AnyOf(store::Tuning::kShown, store::Tuning::kNotShown));
  const store::Row& chosen = result.rows.at(static_cast<std::size_t>(tuning.row));
  EXPECT_THAT(chosen.parameters.at("node_exclusion"), SizeIs(test::SpoilingApproach::kInFloat));
  // It was tried whether fewer do.
  const auto was_too_few = [](const store::Tuning::Step& step) {
    return step.operators_in_float == test::SpoilingApproach::kInFloat - 1 &&
           step.verdict == store::Tuning::Step::kStopped && step.loss > 0.05;
  };
  EXPECT_TRUE(std::ranges::any_of(tuning.steps, was_too_few));
}

TEST_F(TuneTest, measures_nothing_twice) {
  const store::RunResult first = run(kWide);
  EXPECT_GT(count(Event::Kind::kStageStarted), 0);
  const store::RunResult second = run(kWide);
  EXPECT_EQ(count(Event::Kind::kStageStarted), 0);
  EXPECT_EQ(second.tuning->row, first.tuning->row);
  EXPECT_EQ(second.tuning->outcome, first.tuning->outcome);
}

TEST_F(TuneTest, searches_the_grid_of_a_spec_that_has_one) {
  const store::RunResult result = run(kWide);
  EXPECT_THAT(result.rows, SizeIs(3));
  EXPECT_EQ(result.rows.at(1).parameters.at("operators_to_quantize"), Json{"MatMul"});
}

TEST_F(TuneTest, hands_over_the_best_so_far_when_it_is_cancelled) {
  cancels_when_kept_ = true;
  const store::RunResult result = run(kWide);
  EXPECT_FALSE(result.tuning->finished);
  EXPECT_THAT(result.tuning->unfinished_reason, HasSubstr("interrupted"));
  EXPECT_GT(result.tuning->row, 0);
  EXPECT_TRUE(result.tuning->bound);
}

TEST_F(TuneTest, tells_of_the_best_so_far_in_case_it_is_killed) {
  std::vector<store::RunResult> told;
  options_.on_better = [&](const store::RunResult& result) { told.push_back(result); };
  const store::RunResult result = run(kWide);
  ASSERT_THAT(told, Not(IsEmpty()));
  EXPECT_TRUE(result.tuning->finished);
  const store::RunResult& first = told.front();
  EXPECT_EQ(first.run_id, result.run_id);
  EXPECT_FALSE(first.tuning->finished);
  EXPECT_THAT(first.tuning->unfinished_reason, HasSubstr("killed"));
  ASSERT_GT(first.tuning->row, 0);
  const store::Row& best = first.rows.at(static_cast<std::size_t>(first.tuning->row));
  EXPECT_EQ(best.status, store::Row::Status::kOk) << best.message;
  EXPECT_THAT(best.timings, SizeIs(1));
  // What is told too early leaves no trace in the search.
  EXPECT_LT(first.tuning->steps.size(), result.tuning->steps.size());
  EXPECT_EQ(std::ranges::count(result.tuning->steps, "confirm", &store::Tuning::Step::kind), 1);
}

TEST_F(TuneTest, cancelled_before_anything_is_known_it_says_so) {
  cancelled_ = true;
  EXPECT_THROW(run(kWide), execute::Cancelled);
}

TEST_F(TuneTest, a_time_limit_ends_the_search_and_says_so) {
  const store::RunResult result = run(
      std::string(kGrid) + "strategy_args: {max_drop: 0.9, objective: size, time_limit: 0.001}\n");
  EXPECT_FALSE(result.tuning->finished);
  EXPECT_THAT(result.tuning->unfinished_reason, HasSubstr("time limit of 0.001 s"));
}

TEST_F(TuneTest, refuses_what_cannot_be_judged) {
  EXPECT_THAT(message_of("max_eval_samples: 10\n"), HasSubstr("10 samples"));
  EXPECT_THAT(message_of("strategy_args: {max_drop: much}\n"), HasSubstr("strategy_args.max_drop"));
  EXPECT_THAT(message_of("strategy_args: {shape: [128]}\n"), HasSubstr("128"));
  EXPECT_THAT(message_of("strategy_args: {metric: acuracy}\n"), HasSubstr("accuracy"));
  EXPECT_THAT(
      message_of("apply_quantization: [true]\nstrategy_args: {max_drop: 0.1}\nlayout: plain\n"),
      AnyOf(HasSubstr("original"), HasSubstr("layout")));
}

TEST_F(TuneTest, a_share_is_of_the_originals_figure) {
  const store::RunResult result =
      run(std::string(kGrid) + "strategy_args: {max_drop: 50%, objective: size}\n");
  const auto half = analysis::halves_of(outcomes_of(result.rows.at(0), 60), 30).search;
  const auto value = analysis::value_on(metric::Figure{.name = "accuracy"}, half);
  EXPECT_DOUBLE_EQ(result.tuning->budget, 0.5 * *value);
  EXPECT_TRUE(result.tuning->max_drop_is_relative);
}

TEST(WithExcluded, keeps_what_was_excluded_before) {
  spec::Cell cell;
  cell.node_exclusion = std::vector<std::string>{"layernorm"};
  const spec::Cell more = with_excluded(cell, {"/a/MatMul", "layernorm"});
  EXPECT_THAT(*more.node_exclusion, ElementsAre("layernorm", "/a/MatMul"));
  EXPECT_EQ(more.quantization["node_exclusion"], Json(*more.node_exclusion));
  EXPECT_EQ(more.parameters["node_exclusion"], Json(*more.node_exclusion));
}

TEST(StartingPoints, begin_with_the_original_and_suit_the_machine) {
  const Json vnni = {{"instruction_sets", {"avx2", "avx512f", "avx512_vnni"}}};
  const auto points = starting_points({"onnxruntime"}, vnni, 64);
  EXPECT_EQ(points.at(0).at("apply_quantization"), false);
  std::vector<std::string> presets;
  for (const Json& point : points) {
    if (point.contains("preset")) presets.push_back(point["preset"].get<std::string>());
    if (point.contains("calibration")) {
      EXPECT_EQ(point["calibration"]["num_calibration_samples"], 64);
    }
  }
  EXPECT_THAT(presets, Contains("avx512_vnni"));
  EXPECT_THAT(presets, Contains("matmul_inputs"));
  EXPECT_THAT(presets, Not(Contains("arm64")));
  EXPECT_THAT(presets, Not(Contains("avx2")));
}

TEST(StartingPoints, compare_with_a_framework_that_does_not_quantize) {
  const auto original_of = [](const std::vector<std::string>& frameworks) {
    return starting_points(frameworks, Json::object(), 64).at(0).at("framework");
  };
  EXPECT_EQ(original_of({"pytorch_dynamic", "pytorch"}), "pytorch");
  EXPECT_EQ(original_of({"pytorch_dynamic"}), "onnxruntime");
}

TEST(RequireFrameworks, names_the_place) {
  EXPECT_THROW(require_frameworks({"onnxruntim"}, "--frameworks"), Error);
}

}  // namespace
}  // namespace quantbench::search
