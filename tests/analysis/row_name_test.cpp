#include "quantbench/analysis/row_name.h"

#include <gtest/gtest.h>

#include <set>

namespace quantbench::analysis {
namespace {

store::RunResult grid() {
  store::RunResult result;
  result.benchmarked = {{"framework", {"onnxruntime", "pytorch"}},
                        {"operators_to_quantize", {{"Add", "MatMul"}, {"MatMul"}}},
                        {"node_exclusion", {Json::array(), {"gelu", "layer:0"}}},
                        {"per_channel", {true, false}},
                        {"apply_quantization", {true, false}}};
  const auto add = [&](const Json& values, bool quantized) {
    store::Row& row = result.rows.emplace_back();
    row.quantized = quantized;
    std::size_t i = 0;
    for (const auto& [key, unused] : result.benchmarked.items()) row.parameters[key] = values[i++];
  };
  add({"onnxruntime", nullptr, nullptr, nullptr, false}, false);
  add({"pytorch", nullptr, nullptr, nullptr, false}, false);
  add({"onnxruntime", {"Add", "MatMul"}, Json::array(), true, true}, true);
  add({"onnxruntime", {"MatMul"}, {"gelu", "layer:0"}, false, true}, true);
  return result;
}

TEST(RowNames, says_what_tells_quantized_rows_apart_and_what_originals) {
  const store::RunResult result = grid();
  EXPECT_EQ(row_names(result)[0], "original · onnxruntime");
  EXPECT_EQ(row_names(result)[1], "original · pytorch");
  EXPECT_EQ(row_names(result)[2], "Add+MatMul · per_channel");
  EXPECT_EQ(row_names(result)[3], "MatMul · without gelu, layer:0");
}

TEST(RowNames, of_the_only_quantized_row_says_all_of_it) {
  store::RunResult result = grid();
  result.rows.pop_back();
  EXPECT_EQ(row_names(result)[2], "onnxruntime · Add+MatMul · per_channel");
}

TEST(RowNames, are_never_equal_however_alike_the_rows_are) {
  store::RunResult result;
  result.benchmarked = {{"per_channel", {true, false, nullptr}},
                        {"framework_args", Json::array({{{"opset", 11}}, {{"opset", 13}}})}};
  for (const Json& per_channel : {Json(false), Json(nullptr)}) {
    for (const int opset : {11, 13}) {
      store::Row& row = result.rows.emplace_back();
      row.quantized = true;
      row.parameters = {{"per_channel", per_channel}, {"framework_args", {{"opset", opset}}}};
    }
  }
  EXPECT_EQ(row_names(result)[0], "opset 11 · no per_channel");
  result.rows.push_back(result.rows.back());
  const std::vector<std::string> names = row_names(result);
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
}

TEST(SharedParameters, are_those_of_all_quantized_rows_without_model_and_data_set) {
  store::RunResult result = grid();
  result.fixed = {
      {"name_or_path", "m"}, {"dataset", {{"path", "d"}}}, {"quantization_approach", "dynamic"}};
  result.spec = {{"model_key", "name_or_path"}};
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(shared_parameters(result),
            (Pairs{{"quantization_approach", "dynamic"}, {"framework", "onnxruntime"}}));
}

TEST(PlainText, has_no_brackets) {
  EXPECT_EQ(plain_text({"Add", "MatMul"}), "Add, MatMul");
  EXPECT_EQ(plain_text(Json::array()), "[]");
  EXPECT_EQ(plain_text(true), "True");
  EXPECT_EQ(plain_text(nullptr), "None");
}

}  // namespace
}  // namespace quantbench::analysis
