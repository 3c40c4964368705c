#include "quantbench/execute/plan_rows.h"

#include <gmock/gmock.h>

#include <set>

#include "quantbench/base/file.h"
#include "support/planned_grid.h"

namespace quantbench::execute {
namespace {

using testing::HasSubstr;

using quantbench::test::planned_inputs;

struct Planned : quantbench::test::PlannedGrid {
  using PlannedGrid::PlannedGrid;

  int count(const std::string& stage) const {
    return static_cast<int>(
        std::count_if(plan.stages.begin(), plan.stages.end(),
                      [&](const plan::PlannedStage& planned) { return planned.name() == stage; }));
  }
  std::set<std::string> keys(const std::string& stage) const {
    std::set<std::string> out;
    for (const plan::PlannedStage& planned : plan.stages) {
      if (planned.name() == stage) out.insert(planned.key);
    }
    return out;
  }
};

TEST(Plan, runs_each_distinct_stage_once) {
  const Planned grid;
  ASSERT_EQ(grid.plan.rows.size(), 5U);
  EXPECT_EQ(grid.count("export"), 1);
  EXPECT_EQ(grid.count("quantize"), 4);
  EXPECT_EQ(grid.count("evaluate"), 5);
  EXPECT_EQ(grid.count("time"), 5 * 2);
  for (const PlannedRow& row : grid.plan.rows) EXPECT_EQ(row.times.size(), 2U);
}

TEST(Plan, puts_needs_before_what_needs_them_and_timings_last) {
  const Planned grid;
  bool timings_began = false;
  for (std::size_t i = 0; i < grid.plan.stages.size(); ++i) {
    const plan::PlannedStage& planned = grid.plan.stages[i];
    for (const std::size_t need : planned.needs) EXPECT_LT(need, i);
    if (planned.name() == "time") timings_began = true;
    EXPECT_EQ(planned.name() == "time", timings_began);
  }
}

TEST(Plan, times_the_cells_of_one_input_shape_side_by_side) {
  const Planned grid({"batch_sizes=[1, 8]", "input_lengths=[16, 32, 64]"});
  std::vector<std::string> shapes;
  for (const plan::PlannedStage& planned : grid.plan.stages) {
    if (planned.name() != "time") continue;
    const auto params = record_from_json<stages::Time::Params>(planned.params, "time");
    const std::string shape =
        std::to_string(params.batch_size) + "x" + std::to_string(params.input_length);
    if (shapes.empty() || shapes.back() != shape) shapes.push_back(shape);
  }
  EXPECT_THAT(shapes, testing::ElementsAre("1x16", "1x32", "1x64", "8x16", "8x32", "8x64"));
}

TEST(Plan, shares_evaluations_between_thread_counts_but_not_timings) {
  const Planned grid(
      {"framework_args=[{opset: 13, intra_op_num_threads: 1},"
       "{opset: 13, intra_op_num_threads: 2}]",
       "operators_to_quantize=[MatMul]", "per_channel=false"});
  ASSERT_EQ(grid.plan.rows.size(), 4U);
  EXPECT_EQ(grid.count("evaluate"), 2);
  EXPECT_EQ(grid.count("time"), 4 * 2);
}

TEST(Plan, exports_once_for_each_opset) {
  const Planned grid({"framework_args=[{opset: 11}, {opset: 13}]"});
  EXPECT_EQ(grid.count("export"), 2);
  EXPECT_EQ(grid.count("quantize"), 8);
}

TEST(Plan, calibrates_in_one_pass_what_takes_the_same_samples) {
  const TemporaryDirectory data;
  write_text(data.path() / "train.jsonl", R"({"sentence": "well", "label": 1})");
  const auto passes = [&](const std::vector<std::string>& cells) {
    std::string list;
    for (const std::string& cell : cells) {
      list += (list.empty() ? "{" : ", {") + cell + ", num_calibration_samples: 1}";
    }
    return Planned({"dataset.path=" + data.path().string(), "dataset.calibration_split=train",
                    "quantization_approach=static", "per_channel=false",
                    "calibration=[" + list + "]"})
        .count("calibrate");
  };
  // minmax has no histogram, so that it can share any pass.
  EXPECT_EQ(passes({"method: minmax", "method: entropy"}), 1);
  EXPECT_EQ(passes({"method: entropy", "method: minmax", "method: minmax, symmetric_range: true"}),
            1);
  EXPECT_EQ(passes({"method: minmax", "method: percentile"}), 1);
  // Those collect in different ways.
  EXPECT_EQ(passes({"method: minmax", "method: percentile", "method: entropy"}), 2);
  EXPECT_EQ(passes({"method: percentile", "method: percentile, collection: all_at_once"}), 2);
  EXPECT_EQ(passes({"method: minmax, calibration_moving_average: true", "method: entropy"}), 2);
  // Other samples, or counted in another way.
  EXPECT_EQ(passes({"method: minmax, mask_padding: true", "method: entropy"}), 2);
  EXPECT_EQ(passes({"method: minmax, calibration_padding: longest", "method: entropy"}), 2);
}

TEST(Plan, does_not_care_for_the_order_of_operators) {
  const Planned grid({"operators_to_quantize=[[Add, MatMul], [MatMul, Add]]", "per_channel=false"});
  EXPECT_EQ(grid.plan.rows.size(), 3U);
  EXPECT_EQ(grid.count("quantize"), 1);
  EXPECT_EQ(grid.count("evaluate"), 2);
}

TEST(Plan, keys_change_with_what_they_depend_on_and_nothing_else) {
  const Planned grid;
  plan::Inputs other_machine = planned_inputs();
  other_machine.machine_key = "another machine";
  const Planned elsewhere({}, other_machine);
  EXPECT_EQ(elsewhere.keys("export"), grid.keys("export"));
  EXPECT_EQ(elsewhere.keys("quantize"), grid.keys("quantize"));
  EXPECT_NE(elsewhere.keys("evaluate"), grid.keys("evaluate"));
  EXPECT_NE(elsewhere.keys("time"), grid.keys("time"));

  plan::Inputs other_data = planned_inputs();
  other_data.evaluation_hash = "other data";
  const Planned on_other_data({}, other_data);
  EXPECT_EQ(on_other_data.keys("time"), grid.keys("time"));
  EXPECT_NE(on_other_data.keys("evaluate"), grid.keys("evaluate"));

  plan::Inputs other_model = planned_inputs();
  other_model.model_hash = "other model";
  const Planned of_other_model({}, other_model);
  for (const char* stage : {"export", "quantize", "evaluate", "time"}) {
    EXPECT_NE(of_other_model.keys(stage), grid.keys(stage)) << stage;
  }

  const Planned longer({"time_benchmark_args.duration=3"});
  EXPECT_EQ(longer.keys("evaluate"), grid.keys("evaluate"));
  EXPECT_NE(longer.keys("time"), grid.keys("time"));

  plan::Inputs moved = planned_inputs();
  moved.model_directory = "elsewhere/tiny";
  EXPECT_EQ(Planned({"name_or_path=elsewhere/tiny"}, moved).keys("time"), grid.keys("time"));
}

TEST(Plan, has_each_number_of_streams_at_each_shape_after_the_timings) {
  EXPECT_EQ(Planned().count("time_streams"), 0);
  const Planned grid({"batch_sizes=[1, 8]", "input_lengths=[16]", "streams=[3, 1]"});
  EXPECT_EQ(grid.count("time_streams"), 5 * 2 * 2);
  std::vector<std::string> loads;
  for (const auto& ref : grid.plan.rows[0].streams) {
    const auto params = record_from_json<stages::TimeStreams::Params>(
        grid.plan.stages[ref.index].params, "time_streams");
    loads.push_back(std::to_string(params.batch_size) + "x" + std::to_string(params.streams));
  }
  EXPECT_THAT(loads, testing::ElementsAre("1x3", "1x1", "8x3", "8x1"));
  EXPECT_EQ(grid.plan.stages.back().name(), "time_streams");
  EXPECT_THAT(grid.plan.stages.back().subject, HasSubstr("1 stream, batch size 8"));
}

TEST(Plan, has_one_stream_per_core_and_no_number_twice) {
  spec::Spec spec;
  spec.streams = {1, spec::kStreamPerCore, 4};
  EXPECT_THAT(stages::TimeStreams::counts(spec, 8), testing::ElementsAre(1, 8, 4));
  EXPECT_THAT(stages::TimeStreams::counts(spec, 4), testing::ElementsAre(1, 4));
  EXPECT_THAT(stages::TimeStreams::counts(spec, 1), testing::ElementsAre(1, 4));
}

TEST(Plan, shares_streams_between_thread_counts) {
  const Planned grid(
      {"framework_args=[{opset: 13, intra_op_num_threads: 1},"
       "{opset: 13, intra_op_num_threads: 2}]",
       "operators_to_quantize=[MatMul]", "per_channel=false", "streams=2"});
  ASSERT_EQ(grid.plan.rows.size(), 4U);
  EXPECT_EQ(grid.count("time_streams"), 2 * 2) << "its sessions have one thread";
}

TEST(Plan, leaves_out_rows_whose_framework_is_not_built_in) {
  spec::Spec spec = Planned().spec;
  spec.cells[1].framework = "tensorflow";
  const Plan plan = plan_rows(spec, planned_inputs());
  EXPECT_THAT(plan.rows[1].skipped, HasSubstr("'tensorflow' is not in this build"));
  EXPECT_EQ(plan.rows[0].skipped, "");
}

TEST(Plan, leaves_out_rows_whose_framework_does_not_take_models_of_the_approach) {
  const Planned grid({"framework=openvino"});
  ASSERT_EQ(grid.plan.rows.size(), 5U);
  for (const PlannedRow& row : grid.plan.rows) {
    if (!row.cell->apply_quantization) continue;
    EXPECT_THAT(row.skipped,
                HasSubstr("framework 'openvino' does not take quantization_approach dynamic: "
                          "OpenVINO computes such models in float"));
  }
  EXPECT_EQ(grid.count("quantize"), 0);
}

TEST(Plan, says_what_a_stage_is_about) {
  const Planned grid;
  EXPECT_EQ(grid.plan.stages.front().subject, "distilbert, opset 13");
  EXPECT_EQ(plan::in_words(grid.spec.cells.front()),
            "operators_to_quantize=['Add', 'MatMul'], per_channel=False, apply_quantization=True");
}

}  // namespace
}  // namespace quantbench::execute
