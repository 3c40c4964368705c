// One plug-in of each kind (docs/architecture.md), added here and nowhere else. Each works, and
// stands where its kind can stand: in a spec, as flags, in --help, in completion, in the schema.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "quantbench/backend/backend.h"
#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/calibrate/parameters.h"
#include "quantbench/dataset/dataset.h"
#include "quantbench/graph/pass.h"
#include "quantbench/metric/registry.h"
#include "quantbench/model/heads/text_heads.h"
#include "quantbench/plan/builder.h"
#include "quantbench/quantize/approach.h"
#include "quantbench/quantize/common_parameters.h"
#include "quantbench/quantize/pattern.h"
#include "quantbench/quantize/preparation.h"
#include "quantbench/quantize/preset.h"
#include "quantbench/quantize/static_operator.h"
#include "quantbench/report/registry.h"
#include "quantbench/report/report.h"
#include "quantbench/runtime/session.h"
#include "quantbench/spec/json_schema.h"
#include "quantbench/spec/key_table.h"
#include "quantbench/spec/spec.h"
#include "quantbench/stages/registry.h"
#include "quantbench/task/task.h"
#include "support/graph_text.h"
#include "support/program.h"
#include "support/tiny_models.h"

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

/// A preset of static quantization.
class Halves final : public quantize::Preset {
 public:
  std::string summary() const override { return "half of everything"; }
  std::optional<Json> options(quantize::ActivationRanges ranges) const override {
    if (ranges != quantize::ActivationRanges::kFromSamples) return std::nullopt;
    return Json{{"reduce_range", true}};
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

/// Writes its name into the model's documentation.
class Signature final : public graph::Pass {
 public:
  std::string summary() const override { return "signs the model"; }
  int apply(graph::Model& model, graph::PassContext&) const override {
    if (model.graph().doc_string() == "signed") return 0;
    model.graph().set_doc_string("signed");
    return 1;
  }
};

/// Word embeddings with the heads of text models.
class BagOfWords final : public model::TextNetwork {
 public:
  BagOfWords(const checkpoint::Checkpoint& checkpoint, std::string_view task)
      : TextNetwork(checkpoint, task,
                    {"bert.pooler.dense", model::Activation::kTanh, "classifier"}) {}

 protected:
  std::int64_t hidden_size() const override { return 8; }
  model::Value encode(model::Forward& forward) const override {
    return forward.embedding(forward.input("input_ids"), "bert.embeddings.word_embeddings.weight",
                             20, 8);
  }
};

class BagOfWordsArchitecture final : public model::TextArchitecture {
 public:
  std::vector<std::string> input_names(const checkpoint::Checkpoint&) const override {
    return {"input_ids"};
  }
  std::string base_model_prefix() const override { return "bert"; }
  std::unique_ptr<const model::Network> network(const checkpoint::Checkpoint& checkpoint,
                                                std::string_view task) const override {
    return std::make_unique<BagOfWords>(checkpoint, task);
  }
};

/// A file of one line a row, in a column "bead".
class Beads final : public dataset::Format {
 public:
  std::vector<std::string> extensions() const override { return {".beads"}; }
  std::unique_ptr<dataset::Table> open(const std::filesystem::path& path,
                                       std::size_t /*max_rows*/) const override {
    return std::make_unique<Rows>(split(read_text(path), '\n'));
  }

 private:
  class Rows final : public dataset::Table {
   public:
    explicit Rows(std::vector<std::string> lines) : lines_(std::move(lines)) {
      if (lines_.back().empty()) lines_.pop_back();
    }
    const std::vector<std::string>& columns() const override { return columns_; }
    std::size_t size() const override { return lines_.size(); }
    dataset::Example row(std::size_t index) override { return {{"bead", lines_.at(index)}}; }

   private:
    std::vector<std::string> columns_ = {"bead"};
    std::vector<std::string> lines_;
  };
};

/// A format of reports.
class Telegram final : public report::Layout {
 public:
  std::string render(const report::Document& result, report::Remarks) const override {
    return std::to_string(result.rows.size()) + " ROWS STOP\n";
  }
};

/// A layout of the card.
class Poem final : public report::Layout {
 public:
  std::optional<report::CardForm> card() const override {
    return report::CardForm{.summary = "a line for each row"};
  }
  std::string render(const report::Document& result, report::Remarks) const override {
    std::string poem;
    for (std::size_t i = 0; i < result.rows.size(); ++i) poem += "a row is a row\n";
    return poem;
  }
};

/// Weighs a model.
struct Weigh {
  static constexpr plan::StageDeclaration kDeclaration{.name = "weigh",
                                                       .summary = "batch -> its weight"};

  struct Params {
    std::int64_t batch_size = 1;

    static constexpr auto fields() { return std::tuple(field("batch_size", &Params::batch_size)); }
  };
  using Places = plan::Nothing;
  struct Result {
    std::int64_t grams = 0;

    static constexpr auto fields() { return std::tuple(field("grams", &Result::grams)); }
  };

  static plan::Request<Weigh> plan(plan::Builder&, std::int64_t batch_size) {
    return {.params = {.batch_size = batch_size}};
  }
  static Result run(const plan::Context<Weigh>& context) {
    return {.grams = context.params.batch_size * 10};
  }
};

/// Runs benchmarks on the other side.
class Moon final : public backend::Backend {
 public:
  std::string summary() const override { return "the far side of the Moon"; }
  store::RunResult run(const spec::Spec& spec, const execute::Options&) const override {
    store::RunResult result;
    result.run_id = "moon: " + spec.task;
    return result;
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
    quantize::presets().add("halves", std::make_unique<Halves>());
    quantize::patterns().add("sandwich", quantize::fed_by("Softmax", "Add"));
    quantize::static_operators().add("Mish", std::make_unique<quantize::AllTensors>());
    graph::passes().add("sign", std::make_unique<Signature>());
    model::architectures().add("bag_of_words", std::make_unique<BagOfWordsArchitecture>());
    dataset::formats().add("beads", std::make_unique<Beads>());
    stages::add<Weigh>(stages::stages());
    backend::backends().add("moon", std::make_unique<Moon>());
    report::layouts().add("telegram", std::make_unique<Telegram>());
    report::layouts().add("poem", std::make_unique<Poem>());
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

  const spec::Spec halves = parse({"preset=halves", "calibration={num_calibration_samples: 8}"});
  EXPECT_EQ(halves.cells.at(0).reduce_range, true);

  const spec::Spec middle =
      parse({"quantization_approach=static", "node_exclusion=[sandwich]",
             "calibration={method: middle, middle_share: 0.25, num_calibration_samples: 8}"});
  const auto calibration = calibrate::calibration_from(*middle.cells.at(0).calibration);
  EXPECT_EQ(calibration.calibrator.options.other, Json({{"middle_share", 0.25}}));
}

TEST_F(Plugins, of_the_graph_and_the_report_work_in_a_spec) {
  const spec::Spec grid =
      parse({"operators_to_quantize=[[Mish], [Add]]", "prepare=[[sign], []]", "layout=poem"});
  ASSERT_EQ(grid.cells.size(), 4U);
  EXPECT_EQ(grid.cells[0].quantization["operators_to_quantize"], Json({"Mish"}));
  EXPECT_EQ(grid.cells[0].quantization["prepare"], Json({"sign"}));
  EXPECT_EQ(grid.layout, "poem");
}

TEST_F(Plugins, of_an_operator_kind_are_quantized) {
  graph::Model model;
  model.proto().set_ir_version(7);
  model.require_opset("", 13);
  model.graph() = test::graph_of({"y = Mish(x)"});
  const auto declare = [](onnx::ValueInfoProto& value, const char* name) {
    value.set_name(name);
    value.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
  };
  declare(*model.graph().add_input(), "x");
  declare(*model.graph().add_output(), "y");
  const quantize::Report report = quantize::approaches().get("static").quantize(
      model, {{"operators_to_quantize", {"Mish"}}}, {{"x", {-1, 1}}, {"y", {-1, 1}}});
  EXPECT_EQ(report.quantized.at("Mish"), 1);
}

TEST_F(Plugins, of_a_graph_pass_run_where_prepare_names_them_or_says_all) {
  for (const char* name : {"sign", "all"}) {
    graph::Model model;
    model.require_opset("", 13);
    model = quantize::prepare(std::move(model), {{"prepare", {name}}});
    EXPECT_EQ(model.graph().doc_string(), "signed") << name;
  }
}

TEST_F(Plugins, of_an_architecture_are_exported) {
  test::TinyModel tiny("bert");
  tiny.config["model_type"] = "bag_of_words";
  const TemporaryDirectory scratch;
  const std::string file = scratch.path() / "model.onnx";
  output_of({"export", tiny.write(), "--task", "token-classification", "-o", file});
  const graph::Model model = graph::Model::load(file);
  EXPECT_THAT(test::kinds(model), ::testing::ElementsAre("Gather", "MatMul", "Add"));
}

TEST_F(Plugins, of_a_data_set_format_are_read) {
  const TemporaryDirectory scratch;
  write_text(scratch.path() / "validation.beads", "red\nblue\n");
  const dataset::Split rows = dataset::load_split({scratch.path(), {}}, "validation");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows.row(1)["bead"], "blue");
}

TEST_F(Plugins, of_the_report_are_formats_and_layouts_of_a_command) {
  const std::string card = QUANTBENCH_TEST_DATA "/cards/000_43a37d0915b28517.txt";
  EXPECT_EQ(output_of({"report", card, "--format", "telegram"}), "6 ROWS STOP\n");
  EXPECT_THAT(output_of({"report", card, "--layout", "poem"}), HasSubstr("a row is a row\n"));
}

// tests/execute/ runs such stages in workers.
TEST_F(Plugins, of_a_stage_are_planned_once_and_run) {
  const spec::Spec spec = parse({});
  const plan::Inputs inputs;
  plan::Builder builder(spec, inputs);
  const auto first = builder.require<Weigh>(std::int64_t{4});
  EXPECT_EQ(builder.require<Weigh>(std::int64_t{4}).index, first.index);
  EXPECT_NE(builder.require<Weigh>(std::int64_t{8}).index, first.index);
  const std::vector<plan::PlannedStage> planned = builder.take();
  ASSERT_EQ(planned.size(), 2U);
  EXPECT_NE(planned[0].key, planned[1].key);
  const Json result =
      stages::stages().get("weigh").run({.params = planned[1].params}, [](double) {});
  EXPECT_EQ(result["grams"], 80);
}

TEST_F(Plugins, of_a_backend_run_the_specs_that_name_it) {
  const spec::Spec spec = parse({"backend=moon"});
  EXPECT_EQ(backend::run(spec, {}).run_id, "moon: text-classification");
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
  EXPECT_THAT(refusal({"preset=halve"}), HasSubstr("did you mean 'halves'?"));
  EXPECT_THAT(refusal({"node_exclusion=[sandwitch]"}), HasSubstr("did you mean 'sandwich'?"));
  EXPECT_THAT(refusal({"operators_to_quantize=[Mysh]"}), HasSubstr("did you mean 'Mish'?"));
  EXPECT_THAT(refusal({"prepare=[sing]"}), HasSubstr("did you mean 'sign'?"));
  EXPECT_THAT(refusal({"layout=poems"}), HasSubstr("poem"));
}

TEST_F(Plugins, stand_in_help) {
  const std::string quantize = output_of({"quantize", "--help"});
  for (const char* text :
       {"ternary", "--ternary-threshold", "Weights below it become zero (default: 0.7)",
        "--middle-share", "middle, the middle of what was seen", "guessing", "bag_of_words", "sign",
        "sandwich", "halves, half of everything"}) {
    EXPECT_THAT(quantize, HasSubstr(text));
  }
  const std::string report = output_of({"report", "--help"});
  EXPECT_THAT(report, HasSubstr("telegram"));
  EXPECT_THAT(report, HasSubstr("{combined,configuration_rows,original_optimized_columns,poem}"));
  EXPECT_THAT(output_of({"export", "--help"}), HasSubstr("bag_of_words"));
  EXPECT_THAT(output_of({"run", "--help"}), HasSubstr("poem"));
}

TEST_F(Plugins, stand_in_completion) {
  for (const std::string shell : {"bash", "fish"}) {
    const std::string script = output_of({"completion", shell});
    for (const char* name : {"ternary-threshold", "middle-share", "ternary", "middle", "guessing",
                             "Mish", "sandwich", "halves", "sign", "telegram", "poem"}) {
      EXPECT_THAT(script, ::testing::ContainsRegex("[- '\"]" + std::string(name) + "[ ,}'\"\n]"))
          << shell;
    }
  }
}

TEST_F(Plugins, stand_in_the_schema_and_in_the_table_of_keys) {
  const std::string schema = output_of({"schema"});
  for (const std::string name : {"guesses", "luck", "abacus", "ternary", "ternary_threshold",
                                 "middle", "middle_share", "sandwich", "Mish", "sign", "poem"}) {
    EXPECT_THAT(schema, HasSubstr("\"" + name + "\"")) << name;
  }
  EXPECT_THAT(schema, HasSubstr("bag_of_words"));
  EXPECT_THAT(schema, HasSubstr("`moon`: the far side of the Moon"));
  EXPECT_THAT(schema, HasSubstr(".beads"));
  const std::string table = output_of({"schema", "--markdown"});
  EXPECT_THAT(table, HasSubstr("poem"));
  EXPECT_THAT(table, HasSubstr("| `task_args.guesses` |"));
  EXPECT_THAT(table, HasSubstr("| `ternary_threshold` |"));
  EXPECT_THAT(table, HasSubstr("| `calibration.middle_share` |"));
}

}  // namespace
}  // namespace quantbench::cli
