// The OpenVINO plug-in compared with ONNX Runtime on the same graphs. tests/oracle/test_openvino.py
// compares it with OpenVINO's own Python package.
#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <thread>

#include "quantbench/base/file.h"
#include "quantbench/base/parallel.h"
#include "quantbench/model/architecture.h"
#include "quantbench/quantize/approach.h"
#include "quantbench/runtime/openvino/plugin.h"
#include "quantbench/runtime/session.h"
#include "support/message_of.h"
#include "support/plugin_directory.h"
#include "support/runnable_graph.h"
#include "support/tiny_models.h"

namespace quantbench::runtime {

void register_openvino(RuntimeRegistry& registry);

namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

const Runtime& openvino() { return runtimes().get("openvino"); }
const Runtime& peer() { return runtimes().get("onnxruntime"); }

/// Two rows of five tokens, the second padded after its third.
std::vector<NamedTensor> ids_of(const Session& session) {
  std::vector<NamedTensor> inputs;
  for (const InputInfo& input : session.inputs()) {
    std::vector<std::int64_t> values = {5, 9, 19, 2, 7, 3, 11, 4, 1, 1};
    if (input.name == "attention_mask") values = {1, 1, 1, 1, 1, 1, 1, 1, 0, 0};
    if (input.name == "token_type_ids") values = {0, 0, 1, 1, 1, 0, 1, 1, 0, 0};
    inputs.push_back({input.name, {{2, 5}, values}});
  }
  return inputs;
}

std::vector<float> floats_of(const Tensor& tensor) {
  return std::get<std::vector<float>>(tensor.values);
}

double largest_of(const std::vector<float>& values) {
  double largest = 0;
  for (const float value : values)
    largest = std::max(largest, std::abs(static_cast<double>(value)));
  return largest;
}

double largest_gap(const Tensor& a, const Tensor& b) {
  std::vector<float> gaps = floats_of(a);
  const std::vector<float> others = floats_of(b);
  EXPECT_EQ(a.shape, b.shape);
  for (std::size_t i = 0; i < gaps.size(); ++i) gaps[i] -= others.at(i);
  return largest_of(gaps);
}

class OpenVinoTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::plugin_was_built(openvino_plugin::kPluginFile)) {
      GTEST_SKIP()
          << "the OpenVINO plug-in was not built: scripts/bootstrap --openvino, then build";
    }
  }

  /// A tiny model, exported.
  static std::filesystem::path exported(const test::TinyModel& tiny,
                                        const std::string& task = "text-classification") {
    const auto& directory = tiny.write();
    const auto path = directory / "model.onnx";
    model::export_onnx(checkpoint::Checkpoint::open(directory), {.task = task, .opset = 13})
        .save(path);
    return path;
  }

  static bool has_bf16() {
    const Json facts = openvino().facts();
    return std::ranges::find(facts.at("capabilities"), Json("BF16")) !=
           facts.at("capabilities").end();
  }
};

class OpenVinoOfEachModel
    : public OpenVinoTest,
      public testing::WithParamInterface<std::tuple<const char*, const char*>> {};

TEST_P(OpenVinoOfEachModel, gives_the_outputs_of_onnxruntime_on_a_padded_batch) {
  const auto& [model_type, task] = GetParam();
  const test::TinyModel tiny(model_type);
  const auto path = exported(tiny, task);
  const auto ours = openvino().open(path, {.intra_op_num_threads = 1});
  const auto theirs = peer().open(path, {.intra_op_num_threads = 1});
  EXPECT_EQ(ours->output_names(), theirs->output_names());
  ASSERT_EQ(ours->inputs().size(), theirs->inputs().size());
  for (std::size_t i = 0; i < ours->inputs().size(); ++i) {
    EXPECT_EQ(ours->inputs()[i].name, theirs->inputs()[i].name);
    EXPECT_EQ(ours->inputs()[i].shape, theirs->inputs()[i].shape);
    EXPECT_EQ(ours->inputs()[i].type, theirs->inputs()[i].type);
  }
  const auto inputs = ids_of(*theirs);
  const auto our_outputs = ours->run(inputs);
  const auto their_outputs = theirs->run(inputs);
  ASSERT_EQ(our_outputs.size(), their_outputs.size());
  for (std::size_t i = 0; i < our_outputs.size(); ++i) {
    ASSERT_GT(largest_of(floats_of(their_outputs[i])), 1e-3);
    EXPECT_LT(largest_gap(our_outputs[i], their_outputs[i]), 1e-5);
  }
}

