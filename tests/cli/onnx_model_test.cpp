// Models that are ONNX files already: `run`, `quantize` and `sensitivity` on a directory with
// model.onnx, config.json and the tokenizer.

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "quantbench/base/file.h"
#include "quantbench/graph/edit.h"
#include "quantbench/graph/model.h"
#include "quantbench/store/result.h"
#include "support/program.h"
#include "support/tiny_models.h"

namespace quantbench::cli {
namespace {

namespace fs = std::filesystem;

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;

constexpr const char* kVocabulary =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nbad\ngood\nfilm\nking\nqueen\nis\nthe\nof\nwho\n?\n.\n"
    "france\nspain\n##s\n";

constexpr const char* kCells =
    "quantization_approach: [dynamic, static]\napply_quantization: [false, true]\n"
    "calibration: {method: minmax, num_calibration_samples: 4, calibration_padding: longest}\n";

/// Makes the inputs int32, as TensorFlow's exporters do, and gives them these sizes (-1: any).
///
/// Before:   input_ids (int64) -> ...
/// After:    input_ids (int32) -> Cast -> ...
void narrow_inputs(graph::Model& model, std::int64_t batch, std::int64_t length) {
  onnx::GraphProto& graph = model.graph();
  std::vector<onnx::NodeProto> casts;
  for (onnx::ValueInfoProto& input : *graph.mutable_input()) {
    const std::string wide = input.name() + "_wide";
    for (onnx::NodeProto& node : *graph.mutable_node()) {
      for (std::string& name : *node.mutable_input()) {
        if (name == input.name()) name = wide;
      }
    }
    onnx::NodeProto cast = graph::make_node("Cast", {input.name()}, {wide}, input.name() + "_cast");
    graph::set_attribute(cast, "to", onnx::TensorProto::INT64);
    casts.push_back(cast);
    auto& type = *input.mutable_type()->mutable_tensor_type();
    type.set_elem_type(onnx::TensorProto::INT32);
    if (batch > 0) type.mutable_shape()->mutable_dim(0)->set_dim_value(batch);
    if (length > 0) type.mutable_shape()->mutable_dim(1)->set_dim_value(length);
  }
  for (const onnx::NodeProto& cast : casts) *graph.add_node() = cast;
  graph::sort_topologically(graph);
}

class OnnxModel : public ::testing::Test {
 protected:
  OnnxModel() {
    test::TinyModel tiny("distilbert");
    tiny.config["architectures"] = {"DistilBertForSequenceClassification"};
    const fs::path directory = tiny.write();
    write_text(directory / "vocab.txt", kVocabulary);
    write_text(directory / "tokenizer_config.json",
               R"({"tokenizer_class": "BertTokenizer", "do_lower_case": true})");
    fs::copy(directory, checkpoint());
    write_text(scratch() / "data/validation.tsv",
               "sentence\tlabel\na good film\t1\nbad\t0\nfilms of spain\t1\ngood .\t1\nwho is the "
               "queen of france ?\t0\nthe king is bad\t1\n");
  }

  fs::path scratch() const { return scratch_.path(); }
  fs::path checkpoint() const { return scratch() / "checkpoint"; }

  test::ProgramResult call(const std::string& arguments) const {
    return test::run_program(arguments, scratch());
  }

  /// A directory with all files of the checkpoint but the weights, and the exported model.
  fs::path onnx_directory(const std::string& name = "model.onnx",
                          const std::string& more = "") const {
    const fs::path directory = scratch() / "onnx-model";
    for (const char* file : {"config.json", "vocab.txt", "tokenizer_config.json"}) {
      write_text(directory / file, read_text(checkpoint() / file));
    }
    fs::create_directories((directory / name).parent_path());
    const auto exported = call("export '" + checkpoint().string() + "' " + more + " -o '" +
                               (directory / name).string() + "'");
    EXPECT_EQ(exported.status, 0) << exported.errors;
    return directory;
  }

