#include "quantbench/execute/rows.h"

#include <gmock/gmock.h>

#include "quantbench/stages/quantize.h"

namespace quantbench::execute {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

template <typename Result>
StageOutcome done(const Result& result) {
  StageOutcome outcome;
  outcome.ok = true;
  outcome.result = record_to_json(result);
  return outcome;
}

/// Warnings of a row timed at two shapes while others took those shares of the machine.
std::vector<std::string> warnings(std::optional<double> first, std::optional<double> second) {
  const spec::Cell cell;
  PlannedRow planned;
  planned.cell = &cell;
  planned.evaluate = plan::StageRef<stages::Evaluate>{0};
  planned.times = {{1}, {2}};
  std::vector<StageOutcome> outcomes{done(stages::Evaluate::Result{})};
  for (const auto& load : {first, second}) {
    outcomes.push_back(
        done(stages::Time::Result{.timing = {}, .other_load = load, .remark = "a remark"}));
  }
  return make_row(planned, outcomes, Json::object()).warnings;
}

TEST(Rows, warn_once_when_other_processes_took_much_of_the_machine) {
  EXPECT_THAT(warnings(0.5, 0.7),
              ElementsAre("a remark", HasSubstr("other processes took 10 % or more")));
  EXPECT_THAT(warnings(0.01, 0.7),
              ElementsAre("a remark", HasSubstr("other processes took 10 % or more")));
}

TEST(Rows, do_not_warn_of_a_quiet_machine_or_an_unknown_load) {
  EXPECT_THAT(warnings(0.02, 0.09), ElementsAre("a remark"));
  EXPECT_THAT(warnings(std::nullopt, std::nullopt), ElementsAre("a remark"));
}

TEST(Rows, have_the_figures_and_the_memory_of_concurrent_streams) {
  const spec::Cell cell;
  PlannedRow planned;
  planned.cell = &cell;
  planned.evaluate = plan::StageRef<stages::Evaluate>{0};
  planned.times = {{1}};
  planned.streams = {{2}, {3}};
  std::vector<StageOutcome> outcomes{done(stages::Evaluate::Result{}),
                                     done(stages::Time::Result{})};
  for (const std::int64_t streams : {1, 2}) {
    measure::StreamFigures figures;
    figures.streams = streams;
    outcomes.push_back(done(stages::TimeStreams::Result{.figures = figures, .other_load = 0.5}));
    outcomes.back().peak_memory_bytes = 100 * streams;
  }
  outcomes[1].peak_memory_bytes = 7;
  store::Row row = make_row(planned, outcomes, Json::object());
  ASSERT_EQ(row.streams.size(), 2U);
  EXPECT_EQ(row.streams[1].streams, 2);
  EXPECT_EQ(row.streams[1].peak_memory_bytes, 200);
  EXPECT_EQ(row.peak_memory_bytes, 7) << "of one session";
  EXPECT_THAT(row.warnings, ElementsAre(HasSubstr("other processes took 10 % or more")));

  outcomes[3].ok = false;
  outcomes[3].message = "killed";
  row = make_row(planned, outcomes, Json::object());
  EXPECT_EQ(row.status, store::Row::Status::kFailed);
  EXPECT_EQ(row.message, "killed");
  EXPECT_EQ(row.streams.size(), 1U);
}

TEST(Rows, keep_what_their_evaluation_remarked) {
  const spec::Cell cell;
  PlannedRow planned;
  planned.cell = &cell;
  planned.evaluate = plan::StageRef<stages::Evaluate>{0};
  stages::Evaluate::Result evaluated;
  evaluated.remarks = {"1 of 5 samples cannot be used", "ids without class names"};
  const auto row = make_row(planned, {done(evaluated)}, Json::object());
  EXPECT_THAT(row.warnings,
              ElementsAre("1 of 5 samples cannot be used", "ids without class names"));
}

/// Warnings of a row that quantizes one operator on a CPU with these instruction sets.
std::vector<std::string> warnings_on_a_cpu_with(const std::vector<std::string>& instruction_sets,
                                                bool reduce_range = false) {
  spec::Cell cell;
  cell.reduce_range = reduce_range;
  PlannedRow planned;
  planned.cell = &cell;
  planned.model = 0;
  planned.evaluate = plan::StageRef<stages::Evaluate>{1};
  stages::Quantize::Result quantized;
  quantized.report.quantized["MatMul"] = 1;
  StageOutcome model = done(quantized);
  model.artefact.emplace();
  const Json machine = {{"architecture", "x86_64"}, {"instruction_sets", instruction_sets}};
  return make_row(planned, {model, done(stages::Evaluate::Result{})}, machine).warnings;
}

TEST(Rows, warn_where_the_cpu_has_no_vnni_and_all_eight_bits_are_used) {
  EXPECT_THAT(warnings_on_a_cpu_with({"avx2"}), ElementsAre(HasSubstr("no VNNI")));
  EXPECT_THAT(warnings_on_a_cpu_with({"avx2", "avx512_vnni"}), IsEmpty());
  EXPECT_THAT(warnings_on_a_cpu_with({"avx2"}, true), IsEmpty());
}

/// Warnings of a quantized row at that level.
std::vector<std::string> warnings_at_level(int level, const std::string& approach,
                                           const Json& options, int quantized_operators = 1) {
  spec::Cell cell;
  cell.framework = "onnxruntime";
  cell.framework_args.optimization_level = level;
  cell.quantization_approach = approach;
  cell.quantization = options;
  PlannedRow planned;
  planned.cell = &cell;
  planned.model = 0;
  planned.evaluate = plan::StageRef<stages::Evaluate>{1};
  stages::Quantize::Result quantized;
  quantized.report.quantized["MatMul"] = quantized_operators;
  StageOutcome model = done(quantized);
  model.artefact.emplace();
  const Json machine = {{"architecture", "aarch64"}};
  return make_row(planned, {model, done(stages::Evaluate::Result{})}, machine).warnings;
}

TEST(Rows, warn_of_qdq_pairs_that_the_level_does_not_fuse) {
  const Json qdq = {{"format", "QDQ"}};
  EXPECT_THAT(warnings_at_level(0, "static", qdq),
              ElementsAre(HasSubstr("optimization_level 0 is below 2")));
  EXPECT_THAT(warnings_at_level(1, "static", Json::object()),
              ElementsAre(HasSubstr("optimization_level 1 is below 2")))
      << "QDQ is the default format";
  EXPECT_THAT(warnings_at_level(2, "static", qdq), IsEmpty());
  EXPECT_THAT(warnings_at_level(99, "static", qdq), IsEmpty());
  EXPECT_THAT(warnings_at_level(0, "static", {{"format", "QOperator"}}), IsEmpty());
  EXPECT_THAT(warnings_at_level(0, "dynamic", Json::object()), IsEmpty());
  EXPECT_THAT(warnings_at_level(0, "static", qdq, 0), IsEmpty()) << "the model is the original";
}

TEST(Rows, have_the_measured_precision_unless_the_level_explains_it) {
  const auto warnings = [](int level) {
    spec::Cell cell;
    cell.framework = "onnxruntime";
    cell.framework_args.optimization_level = level;
    cell.quantization_approach = "static";
    PlannedRow planned;
    planned.cell = &cell;
    planned.model = 0;
    planned.evaluate = plan::StageRef<stages::Evaluate>{1};
    stages::Quantize::Result quantized;
    quantized.report.quantized["MatMul"] = 1;
    StageOutcome model = done(quantized);
    model.artefact.emplace();
    stages::Evaluate::Result evaluated;
    evaluated.remarks = {"a label is missing"};
    evaluated.precision_remarks = {"computes in float32"};
    const Json machine = {{"architecture", "x86_64"}, {"instruction_sets", {"avx512_vnni"}}};
    return make_row(planned, {model, done(evaluated)}, machine).warnings;
  };
  EXPECT_THAT(warnings(99), ElementsAre("a label is missing", "computes in float32"));
  EXPECT_THAT(warnings(1), ElementsAre(HasSubstr("is below 2"), "a label is missing"));
}

TEST(Rows, say_which_optimization_level_the_protocol_did_not_apply) {
  spec::Cell cell;
  cell.framework = "onnxruntime";
  PlannedRow planned;
  planned.cell = &cell;
  planned.evaluate = plan::StageRef<stages::Evaluate>{0};
  const auto warnings = [&] {
    return make_row(planned, {done(stages::Evaluate::Result{})}, Json::object()).warnings;
  };
  EXPECT_THAT(warnings(), IsEmpty());
  cell.framework_args.unapplied_optimization_level = 1;
  EXPECT_THAT(warnings(), ElementsAre(HasSubstr("does not apply optimization_level 1")));
}

}  // namespace
}  // namespace quantbench::execute