INSTANTIATE_TEST_SUITE_P(Text, OpenVinoOfEachModel,
                         testing::Combine(testing::Values("distilbert", "bert", "roberta"),
                                          testing::Values("text-classification",
                                                          "token-classification",
                                                          "question-answering")));

/// y = x MatMul w, 64 columns: enough that bf16 shows.
graph::Model product() {
  graph::Model model = test::runnable({"y = MatMul(x, w)"}, {{"x", {-1, 64}}}, {{"y", {-1, 64}}});
  model.set_initializer(test::wave_constant("w", {64, 64}));
  return model;
}

std::vector<NamedTensor> rows_of_64(std::int64_t rows) {
  return {{"x", {{rows, 64}, test::wave(static_cast<std::size_t>(rows) * 64, 3)}}};
}

TEST_F(OpenVinoTest, computes_in_f32_unless_bf16_is_asked_for) {
  const graph::Model model = product();
  const Tensor exact = peer().open_graph(model, {})->run(rows_of_64(16))[0];
  const double scale = largest_of(floats_of(exact));
  for (const Json& arguments : {Json::object(), Json{{"inference_precision", "f32"}}}) {
    const auto session = openvino().open_graph(model, {.arguments = arguments});
    EXPECT_LT(largest_gap(session->run(rows_of_64(16))[0], exact), 1e-5 * scale) << arguments;
  }
  if (!has_bf16()) GTEST_SKIP() << "this CPU has no bf16";
  const auto rough = openvino().open_graph(model, {.arguments = {{"inference_precision", "bf16"}}});
  const double gap = largest_gap(rough->run(rows_of_64(16))[0], exact);
  EXPECT_GT(gap, 1e-4 * scale);
  EXPECT_LT(gap, 0.05 * scale);
}

TEST_F(OpenVinoTest, refuses_bf16_on_a_cpu_without_it) {
  if (has_bf16()) GTEST_SKIP() << "this CPU has bf16";
  EXPECT_THAT(test::message_of([] {
                openvino().open_graph(product(), {.arguments = {{"inference_precision", "bf16"}}});
              }),
              AllOf(HasSubstr("framework_args.inference_precision"), HasSubstr("no instructions")));
}

TEST_F(OpenVinoTest, refuses_ids_for_which_the_model_has_no_row) {
  const test::TinyModel tiny("bert");
  const auto path = exported(tiny);
  const auto session = openvino().open(path, {.intra_op_num_threads = 1});
  const auto run_with = [&](const std::string& name, std::int64_t id) {
    auto inputs = ids_of(*session);
    for (NamedTensor& input : inputs) {
      if (input.name == name) std::get<std::vector<std::int64_t>>(input.tensor.values)[3] = id;
    }
    return inputs;
  };
  EXPECT_THAT(test::message_of([&] { session->run(run_with("input_ids", 20)); }),
              AllOf(HasSubstr("model.onnx: input 'input_ids': the value 20 is out of range"),
                    HasSubstr("20 rows")));
  EXPECT_THAT(test::message_of([&] { session->bind(run_with("token_type_ids", 2)); }),
              HasSubstr("input 'token_type_ids': the value 2 is out of range"));
  // The last row has two names, as in ONNX Runtime.
  EXPECT_EQ(floats_of(session->run(run_with("input_ids", -1))[0]),
            floats_of(session->run(run_with("input_ids", 19))[0]));
}

TEST_F(OpenVinoTest, converts_integers_to_the_type_of_the_models_input_and_outputs_to_float) {
  const graph::Model model = test::runnable(
      {"y = Add(a, a)", "z = Mul(b, b)"},
      {{"a", {-1}, onnx::TensorProto::INT32}, {"b", {-1}, onnx::TensorProto::INT64}},
      {{"y", {-1}, onnx::TensorProto::INT32}, {"z", {-1}, onnx::TensorProto::INT64}});
  const auto outputs =
      openvino().open_graph(model, {})->run({{"a", {{3}, std::vector<std::int64_t>{1, -2, 3}}},
                                             {"b", {{2}, std::vector<std::int64_t>{4, -5}}}});
  EXPECT_THAT(floats_of(outputs[0]), testing::ElementsAre(2, -4, 6));
  EXPECT_THAT(floats_of(outputs[1]), testing::ElementsAre(16, 25));
}

