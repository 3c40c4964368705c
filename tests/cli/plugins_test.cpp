// One plug-in of each kind that a spec speaks of, added here and nowhere else: it works in a spec,
// as flags, in --help, in completion and in the schema.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "quantbench/base/error.h"
#include "quantbench/calibrate/parameters.h"
#include "quantbench/metric/registry.h"
#include "quantbench/quantize/approach.h"
#include "quantbench/quantize/common_parameters.h"
#include "quantbench/quantize/pattern.h"
#include "quantbench/runtime/session.h"
#include "quantbench/spec/json_schema.h"
#include "quantbench/spec/key_table.h"
#include "quantbench/spec/spec.h"
#include "quantbench/task/task.h"

namespace quantbench::cli {
namespace {

using ::testing::HasSubstr;

class GuessingTask final : public task::Task {
 public:
  std::string summary() const override { return "a guess"; }
  Parameters args() const override {
    return {{.name = "guesses", .type = Parameter::Type::kInteger, .fallback = 3, .minimum = 1}};
  }
  std::unique_ptr<task::Processor> prepare(const task::TaskContext&,
                                           const dataset::Split&) const override {
    throw Error("a guess needs no data");
  }
  std::vector<std::string> required_data_keys() const override { return {"primary"}; }
  std::vector<std::string> optional_data_keys() const override { return {}; }
  std::vector<std::string> default_metrics() const override { return {"luck"}; }
  std::vector<runtime::NamedTensor> timing_inputs(const std::vector<runtime::InputInfo>&,
                                                  std::int64_t, std::int64_t,
                                                  const Json&) const override {
    return {};
  }
};

class Luck final : public metric::Metric {
 public:
  std::map<std::string, double> compute(const metric::Input&) const override {
    return {{"luck", 1}};
  }
  std::vector<metric::Figure> figures() const override { return {{.name = "luck"}}; }
};

class Abacus final : public runtime::Runtime {
 public:
  std::string summary() const override { return "beads on wires"; }
  runtime::ModelForm model_form() const override { return runtime::ModelForm::kCheckpoint; }
  std::unique_ptr<runtime::Session> open(const std::filesystem::path&,
                                         const runtime::SessionOptions&) const override {
    throw Error("no beads");
  }
  Json facts() const override { return {{"name", "abacus"}, {"version", "1"}}; }
};

class TernaryApproach final : public quantize::Approach {
 public:
  std::string summary() const override { return "weights of three values"; }
  Parameters parameters() const override {
    return {quantize::quantizer_option({.name = "ternary_threshold",
                                        .type = Parameter::Type::kNumber,
                                        .fallback = 0.7,
                                        .maximum = 1,
                                        .help = "Weights below it become zero"})};
  }
  quantize::Report quantize(graph::Model&, const Json&, const quantize::Ranges&) const override {
    return {};
  }
};

class Middle final : public calibrate::Calibrator {
 public:
  std::string summary() const override { return "the middle of what was seen"; }
  Fields<calibrate::MethodOptions> fields() const override {
    return Fields<calibrate::MethodOptions>().declare({.name = "middle_share",
                                                       .type = Parameter::Type::kNumber,
                                                       .fallback = 0.5,
                                                       .maximum = 1,
                                                       .help = "Share of the values to keep"});
  }
  calibrate::Needs needs(const calibrate::MethodOptions&) const override { return {}; }
  quantize::Range range(const calibrate::TensorStatistics&,
                        const calibrate::MethodOptions&) const override {
    return {};
  }
};

class Plugins : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    task::tasks().add("guessing", std::make_unique<GuessingTask>());
    metric::metrics().add("luck", std::make_unique<Luck>());
    runtime::runtimes().add("abacus", std::make_unique<Abacus>());
    quantize::approaches().add("ternary", std::make_unique<TernaryApproach>());
    calibrate::calibrators().add("middle", std::make_unique<Middle>());
    quantize::patterns().add("sandwich", quantize::fed_by("Softmax", "Add"));
  }

