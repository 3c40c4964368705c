#include "quantbench/runtime/independence.h"

#include <gtest/gtest.h>

#include "quantbench/base/file.h"
#include "quantbench/graph/model.h"
#include "support/graph_text.h"

namespace quantbench::runtime {
namespace {

bool rows_are_independent_in(const onnx::GraphProto& graph) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "model.onnx";
  graph::Model model;
  model.require_opset("", 13);
  model.graph() = graph;
  model.save(path);
  return rows_are_independent(runtimes().get("onnxruntime"), path);
}

TEST(RowsAreIndependent, of_float_and_statically_quantized_models) {
  EXPECT_TRUE(rows_are_independent_in(test::graph_of({"y = MatMul(x, w)"})));
  EXPECT_TRUE(rows_are_independent_in(
      test::graph_of({"q = QuantizeLinear(x, s, z)", "y = DequantizeLinear(q, s, z)"})));
}

TEST(RowsAreIndependent, not_where_the_batch_decides_the_scale) {
  EXPECT_FALSE(rows_are_independent_in(
      test::graph_of({"q, s, z = DynamicQuantizeLinear(x)", "y = MatMulInteger(q, w)"})));
  onnx::GraphProto outer = test::graph_of({"y = If(c)"});
  auto& branch = *outer.mutable_node(0)->add_attribute();
  branch.set_name("then_branch");
  branch.set_type(onnx::AttributeProto::GRAPH);
  *branch.mutable_g() = test::graph_of({"y = DynamicQuantizeMatMul(x, w)"});
  EXPECT_FALSE(rows_are_independent_in(outer));
}

TEST(RowsAreIndependent, not_in_frameworks_that_quantize) {
  EXPECT_TRUE(rows_are_independent(runtimes().get("pytorch"), "checkpoint"));
  EXPECT_FALSE(rows_are_independent(runtimes().get("pytorch_dynamic"), "checkpoint"));
}

}  // namespace
}  // namespace quantbench::runtime