/// Of two layers, quantized by the static approach.
graph::Model quantized(const std::string& format) {
  graph::Model model =
      test::runnable({"h = MatMul(x, w)", "i = Add(h, b)", "r = Relu(i)", "y = MatMul(r, v)"},
                     {{"x", {-1, 64}}}, {{"y", {-1, 16}}});
  model.set_initializer(test::wave_constant("w", {64, 32}, 0.3F));
  model.set_initializer(test::wave_constant("b", {32}, 0.5F));
  model.set_initializer(test::wave_constant("v", {32, 16}, 0.3F));
  const auto report = quantize::approaches().get("static").quantize(
      model, {{"format", format}, {"operators_to_quantize", {"MatMul", "Add"}}},
      {{"x", {-3, 3}}, {"h", {-4, 4}}, {"i", {-4, 4}}, {"r", {0, 4}}, {"y", {-1, 1}}});
  EXPECT_EQ(report.quantized.at("MatMul"), 2);
  return model;
}

TEST_F(OpenVinoTest, runs_models_of_the_static_approach_within_a_few_steps_of_onnxruntime) {
  const TemporaryDirectory directory;
  for (const char* format : {"QDQ", "QOperator"}) {
    const graph::Model model = quantized(format);
    const auto path = directory.path() / (std::string(format) + ".onnx");
    model.save(path);
    const auto inputs = rows_of_64(8);
    const Tensor ours = openvino().open(path, {})->run(inputs)[0];
    const Tensor theirs = peer().open_graph(model, {.optimization_level = 99})->run(inputs)[0];
    ASSERT_GT(largest_of(floats_of(theirs)), 0.5) << format;
    // Two steps of the widest range: OpenVINO does not follow the rounding exactly.
    EXPECT_LE(largest_gap(ours, theirs), 2 * 8 / 255.0) << format;
  }
}

TEST_F(OpenVinoTest, names_the_operators_that_it_does_not_know) {
  graph::Model model = test::runnable({"h = QGemm(x)", "i = Twist(h)", "y = Relu(i)"},
                                      {{"x", {-1, 4}}}, {{"y", {-1, 4}}});
  for (const int own : {0, 1}) model.graph().mutable_node(own)->set_domain("com.microsoft");
  model.require_opset("com.microsoft", 1);
  EXPECT_THAT(test::message_of([&] { openvino().open_graph(model, {}); }),
              AllOf(HasSubstr("OpenVINO does not know these operators of the model: "),
                    HasSubstr("com.microsoft.QGemm"), HasSubstr("com.microsoft.Twist"),
                    HasSubstr("format: QDQ"), Not(HasSubstr(".cpp")), Not(HasSubstr("Relu"))));
}

TEST_F(OpenVinoTest, says_in_one_line_which_node_it_refuses) {
  graph::Model model = test::runnable({"y = MatMul(x, w)"}, {{"x", {-1, 4}}}, {{"y", {-1, 4}}});
  model.set_initializer(test::wave_constant("w", {3, 4}));
  EXPECT_THAT(test::message_of([&] { openvino().open_graph(model, {}); }),
              AllOf(HasSubstr("model in memory: cannot load the model: "), HasSubstr("MatMul"),
                    HasSubstr("First input dimension=4"), Not(HasSubstr("pp:")),
                    Not(HasSubstr("Summary"))));
}

TEST_F(OpenVinoTest, says_in_one_line_what_is_wrong_with_a_file) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "model.onnx";
  write_text(path, "not a model");
  const std::string said = test::message_of([&] { openvino().open(path, {}); });
  EXPECT_THAT(said, AllOf(HasSubstr("model.onnx"), Not(HasSubstr("\n")), Not(HasSubstr(".cpp"))));
}

TEST_F(OpenVinoTest, refuses_inputs_that_do_not_fit_the_model_by_name) {
  const auto session = openvino().open_graph(product(), {});
  const auto run_with = [&](const std::string& name, const Tensor& tensor) {
    return test::message_of([&] { session->run({{name, tensor}}); });
  };
  EXPECT_THAT(run_with("xx", {{1, 64}, test::wave(64)}), HasSubstr("the model has no input 'xx'"));
  EXPECT_THAT(run_with("x", {{2, 64}, test::wave(64)}),
              AllOf(HasSubstr("input 'x'"), HasSubstr("its shape needs 512")));
  EXPECT_THAT(run_with("x", {{1, 63}, test::wave(63)}), HasSubstr("input 'x'"));
}

