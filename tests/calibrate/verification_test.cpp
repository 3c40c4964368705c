#include "quantbench/calibrate/verification.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/message_of.h"
#include "support/runnable_graph.h"

namespace quantbench::calibrate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

graph::Model scaled_by(float factor, const std::string& kind = "Mul") {
  graph::Model model =
      test::runnable({"y = " + kind + "(x, f)"}, {{"x", {-1, 4}}}, {{"y", {-1, 4}}});
  model.set_initializer(graph::Initializer::scalar("f", factor));
  return model;
}

TEST(Verify, puts_the_noise_of_each_output_into_the_report) {
  quantize::Report report;
  verify(report, scaled_by(1), scaled_by(1.1F));
  EXPECT_EQ(report.verification.at("inputs"), "generated inputs");
  EXPECT_EQ(report.verification.at("forwards"), 1);
  EXPECT_NEAR(report.verification.at("output_sqnr_db").at("y").get<double>(), 20, 1e-3);
  EXPECT_THAT(report.warnings, IsEmpty());
  const quantize::Report again = quantize::Report::from_json(report.to_json());
  EXPECT_EQ(again.verification, report.verification);
}

TEST(Verify, runs_samples_where_there_are_some) {
  quantize::Report report;
  VerificationInputs inputs;
  inputs.samples = [](const std::function<void(const Batch&)>& consume) {
    for (int i = 0; i < 9; ++i) consume({{{"x", {{1, 4}, test::wave(4)}}}, 1});
  };
  verify(report, scaled_by(1), scaled_by(1), inputs);
  EXPECT_EQ(report.verification.at("inputs"), "samples");
  EXPECT_EQ(report.verification.at("forwards"), 4);
  EXPECT_TRUE(report.verification.at("output_sqnr_db").at("y").is_null());
}

TEST(Verify, does_not_warn_where_others_measure_the_model) {
  quantize::Report report;
  verify(report, scaled_by(1), scaled_by(2), {.warns = false});
  EXPECT_NEAR(report.verification.at("output_sqnr_db").at("y").get<double>(), 0, 1e-3);
  EXPECT_THAT(report.warnings, IsEmpty());
}

TEST(Verify, warns_of_a_spoiled_output_and_names_the_worst_operators) {
  quantize::Report report;
  VerificationInputs inputs;
  inputs.worst_operators = [] { return WorstOperators{{"a", "in float", "b", "c", "d"}}; };
  report.left_nodes.push_back({"in float", "Add", "excluded"});
  verify(report, scaled_by(1), scaled_by(2), inputs);
  EXPECT_THAT(report.warnings, ElementsAre(testing::AllOf(HasSubstr("'y' 0.0 dB"),
                                                          HasSubstr("--node-exclusion 'a,b,c'"))));
}

TEST(Verify, names_operators_as_a_spec_does_and_the_pass_that_gives_them_names) {
  quantize::Report report;
  VerificationInputs inputs{.in_spec = true};
  inputs.worst_operators = [] { return WorstOperators{{"Add_1"}, "namer"}; };
  verify(report, scaled_by(1), scaled_by(2), inputs);
  inputs.in_spec = false;
  verify(report, scaled_by(1), scaled_by(2), inputs);
  EXPECT_THAT(report.warnings,
              ElementsAre(HasSubstr(R"(prepare: [namer], node_exclusion: ["Add_1"])"),
                          HasSubstr("--prepare namer --node-exclusion 'Add_1'")));
}

TEST(Verify, refuses_a_model_that_does_not_load_or_run) {
  quantize::Report report;
  EXPECT_THAT(test::message_of([&] { verify(report, scaled_by(1), scaled_by(1, "Mull")); }),
              HasSubstr("ONNX Runtime cannot load the quantized model: "));
  const graph::Model wide = [] {
    graph::Model model = scaled_by(1);
    model.set_initializer(test::wave_constant("f", {5}));  // does not fit x
    model.graph().mutable_input(0)->mutable_type()->mutable_tensor_type()->clear_shape();
    model.graph().mutable_output(0)->mutable_type()->mutable_tensor_type()->clear_shape();
    return model;
  }();
  EXPECT_THAT(test::message_of([&] { verify(report, scaled_by(1), wide); }),
              testing::AllOf(HasSubstr("cannot run the quantized model: "), HasSubstr("Mul_0"),
                             HasSubstr("--no-verify")));
}

TEST(Verify, says_when_the_float_model_itself_does_not_run) {
  quantize::Report report;
  verify(report, scaled_by(1, "Mull"), scaled_by(1));
  EXPECT_THAT(report.warnings, ElementsAre(HasSubstr("cannot load the float model")));
  EXPECT_EQ(report.verification.at("forwards"), 0);
}

}  // namespace
}  // namespace quantbench::calibrate