  static std::string output_of(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "quantbench");
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    ::testing::internal::CaptureStdout();
    EXPECT_EQ(run_command_line(static_cast<int>(argv.size()), argv.data()), kSuccess);
    std::fflush(stdout);
    return ::testing::internal::GetCapturedStdout();
  }

  static spec::Spec parse(const std::vector<std::string>& overrides) {
    return spec::parse(
        "task: text-classification\nname_or_path: m\ndataset: {path: d, eval_split: v, "
        "calibration_split: t, data_keys: {primary: sentence}, ref_keys: [label]}\n",
        "s", overrides);
  }
};

TEST_F(Plugins, work_in_a_spec) {
  const spec::Spec guess = parse({"task=guessing", "task_args.guesses=5", "metrics=[luck]"});
  EXPECT_EQ(guess.task_args, Json({{"guesses", 5}}));
  EXPECT_EQ(guess.metrics, std::vector<std::string>{"luck"});

  // A framework that opens the checkpoint takes no key of a quantizer.
  const spec::Spec abacus = parse({"framework=[onnxruntime, abacus]"});
  ASSERT_EQ(abacus.cells.size(), 2U);
  EXPECT_FALSE(abacus.cells[1].apply_quantization);

  const spec::Spec ternary =
      parse({"quantization_approach=ternary", "ternary_threshold=[0.5, 0.6]"});
  ASSERT_EQ(ternary.cells.size(), 2U);
  EXPECT_EQ(ternary.cells[1].quantization, Json({{"ternary_threshold", 0.6}}));

  const spec::Spec middle =
      parse({"quantization_approach=static", "node_exclusion=[sandwich]",
             "calibration={method: middle, middle_share: 0.25, num_calibration_samples: 8}"});
  const auto calibration = calibrate::calibration_from(*middle.cells.at(0).calibration);
  EXPECT_EQ(calibration.calibrator.options.other, Json({{"middle_share", 0.25}}));
}

TEST_F(Plugins, are_refused_with_a_range_and_named_as_the_nearest) {
  const auto refusal = [](const std::vector<std::string>& overrides) -> std::string {
    try {
      parse(overrides);
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_THAT(refusal({"ternary_treshold=0.5"}), HasSubstr("did you mean 'ternary_threshold'?"));
  EXPECT_THAT(refusal({"quantization_approach=ternary", "ternary_threshold=2"}),
              HasSubstr("expected a number from 0 to 1"));
  EXPECT_THAT(refusal({"ternary_threshold=0.5"}),
              HasSubstr("applies to quantization_approach ternary only"));
  EXPECT_THAT(refusal({"calibration={num_calibration_samples: 8, middle_share: 0.5}"}),
              HasSubstr("applies to method middle only, the method is minmax"));
  EXPECT_THAT(refusal({"task=gessing"}), HasSubstr("did you mean 'guessing'?"));
  EXPECT_THAT(refusal({"framework=abakus"}), HasSubstr("did you mean 'abacus'?"));
  EXPECT_THAT(refusal({"node_exclusion=[sandwitch]"}), HasSubstr("did you mean 'sandwich'?"));
}

TEST_F(Plugins, stand_in_help_and_completion) {
  const std::string help = output_of({"quantize", "--help"});
  EXPECT_THAT(help, HasSubstr("ternary"));
  EXPECT_THAT(help, HasSubstr("--ternary-threshold"));
  EXPECT_THAT(help, HasSubstr("Weights below it become zero (default: 0.7)"));
  EXPECT_THAT(help, HasSubstr("--middle-share"));
  for (const std::string shell : {"bash", "fish"}) {
    EXPECT_THAT(output_of({"completion", shell}), HasSubstr("ternary-threshold")) << shell;
  }
}

TEST_F(Plugins, stand_in_the_schema_and_in_the_table_of_keys) {
  const std::string schema = output_of({"schema"});
  for (const std::string name : {"guesses", "luck", "abacus", "ternary", "ternary_threshold",
                                 "middle", "middle_share", "sandwich"}) {
    EXPECT_THAT(schema, HasSubstr("\"" + name + "\"")) << name;
  }
  const std::string table = output_of({"schema", "--markdown"});
  EXPECT_THAT(table, HasSubstr("| `task_args.guesses` |"));
  EXPECT_THAT(table, HasSubstr("| `ternary_threshold` |"));
  EXPECT_THAT(table, HasSubstr("| `calibration.middle_share` |"));
}

}  // namespace
}  // namespace quantbench::cli
