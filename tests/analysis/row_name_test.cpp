#include "quantbench/analysis/row_name.h"

#include <gtest/gtest.h>

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

TEST(ShortName, says_what_tells_quantized_rows_apart_and_what_originals) {
  const store::RunResult result = grid();
  EXPECT_EQ(short_name(result, result.rows[0]), "original · onnxruntime");
  EXPECT_EQ(short_name(result, result.rows[1]), "original · pytorch");
  EXPECT_EQ(short_name(result, result.rows[2]), "Add+MatMul · per_channel");
  EXPECT_EQ(short_name(result, result.rows[3]), "MatMul · without gelu, layer:0");
}

TEST(ShortName, of_the_only_quantized_row_says_all_of_it) {
  store::RunResult result = grid();
  result.rows.pop_back();
  EXPECT_EQ(short_name(result, result.rows[2]), "onnxruntime · Add+MatMul · per_channel");
}

TEST(PlainText, has_no_brackets) {
  EXPECT_EQ(plain_text({"Add", "MatMul"}), "Add, MatMul");
  EXPECT_EQ(plain_text(Json::array()), "[]");
  EXPECT_EQ(plain_text(true), "True");
  EXPECT_EQ(plain_text(nullptr), "None");
}

}  // namespace
}  // namespace quantbench::analysis
