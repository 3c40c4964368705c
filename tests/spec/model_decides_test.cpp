// What the model decides where the spec does not say it: the task, the operator set of an ONNX
// file.

#include <gmock/gmock.h>

#include "quantbench/spec/spec.h"
#include "support/message_of.h"

namespace quantbench::spec {
namespace {

using quantbench::test::message_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kNoTask = R"(name_or_path: models/sst2
dataset: {path: data/sst2, eval_split: validation, data_keys: {primary: sentence}, ref_keys: [label]}
)";

TEST(WithTask, completes_a_spec_that_names_no_task) {
  const Spec without = parse(kNoTask + "task_args: {is_regression: true}\n", "spec.yaml");
  EXPECT_EQ(without.task, "");
  EXPECT_EQ(without.task_args, (Json{{"is_regression", true}}));
  const Spec with =
      parse(kNoTask + "task_args: {is_regression: true}\ntask: text-classification\n", "spec.yaml");
  const Spec completed = with_task(without, "text-classification");
  EXPECT_EQ(completed.to_json(), with.to_json());
  EXPECT_EQ(completed.resolved_yaml(), with.resolved_yaml());
  EXPECT_EQ(with_task(parse(kNoTask, "s"), "text-classification").task_args,
            (Json{{"is_regression", false}}));
}

TEST(WithTask, refuses_arguments_of_another_task) {
  const Spec spec = parse(kNoTask + "task_args: {is_regression: true}\n", "spec.yaml");
  EXPECT_EQ(message_of([&] { with_task(spec, "token-classification"); }),
            "task_args: key 'task_args.is_regression' applies to task text-classification only");
}

TEST(WithTask, takes_the_defaults_of_the_protocol) {
  const Spec spec = parse(
      "name_or_path: m\nprotocol: reference\ndataset: {path: d, eval_split: validation, data_keys: "
      "{question: q, context: c}, ref_keys: [answers]}\n",
      "spec.yaml");
  EXPECT_EQ(with_task(spec, "question-answering").task_args.at("max_answer_len"), 30);
}

TEST(WithOpset, is_what_the_rows_show) {
  const Spec spec = with_opset(
      parse(
          kNoTask + "framework_args: {optimization_level: 1}\napply_quantization: [false, true]\n",
          "spec.yaml"),
      17);
  EXPECT_THAT(spec.given_opsets, ElementsAre());
  EXPECT_EQ(spec.fixed["framework_args"]["opset"], 17);
  for (const Cell& cell : spec.cells) EXPECT_EQ(cell.framework_args.opset, 17);
  const Spec listed = with_opset(
      parse(kNoTask + "framework_args: [{opset: 13}, {opset: 13, optimization_level: 1}]\n", "s"),
      17);
  EXPECT_THAT(listed.given_opsets, ElementsAre(13, 13));
  for (const Cell& cell : listed.cells) {
    EXPECT_EQ(cell.parameters["framework_args"]["opset"], 17);
  }
}

TEST(WithOpset, refuses_a_benchmark_of_operator_sets) {
  const Spec spec = parse(kNoTask + "framework_args: [{opset: 11}, {opset: 13}]\n", "s");
  EXPECT_THAT(message_of([&] { with_opset(spec, 17); }),
              HasSubstr("framework_args.opset: the model is an ONNX file, which keeps its operator "
                        "set, 17"));
}

TEST(Spec, says_which_files_of_the_model_are_meant) {
  EXPECT_FALSE(parse(kNoTask, "s").from_transformers.has_value());
  const Spec spec = parse(kNoTask + "from_transformers: false\nfile_name: onnx/model.onnx\n", "s");
  EXPECT_EQ(spec.from_transformers, false);
  EXPECT_EQ(spec.file_name, "onnx/model.onnx");
  EXPECT_EQ(parse(spec.resolved_yaml(), "s").file_name, "onnx/model.onnx");
}

TEST(Grid, of_an_onnx_model_has_an_original_that_opens_it) {
  const Spec spec = parse(
      "model_name_or_path: m\nprotocol: reference\nfrom_transformers: false\ntask: "
      "text-classification\ndataset: {path: d, eval_split: validation, data_keys: {primary: s}, "
      "ref_keys: [label]}\n",
      "s");
  EXPECT_FALSE(spec.cells.front().apply_quantization);
  EXPECT_EQ(spec.cells.front().framework, "onnxruntime");
}

}  // namespace
}  // namespace quantbench::spec
