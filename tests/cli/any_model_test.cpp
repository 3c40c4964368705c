// `quantbench quantize` on models of other exporters: it runs what it made, or says why not.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "quantbench/base/file.h"
#include "quantbench/base/json.h"
#include "support/program.h"
#include "support/runnable_graph.h"

namespace quantbench::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

class AnyModel : public testing::Test {
 protected:
  std::filesystem::path scratch() const { return directory_.path(); }

  /// Saves the model and quantizes it to out.onnx with a report.
  test::ProgramResult quantize(const graph::Model& model, const std::string& options = {}) const {
    model.save(scratch() / "model.onnx");
    return test::run_program("quantize '" + (scratch() / "model.onnx").string() + "' -o '" +
                                 (scratch() / "out.onnx").string() + "' --report '" +
                                 (scratch() / "report.json").string() + "' " + options,
                             scratch());
  }

  Json report() const { return Json::parse(read_text(scratch() / "report.json")); }

  static graph::Model product(std::int64_t opset = 13) {
    graph::Model model =
        test::runnable({"y = MatMul(x, w)"}, {{"x", {-1, 8}}}, {{"y", {-1, 8}}}, opset);
    model.set_initializer(test::wave_constant("w", {8, 8}));
    return model;
  }

 private:
  TemporaryDirectory directory_;
};

TEST_F(AnyModel, is_run_before_it_is_written) {
  // Eight-bit weights overflow on processors without VNNI.
  const auto result = quantize(product(), "--reduce-range");
  ASSERT_EQ(result.status, 0) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("run with generated inputs: signal to quantization noise"));
  EXPECT_GT(report().at("verification").at("output_sqnr_db").at("y").get<double>(), 20);
  const auto unchecked = quantize(product(), "--no-verify");
  ASSERT_EQ(unchecked.status, 0) << unchecked.errors;
  EXPECT_THAT(unchecked.output, Not(HasSubstr("run with")));
  EXPECT_FALSE(report().contains("verification"));
}

TEST_F(AnyModel, of_an_old_operator_set_is_converted) {
  const auto result = quantize(product(9));
  ASSERT_EQ(result.status, 0) << result.errors;
  EXPECT_THAT(result.errors, HasSubstr("converted from operator set 9 to 13"));
  EXPECT_EQ(graph::Model::load(scratch() / "out.onnx").opset(), 13);
  EXPECT_EQ(report().at("quantized").at("MatMul"), 1);
}

TEST_F(AnyModel, that_cannot_be_converted_is_refused_with_the_reason) {
  graph::Model model = product(9);
  auto& function = *model.proto().add_functions();
  function.set_name("f");
  function.set_domain("own");
  const auto result = quantize(model);
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.errors, HasSubstr("operator set 9 is too old to quantize"));
  EXPECT_THAT(result.errors, HasSubstr("local functions"));
  EXPECT_FALSE(std::filesystem::exists(scratch() / "out.onnx"));
}

TEST_F(AnyModel, takes_calibration_inputs_of_other_types_and_without_names) {
  graph::Model model = test::runnable({"r = Gather(table, ids)", "y = MatMul(r, w)"},
                                      {{"ids", {-1}, onnx::TensorProto::INT32}}, {{"y", {-1, 8}}});
  model.set_initializer(test::wave_constant("table", {5, 8}));
  model.set_initializer(test::wave_constant("w", {8, 8}));
  onnx::TensorProto ids;
  ids.set_data_type(onnx::TensorProto::INT32);
  ids.add_dims(2);
  for (const int id : {4, 1}) ids.add_int32_data(id);
  write_text(scratch() / "samples/test_data_set_0/input_0.pb", ids.SerializeAsString());
  const auto result = quantize(model, "--approach static --reduce-range --calibration-data '" +
                                          (scratch() / "samples").string() + "'");
  ASSERT_EQ(result.status, 0) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("run with samples"));
  EXPECT_GT(report().at("verification").at("output_sqnr_db").at("y").get<double>(), 20);
}

}  // namespace
}  // namespace quantbench::cli
