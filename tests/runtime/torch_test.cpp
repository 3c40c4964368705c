// The libtorch plug-in compared with ONNX Runtime: two independent executions of one model
// description, on the same checkpoint. tests/oracle/test_torch.py compares it with transformers.
#include <gmock/gmock.h>

#include <cmath>
#include <thread>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/parallel.h"
#include "quantbench/model/architecture.h"
#include "quantbench/runtime/session.h"
#include "quantbench/runtime/torch/plugin.h"
#include "quantbench/runtime/torch_loader.h"
#include "support/message_of.h"
#include "support/plugin_directory.h"
#include "support/tiny_models.h"

namespace quantbench::runtime {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Two rows of five tokens, the second padded after its third.
std::vector<NamedTensor> padded_batch(const Session& session) {
  std::vector<NamedTensor> inputs;
  for (const InputInfo& input : session.inputs()) {
    std::vector<std::int64_t> values;
    if (input.name == "attention_mask") {
      values = {1, 1, 1, 1, 1, 1, 1, 1, 0, 0};
    } else if (input.name == "token_type_ids") {
      values = {0, 0, 1, 1, 1, 0, 1, 1, 0, 0};
    } else {
      values = {5, 9, 19, 2, 7, 3, 11, 4, 1, 1};
    }
    inputs.push_back({input.name, {{2, 5}, values}});
  }
  return inputs;
}

std::vector<float> floats(const Tensor& tensor) {
  return std::get<std::vector<float>>(tensor.values);
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    largest = std::max(largest, std::abs(static_cast<double>(a[i]) - b[i]));
  return largest;
}

class TorchRuntimeTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::plugin_was_built(torch_plugin::kPluginFile)) {
      GTEST_SKIP() << "the libtorch plug-in was not built: scripts/bootstrap --torch, then build";
    }
  }

  static std::unique_ptr<Session> open(const std::filesystem::path& checkpoint,
                                       const std::string& task = "text-classification",
                                       const std::string& framework = "pytorch") {
    return runtimes().get(framework).open(checkpoint, {.intra_op_num_threads = 1, .task = task});
  }
};

using ModelAndTask = std::tuple<const char*, const char*>;

class EveryArchitectureAndTask : public TorchRuntimeTest,
                                 public testing::WithParamInterface<ModelAndTask> {};

TEST_P(EveryArchitectureAndTask, gives_the_outputs_of_onnxruntime_on_a_padded_batch) {
  const auto& [model_type, task] = GetParam();
  const test::TinyModel tiny(model_type);
  const auto& directory = tiny.write();
  const auto ours = open(directory, task);

  const auto graph = directory / "model.onnx";
  model::export_onnx(checkpoint::Checkpoint::open(directory), {.task = task, .opset = 13})
      .save(graph);
  const auto peer = runtimes().get("onnxruntime").open(graph, {.intra_op_num_threads = 1});

  EXPECT_EQ(ours->output_names(), peer->output_names());
  const auto inputs = padded_batch(*peer);
  const auto our_outputs = ours->run(inputs);
  const auto peer_outputs = peer->run(inputs);
  ASSERT_EQ(our_outputs.size(), peer_outputs.size());
  for (std::size_t i = 0; i < our_outputs.size(); ++i) {
    EXPECT_EQ(our_outputs[i].shape, peer_outputs[i].shape);
    const auto expected = floats(peer_outputs[i]);
    ASSERT_GT(largest_difference(expected, std::vector<float>(expected.size())), 1e-3);
    EXPECT_LT(largest_difference(floats(our_outputs[i]), expected), 1e-5);
  }
}

INSTANTIATE_TEST_SUITE_P(Text, EveryArchitectureAndTask,
                         testing::Combine(testing::Values("distilbert", "bert", "roberta"),
                                          testing::Values("text-classification",
                                                          "token-classification",
                                                          "question-answering")));

TEST_F(TorchRuntimeTest, pytorch_dynamic_is_near_the_float_model_but_not_equal_to_it) {
  const test::TinyModel tiny("bert");
  const auto& directory = tiny.write();
  const auto exact = open(directory);
  const auto inputs = padded_batch(*exact);
  const auto expected = floats(exact->run(inputs)[0]);
  const auto quantized =
      floats(open(directory, "text-classification", "pytorch_dynamic")->run(inputs)[0]);
  EXPECT_GT(largest_difference(quantized, expected), 0);
  EXPECT_LT(largest_difference(quantized, expected), 0.05);
}

TEST_F(TorchRuntimeTest, a_bound_session_runs_the_inputs_it_was_given) {
  const test::TinyModel tiny("distilbert");
  const auto session = open(tiny.write());
  const auto bound = session->bind(padded_batch(*session));
  for (int i = 0; i < 3; ++i) EXPECT_NO_THROW(bound->run());
}

TEST_F(TorchRuntimeTest, threads_that_share_a_session_get_equal_outputs) {
  const test::TinyModel tiny("bert");
  const auto session = open(tiny.write());
  const auto inputs = padded_batch(*session);
  const auto expected = floats(session->run(inputs)[0]);
  std::vector<std::vector<float>> got(4);
  std::vector<std::thread> threads;
  for (auto& one : got) threads.emplace_back([&] { one = floats(session->run(inputs)[0]); });
  for (auto& thread : threads) thread.join();
  for (const auto& one : got) EXPECT_EQ(one, expected);
}

/// Threads of this process.
std::ptrdiff_t threads_there() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
}