  test::ProgramResult run(const fs::path& model, const std::string& more,
                          const std::string& out = "out") const {
    write_text(
        scratch() / "spec.yaml",
        "name_or_path: '" + model.string() +
            "'\ndataset: {path: data, eval_split: validation, calibration_split: validation, "
            "data_keys: {primary: sentence}, ref_keys: [label]}\nbatch_sizes: [1, 2]\n"
            "input_lengths: [8]\ntime_benchmark_args: {duration: 0.01, warmup_runs: 1}\n" +
            more);
    return call("run '" + (scratch() / "spec.yaml").string() + "' --out '" +
                (scratch() / out).string() + "' --overwrite");
  }

  store::RunResult result(const std::string& out = "out") const {
    return store::RunResult::from_json(read_json(scratch() / out / "results.json"), "results.json");
  }

  static void expect_ok(const store::RunResult& result, std::size_t rows) {
    EXPECT_EQ(result.rows.size(), rows);
    for (const store::Row& row : result.rows) {
      EXPECT_EQ(row.status, store::Row::Status::kOk) << row.message;
      EXPECT_EQ(row.timings.size(), 2U);
    }
  }

 private:
  TemporaryDirectory scratch_;
};

TEST_F(OnnxModel, an_exported_model_gives_what_its_checkpoint_gives_bit_for_bit) {
  const auto of_checkpoint = run(checkpoint(), kCells, "a");
  ASSERT_EQ(of_checkpoint.status, 0) << of_checkpoint.errors;
  const auto of_onnx =
      run(onnx_directory(), std::string(kCells) + "from_transformers: false\n", "b");
  ASSERT_EQ(of_onnx.status, 0) << of_onnx.errors;
  const store::RunResult a = result("a");
  const store::RunResult b = result("b");
  expect_ok(b, a.rows.size());
  ASSERT_GT(a.rows.size(), 2U);
  for (std::size_t i = 0; i < a.rows.size(); ++i) {
    EXPECT_EQ(a.rows[i].parameters, b.rows[i].parameters);
    EXPECT_EQ(a.rows[i].model_hash, b.rows[i].model_hash);
    EXPECT_EQ(a.rows[i].outcomes, b.rows[i].outcomes);
    EXPECT_EQ(a.rows[i].evaluation.at("accuracy"), b.rows[i].evaluation.at("accuracy"));
  }
  EXPECT_EQ(b.spec.at("task"), "text-classification") << "config.json says it";
  EXPECT_EQ(b.model_type, "distilbert");
}

TEST_F(OnnxModel, the_resolved_spec_has_what_the_model_decides_and_runs_again) {
  ASSERT_EQ(run(onnx_directory("model.onnx", "--opset 14"), "framework_args: {opset: 13}\n").status,
            0);
  const std::string resolved = read_text(scratch() / "out/spec.yaml");
  EXPECT_THAT(resolved, AllOf(HasSubstr("task: \"text-classification\""), HasSubstr("opset: 14")));
  const auto again = call("run '" + (scratch() / "out/spec.yaml").string() + "' --out '" +
                          (scratch() / "again").string() + "'");
  EXPECT_EQ(again.status, 0) << again.errors;
  EXPECT_THAT(again.errors, testing::Not(HasSubstr("does not apply")));
}

TEST_F(OnnxModel, an_opset_that_does_not_apply_is_said) {
  const auto ran = run(onnx_directory("model.onnx", "--opset 14"), "framework_args: {opset: 13}\n");
  EXPECT_THAT(ran.errors, AllOf(HasSubstr("framework_args.opset does not apply"),
                                HasSubstr("keeps its own operator set, 14")));
}

TEST_F(OnnxModel, a_model_with_external_data_is_taken_with_it) {
  const fs::path directory = onnx_directory();
  onnx::ModelProto model;
  ASSERT_TRUE(model.ParseFromString(read_text(directory / "model.onnx")));
  onnx::TensorProto& weight = *model.mutable_graph()->mutable_initializer(0);
  ASSERT_TRUE(weight.has_raw_data());
  write_text(directory / "model.onnx.data", weight.raw_data());
  weight.clear_raw_data();
  weight.set_data_location(onnx::TensorProto::EXTERNAL);
  onnx::StringStringEntryProto& location = *weight.add_external_data();
  location.set_key("location");
  location.set_value("model.onnx.data");
  write_text(directory / "model.onnx", model.SerializeAsString());
  const auto ran = run(directory, kCells);
  EXPECT_EQ(ran.status, 0) << ran.errors;
  expect_ok(result(), 3);
  fs::remove(directory / "model.onnx.data");
  const auto gone = run(directory, kCells);
  EXPECT_EQ(gone.status, 2);
  EXPECT_THAT(gone.errors, HasSubstr("model.onnx.data"));
}

TEST_F(OnnxModel, int32_inputs_of_one_size_are_padded_and_run_one_by_one) {
  const auto of_checkpoint = run(checkpoint(), kCells, "a");
  ASSERT_EQ(of_checkpoint.status, 0) << of_checkpoint.errors;
  const fs::path directory = onnx_directory();
  graph::Model model = graph::Model::load(directory / "model.onnx");
  narrow_inputs(model, 1, 12);
  model.save(directory / "model.onnx");
  const auto ran = run(directory, std::string(kCells) + "eval_batch_size: 2\n", "b");
  ASSERT_EQ(ran.status, 0) << ran.errors;
  const store::RunResult a = result("a");
  const store::RunResult b = result("b");
  expect_ok(b, 3);
  EXPECT_EQ(a.rows[0].evaluation.at("accuracy"), b.rows[0].evaluation.at("accuracy"));
  EXPECT_THAT(b.rows[0].warnings, Contains(HasSubstr("inputs of 12 tokens only")));
  EXPECT_THAT(b.rows[0].warnings,
              Contains(HasSubstr("batches of 1 only: the batch size 2 was timed as 2 forwards")));
  const auto too_long = run(directory, "task_args: {}\n", "c");
  EXPECT_EQ(too_long.status, 0) << too_long.errors;
  const auto longer = call("run '" + (scratch() / "spec.yaml").string() + "' --out '" +
                           (scratch() / "d").string() + "' --set input_lengths=[13]");
  EXPECT_EQ(longer.status, 2);
  EXPECT_THAT(longer.errors, HasSubstr("input length 13 exceeds the model's 12 tokens"));
}

TEST_F(OnnxModel, quantize_and_sensitivity_find_samples_beside_it) {
  const fs::path directory = onnx_directory("onnx/model.onnx");
  const std::string samples = " --dataset '" + (scratch() / "data").string() +
                              "' --calibration-split validation --data-keys primary=sentence "
                              "--num-calibration-samples 4 ";
  const auto quantized = call("quantize '" + directory.string() + "' --approach static" + samples +
                              "-o '" + (scratch() / "a.onnx").string() + "'");
  ASSERT_EQ(quantized.status, 0) << quantized.errors;
  const auto by_file =
      call("quantize '" + (directory / "onnx/model.onnx").string() + "' --approach static" +
           samples + "-o '" + (scratch() / "b.onnx").string() + "'");
  ASSERT_EQ(by_file.status, 0) << by_file.errors;
  EXPECT_EQ(read_text(scratch() / "a.onnx"), read_text(scratch() / "b.onnx"));
  const auto ranked = call("sensitivity '" + directory.string() + "'" + samples);
  EXPECT_EQ(ranked.status, 0) << ranked.errors;
  EXPECT_THAT(ranked.output, HasSubstr("MatMul"));
  const auto over = call("quantize '" + directory.string() + "' -o '" +
                         (directory / "onnx/model.onnx").string() + "'");
  EXPECT_EQ(over.status, 2);
  EXPECT_THAT(over.errors, HasSubstr("would overwrite an input"));
}

TEST_F(OnnxModel, int32_inputs_of_a_fixed_batch_calibrate) {
  const fs::path directory = onnx_directory();
  graph::Model model = graph::Model::load(directory / "model.onnx");
  narrow_inputs(model, 3, -1);
  model.save(directory / "model.onnx");
  const auto quantized = call("quantize '" + directory.string() +
                              "' --approach static --dataset '" + (scratch() / "data").string() +
                              "' --calibration-split validation --data-keys "
                              "primary=sentence --num-calibration-samples 4 -o '" +
                              (scratch() / "a.onnx").string() + "'");
  EXPECT_EQ(quantized.status, 0) << quantized.errors;
}

TEST_F(OnnxModel, a_file_is_a_name_too) {
  const fs::path directory = onnx_directory("onnx/model.onnx");
  const auto ran = run(directory / "onnx/model.onnx", "apply_quantization: [false, true]\n");
  EXPECT_EQ(ran.status, 0) << ran.errors;
  expect_ok(result(), 2);
}

TEST_F(OnnxModel, refusals_are_one_line) {
  const fs::path directory = onnx_directory();
  fs::copy(directory / "model.onnx", directory / "model_2.onnx");
  fs::copy(directory / "model.onnx", directory / "model_1.onnx");
  fs::rename(directory / "model.onnx", directory / "kept");
  const auto refusal = [&](const std::string& more) {
    const auto ran = run(directory, more);
    EXPECT_EQ(ran.status, 2) << more;
    EXPECT_EQ(std::ranges::count(ran.errors, '\n'), 1) << ran.errors;
    return ran.errors;
  };
  EXPECT_THAT(refusal(""), AllOf(HasSubstr("holds 2 ONNX models: model_1.onnx, model_2.onnx"),
                                 HasSubstr("file_name picks one")));
  EXPECT_THAT(refusal("file_name: model_3.onnx\n"), HasSubstr("no ONNX model 'model_3.onnx'"));
  EXPECT_THAT(refusal("from_transformers: true\n"), HasSubstr("no weights"));
  EXPECT_EQ(run(directory, "file_name: model_2.onnx\n").status, 0);
  fs::remove(directory / "model_2.onnx");
  fs::remove(directory / "model_1.onnx");
  fs::rename(directory / "kept", directory / "model.onnx");

  graph::Model model = graph::Model::load(directory / "model.onnx");
  model.graph().mutable_output(0)->set_name("last_hidden_state");
  for (onnx::NodeProto& node : *model.graph().mutable_node()) {
    for (std::string& name : *node.mutable_output()) {
      if (name == "logits") name = "last_hidden_state";
    }
  }
  model.save(directory / "model.onnx");
  EXPECT_THAT(refusal(""), AllOf(HasSubstr("last_hidden_state"), HasSubstr("it has no head")));

  fs::remove(directory / "config.json");
  EXPECT_THAT(refusal(""), HasSubstr("no config.json"));
}

TEST_F(OnnxModel, frameworks_that_open_checkpoints_skip_their_rows) {
  const auto ran =
      run(onnx_directory(), "framework: [onnxruntime, pytorch]\napply_quantization: false\n");
  EXPECT_EQ(ran.status, 0) << ran.errors;
  const store::RunResult rows = result();
  ASSERT_EQ(rows.rows.size(), 2U);
  EXPECT_EQ(rows.rows[1].status, store::Row::Status::kSkipped);
  EXPECT_THAT(rows.rows[1].message, HasSubstr("the model is an ONNX file"));
}

TEST_F(OnnxModel, the_task_of_a_checkpoint_is_inferred_or_the_choices_are_named) {
  const auto quantized =
      call("quantize '" + checkpoint().string() + "' -o '" + (scratch() / "a.onnx").string() + "'");
  EXPECT_EQ(quantized.status, 0) << quantized.errors;
  const auto other =
      call("export '" + checkpoint().string() + "' --task token-classification -o '" +
           (scratch() / "b.onnx").string() + "'");
  EXPECT_EQ(other.status, 2);
  EXPECT_THAT(other.errors, HasSubstr("the model has the head of text-classification "
                                      "(DistilBertForSequenceClassification), not of "
                                      "token-classification"));
  Json config = read_json(checkpoint() / "config.json");
  config["architectures"] = {"DistilBertForMaskedLM"};
  write_text(checkpoint() / "config.json", config.dump());
  for (const std::string command : {"export", "quantize"}) {
    const auto unknown = call(command + " '" + checkpoint().string() + "' -o '" +
                              (scratch() / "c.onnx").string() + "'");
    EXPECT_EQ(unknown.status, 2);
    EXPECT_EQ(std::ranges::count(unknown.errors, '\n'), 1) << unknown.errors;
    EXPECT_THAT(unknown.errors, AllOf(HasSubstr("the head of DistilBertForMaskedLM"),
                                      HasSubstr("--task is one of image-classification")));
  }
  const auto ran = run(checkpoint(), "");
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.errors, HasSubstr("(task is one of image-classification, "));
}

}  // namespace
}  // namespace quantbench::cli
