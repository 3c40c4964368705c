// Models that run longer than anyone waits.
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <chrono>
#include <cstdlib>
#include <limits>

#include "quantbench/graph/edit.h"
#include "quantbench/graph/model.h"
#include "quantbench/runtime/session.h"
#include "support/message_of.h"

namespace quantbench::runtime {
namespace {

using graph::make_node;
using std::chrono::milliseconds;

void declare(onnx::ValueInfoProto& value, const std::string& name,
             onnx::TensorProto::DataType type) {
  value.set_name(name);
  value.mutable_type()->mutable_tensor_type()->set_elem_type(type);
}

void declare_scalar(onnx::ValueInfoProto& value, const std::string& name,
                    onnx::TensorProto::DataType type) {
  declare(value, name, type);
  value.mutable_type()->mutable_tensor_type()->mutable_shape();
}

/// y: x with 1 added `times` times, x: [rows].
graph::Model loop_of(std::int64_t times) {
  graph::Model model;
  model.proto().set_ir_version(8);
  model.require_opset("", 13);
  onnx::GraphProto& graph = model.graph();
  graph.set_name("loops");
  declare(*graph.add_input(), "x", onnx::TensorProto::FLOAT);
  graph.mutable_input(0)
      ->mutable_type()
      ->mutable_tensor_type()
      ->mutable_shape()
      ->add_dim()
      ->set_dim_param("rows");
  declare(*graph.add_output(), "y", onnx::TensorProto::FLOAT);
  model.set_initializer(graph::Initializer::scalar<std::int64_t>("times", times));
  model.set_initializer(graph::Initializer::scalar("one", 1.0F));
  *graph.add_node() = make_node("Loop", {"times", "", "x"}, {"y"}, "loop");
  auto& attribute = *graph.mutable_node(0)->add_attribute();
  attribute.set_name("body");
  attribute.set_type(onnx::AttributeProto::GRAPH);
  onnx::GraphProto& body = *attribute.mutable_g();
  body.set_name("body");
  declare_scalar(*body.add_input(), "turn", onnx::TensorProto::INT64);
  declare_scalar(*body.add_input(), "go_on", onnx::TensorProto::BOOL);
  declare(*body.add_input(), "before", onnx::TensorProto::FLOAT);
  declare_scalar(*body.add_output(), "goes_on", onnx::TensorProto::BOOL);
  declare(*body.add_output(), "after", onnx::TensorProto::FLOAT);
  *body.add_node() = make_node("Identity", {"go_on"}, {"goes_on"}, "condition");
  *body.add_node() = make_node("Add", {"before", "one"}, {"after"}, "sum");
  return model;
}

std::vector<NamedTensor> rows(std::size_t count) {
  return {{"x", {{static_cast<std::int64_t>(count)}, std::vector<float>(count, 1.0F)}}};
}

std::unique_ptr<Session> open(const graph::Model& model, std::optional<milliseconds> limit) {
  SessionOptions options;
  options.intra_op_num_threads = 1;
  options.forward_limit = limit;
  return runtimes().get("onnxruntime").open_graph(model, options);
}

constexpr std::int64_t kForEver = std::numeric_limits<std::int64_t>::max();

TEST(ForwardLimit, ends_a_loop_without_end_with_a_line_that_names_the_limit) {
  const auto session = open(loop_of(kForEver), milliseconds(50));
  const std::string expected =
      "model in memory: a forward took more than 0.05 s for each of its 2 samples and was ended "
      "(does the model loop without end? QUANTBENCH_FORWARD_SECONDS=N allows more)";
  EXPECT_EQ(test::message_of([&] { session->run(rows(2)); }), expected);
  const auto bound = session->bind(rows(2));
  EXPECT_EQ(test::message_of([&] { bound->run(); }), expected);
  EXPECT_EQ(test::message_of([&] { bound->run(); }), expected);
}

TEST(ForwardLimit, leaves_forwards_alone_that_end_in_time) {
  const auto session = open(loop_of(3), milliseconds(60'000));
  for (int i = 0; i < 3; ++i) {
    const auto outputs = session->run(rows(2));
    EXPECT_EQ(std::get<std::vector<float>>(outputs.at(0).values), std::vector<float>({4, 4}));
  }
}

TEST(ForwardLimit, is_read_from_the_environment) {
  ::setenv("QUANTBENCH_FORWARD_SECONDS", "1", 1);
  const auto session = open(loop_of(kForEver), std::nullopt);
  EXPECT_EQ(test::message_of([&] { session->run(rows(1)); }).substr(0, 71),
            "model in memory: a forward took more than 1 s for each of its 1 samples");
  ::setenv("QUANTBENCH_FORWARD_SECONDS", "soon", 1);
  EXPECT_EQ(test::message_of([&] { open(loop_of(1), std::nullopt); }),
            "QUANTBENCH_FORWARD_SECONDS: 'soon' is not a number of seconds (1 to 86400)");
  ::unsetenv("QUANTBENCH_FORWARD_SECONDS");
}

}  // namespace
}  // namespace quantbench::runtime