TEST_F(OpenVinoTest, a_bound_session_runs_beside_others_of_other_shapes) {
  const auto session = openvino().open_graph(product(), {});
  const auto bound = session->bind(rows_of_64(4));
  for (const std::int64_t rows : {1, 7, 4}) {
    bound->run();
    const Tensor once = session->run(rows_of_64(rows))[0];
    EXPECT_EQ(once.shape, (std::vector<std::int64_t>{rows, 64}));
  }
}

TEST_F(OpenVinoTest, threads_that_share_a_session_each_get_their_own_outputs) {
  const auto session =
      openvino().open_graph(product(), {.intra_op_num_threads = 1, .parallel_forwards = 2});
  std::vector<Tensor> expected;
  for (std::int64_t rows = 1; rows <= 4; ++rows) {
    expected.push_back(session->run(rows_of_64(rows))[0]);
  }
  std::vector<double> gaps(4, 1);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    threads.emplace_back([&, i] {
      gaps[i] = 0;
      for (int turn = 0; turn < 20; ++turn) {
        const Tensor got = session->run(rows_of_64(static_cast<std::int64_t>(i) + 1))[0];
        gaps[i] = std::max(gaps[i], largest_gap(got, expected[i]));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_THAT(gaps, testing::Each(testing::Lt(1e-4)));
}

TEST_F(OpenVinoTest, shows_no_activations) {
  SessionOptions options;
  options.observer = [](std::int64_t, const TensorView&, const ParallelFor&) {};
  EXPECT_THAT(test::message_of([&] { openvino().open_graph(product(), options); }),
              HasSubstr("OpenVINO does not show its activations"));
}

TEST_F(OpenVinoTest, facts_name_version_device_streams_and_threads) {
  const Json facts = openvino().facts();
  EXPECT_EQ(facts.at("name"), "openvino");
  EXPECT_THAT(facts.at("version").get<std::string>(), testing::MatchesRegex("20[0-9.]+"));
  EXPECT_THAT(facts.at("build").get<std::string>(), HasSubstr(facts.at("version")));
  EXPECT_THAT(facts.at("capabilities"), Contains(Json("FP32")));
  EXPECT_EQ(facts.at("streams"), 1);
  EXPECT_EQ(facts.at("threads"), usable_cores());
  EXPECT_EQ(facts.at("pinned_threads"), false);
}

/// A runtime that has loaded nothing yet.
std::string facts_of_another() {
  RuntimeRegistry registry("framework");
  register_openvino(registry);
  return test::message_of([&] { (void)registry.get("openvino").facts(); });
}

TEST(OpenVinoLoader, says_what_to_install_when_the_plug_in_is_not_there) {
  const TemporaryDirectory empty;
  const test::PluginDirectory named(empty.path());
  EXPECT_THAT(facts_of_another(), AllOf(HasSubstr("framework: framework openvino needs OpenVINO"),
                                        HasSubstr("scripts/bootstrap --openvino")));
}

TEST(OpenVinoLoader, says_what_is_wrong_with_a_file_that_is_no_library) {
  const TemporaryDirectory directory;
  write_text(directory.path() / openvino_plugin::kPluginFile, "not a library");
  const test::PluginDirectory named(directory.path());
  EXPECT_THAT(facts_of_another(), AllOf(HasSubstr("which is not available: "),
                                        HasSubstr(openvino_plugin::kPluginFile)));
}

TEST(OpenVinoLoader, declares_its_precision_and_why_it_takes_no_dynamic_models) {
  const Parameters declared = openvino().parameters();
  ASSERT_EQ(declared.size(), 1U);
  EXPECT_EQ(declared[0].name, "inference_precision");
  EXPECT_EQ(declared[0].fallback, "f32");
  EXPECT_THAT(openvino().against_run_time_quantization(), HasSubstr("in float"));
  EXPECT_EQ(peer().against_run_time_quantization(), "");
}

}  // namespace
}  // namespace quantbench::runtime