TEST_F(TorchRuntimeTest, a_forward_runs_on_as_many_threads_as_the_session_was_opened_with) {
  const test::TinyModel tiny("bert");
  const auto& directory = tiny.write();
  for (const char* framework : {"pytorch", "pytorch_dynamic"}) {
    SCOPED_TRACE(framework);
    // libtorch keeps the threads of the widest forward so far.
    const auto threads = static_cast<int>(threads_there()) + 3;
    const auto run_with = [&](int count) {
      const auto session = runtimes().get(framework).open(
          directory, {.intra_op_num_threads = count, .task = "text-classification"});
      std::vector<NamedTensor> inputs;
      for (const InputInfo& input : session->inputs()) {
        inputs.push_back({input.name, {{2048, 8}, std::vector<std::int64_t>(2048 * 8, 1)}});
      }
      session->run(inputs);
    };
    run_with(1);
    const std::ptrdiff_t before = threads_there();
    run_with(1);
    EXPECT_EQ(threads_there(), before);
    run_with(threads);
    EXPECT_GE(threads_there(), threads);
  }
}

TEST_F(TorchRuntimeTest, facts_name_libtorch_its_version_blas_and_threads) {
  const Json facts = runtimes().get("pytorch").facts();
  EXPECT_EQ(facts.at("name"), "pytorch");
  EXPECT_THAT(facts.at("version").get<std::string>(), testing::StartsWith("2."));
  EXPECT_THAT(facts.at("blas").get<std::string>(), testing::MatchesRegex("[a-z]+ ?[0-9.]*"));
  EXPECT_NE(facts.at("blas"), "unknown");
  EXPECT_THAT(facts.at("onednn").get<std::string>(), testing::MatchesRegex("[0-9]+[.][0-9.]+"));
  EXPECT_EQ(facts.at("threads"), usable_cores());
  EXPECT_EQ(runtimes().get("pytorch").model_form(), ModelForm::kCheckpoint);
}

TEST_F(TorchRuntimeTest, refuses_inputs_that_do_not_fit_the_model_by_name) {
  const test::TinyModel tiny("bert");
  const auto session = open(tiny.write());
  const auto run_with = [&](const std::string& name, const Tensor& tensor) {
    auto inputs = padded_batch(*session);
    inputs[0] = {name, tensor};
    return test::message_of([&] { (void)session->run(inputs); });
  };
  const auto ids = [](std::vector<std::int64_t> shape, std::vector<std::int64_t> values) {
    return Tensor{std::move(shape), std::move(values)};
  };
  EXPECT_THAT(run_with("input_idz", ids({1, 1}, {1})),
              HasSubstr("the model has no input 'input_idz' (did you mean 'input_ids'?)"));
  EXPECT_THAT(run_with("attention_mask", ids({1, 1}, {1})), HasSubstr("'input_ids' is missing"));
  EXPECT_THAT(run_with("input_ids", ids({2, 500}, {1, 2})),
              HasSubstr("input 'input_ids': has 2 values, but shape [2, 500] takes 1000"));
  EXPECT_THAT(run_with("input_ids", ids({5}, {1, 2, 3, 4, 5})),
              HasSubstr("input 'input_ids': has shape [5], expected 2 dimensions"));
  EXPECT_THAT(run_with("input_ids", {{2, 5}, std::vector<float>(10)}),
              HasSubstr("input 'input_ids': holds float values, expected int64"));
  EXPECT_THAT(run_with("input_ids", ids({2, 5}, {1, 2, 3, 4, 500, 1, 2, 3, 4, 5})),
              HasSubstr("libtorch: "));
  EXPECT_THAT(run_with("input_ids", ids({2, 3}, {1, 2, 3, 4, 5, 6})), HasSubstr("libtorch: "));
}

TEST_F(TorchRuntimeTest, names_the_missing_tensor_when_the_checkpoint_is_opened) {
  test::TinyModel tiny("bert");
  tiny.rename("classifier.weight", "clasifier.weight");
  EXPECT_THAT(test::message_of([&] { open(tiny.write()); }),
              HasSubstr("missing tensor 'classifier.weight'"));
}

TEST_F(TorchRuntimeTest, refuses_a_task_the_architecture_has_no_head_for) {
  const test::TinyModel tiny("bert");
  EXPECT_THAT(test::message_of([&] { open(tiny.write(), "image-classification"); }),
              HasSubstr("has no head for task 'image-classification'"));
}

TEST(TorchLoader, says_what_to_install_when_the_plug_in_is_not_there) {
  const TemporaryDirectory empty;
  const test::PluginDirectory named(empty.path());
  const std::string error = test::message_of(
      [] { (void)torch_runtime("pytorch", "", TorchWeights::kAsTheyAre)->facts(); });
  EXPECT_THAT(error, HasSubstr("framework: framework pytorch needs libtorch"));
  EXPECT_THAT(error, HasSubstr("scripts/bootstrap --torch"));
  EXPECT_EQ(torch_runtime("pytorch", "", TorchWeights::kAsTheyAre)->model_form(),
            ModelForm::kCheckpoint);
}

TEST(TorchLoader, says_what_is_wrong_with_a_file_that_is_no_library) {
  const TemporaryDirectory directory;
  write_text(directory.path() / torch_plugin::kPluginFile, "not a library");
  const test::PluginDirectory named(directory.path());
  const std::string error = test::message_of(
      [] { (void)torch_runtime("pytorch", "", TorchWeights::kAsTheyAre)->facts(); });
  EXPECT_THAT(error, HasSubstr("which is not available: "));
  EXPECT_THAT(error, HasSubstr(torch_plugin::kPluginFile));
}

// The plug-in library knows no names: a framework of libtorch is one file in runtime/runtimes/.
TEST_F(TorchRuntimeTest, a_framework_has_the_name_that_its_own_file_gives) {
  const auto runtime = torch_runtime("pytorch_eager", "", TorchWeights::kAsTheyAre);
  EXPECT_EQ(runtime->facts()["name"], "pytorch_eager");
}

}  // namespace
}  // namespace quantbench::runtime
