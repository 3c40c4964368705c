#include <gmock/gmock.h>
#include <onnx/onnx_pb.h>

#include <thread>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/runtime/session.h"
#include "support/message_of.h"

namespace quantbench::runtime {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

onnx::ValueInfoProto value_info(const std::string& name, onnx::TensorProto::DataType type) {
  onnx::ValueInfoProto info;
  info.set_name(name);
  auto* tensor = info.mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(type);
  tensor->mutable_shape()->add_dim()->set_dim_param("batch");
  tensor->mutable_shape()->add_dim()->set_dim_value(2);
  return info;
}

onnx::NodeProto node(const std::string& op, const std::vector<std::string>& inputs,
                     const std::string& output) {
  onnx::NodeProto out;
  out.set_op_type(op);
  for (const std::string& input : inputs) out.add_input(input);
  out.add_output(output);
  return out;
}

/// y = x MatMul [[1, 2], [3, 4]]; ids_twice = ids + ids (int64); halved = float16(y).
class OnnxRuntimeTest : public testing::Test {
 protected:
  void SetUp() override {
    onnx::ModelProto model;
    model.set_ir_version(8);
    model.add_opset_import()->set_version(13);
    auto* graph = model.mutable_graph();
    graph->set_name("test");
    *graph->add_input() = value_info("x", onnx::TensorProto::FLOAT);
    *graph->add_input() = value_info("ids", onnx::TensorProto::INT64);
    *graph->add_output() = value_info("y", onnx::TensorProto::FLOAT);
    *graph->add_output() = value_info("ids_twice", onnx::TensorProto::INT64);
    *graph->add_output() = value_info("halved", onnx::TensorProto::FLOAT16);
    auto* weight = graph->add_initializer();
    weight->set_name("weight");
    weight->set_data_type(onnx::TensorProto::FLOAT);
    weight->add_dims(2);
    weight->add_dims(2);
    for (const float value : {1.F, 2.F, 3.F, 4.F}) weight->add_float_data(value);
    *graph->add_node() = node("MatMul", {"x", "weight"}, "y");
    *graph->add_node() = node("Add", {"ids", "ids"}, "ids_twice");
    onnx::NodeProto cast = node("Cast", {"y"}, "halved");
    auto* to = cast.add_attribute();
    to->set_name("to");
    to->set_type(onnx::AttributeProto::INT);
    to->set_i(onnx::TensorProto::FLOAT16);
    *graph->add_node() = cast;
    path_ = directory_.path() / "model.onnx";
    write_text(path_, model.SerializeAsString());
  }

  std::unique_ptr<Session> open(const SessionOptions& options = {}) const {
    return runtimes().get("onnxruntime").open(path_, options);
  }

  static std::vector<NamedTensor> inputs(float first) {
    return {{"x", {{1, 2}, std::vector<float>{first, 0.5F}}},
            {"ids", {{1, 2}, std::vector<std::int64_t>{7, -9}}}};
  }

  TemporaryDirectory directory_;
  std::filesystem::path path_;
};

TEST_F(OnnxRuntimeTest, describes_inputs_and_outputs) {
  const auto session = open();
  ASSERT_EQ(session->inputs().size(), 2U);
  EXPECT_EQ(session->inputs()[0].name, "x");
  EXPECT_TRUE(session->inputs()[0].is_float);
  EXPECT_THAT(session->inputs()[0].shape, ElementsAre(-1, 2));
  EXPECT_FALSE(session->inputs()[1].is_float);
  EXPECT_THAT(session->output_names(), ElementsAre("y", "ids_twice", "halved"));
}

TEST_F(OnnxRuntimeTest, gives_outputs_of_every_type_as_float) {
  for (const int level : {0, 1, 2, 99}) {
    const auto outputs = open({level, 1})->run(inputs(2));
    ASSERT_EQ(outputs.size(), 3U);
    EXPECT_THAT(std::get<std::vector<float>>(outputs[0].values), ElementsAre(3.5F, 6.0F));
    EXPECT_THAT(std::get<std::vector<float>>(outputs[1].values), ElementsAre(14.F, -18.F));
    EXPECT_THAT(std::get<std::vector<float>>(outputs[2].values), ElementsAre(3.5F, 6.0F));
    EXPECT_THAT(outputs[0].shape, ElementsAre(1, 2));
  }
}

TEST_F(OnnxRuntimeTest, shows_outputs_to_a_visitor_without_copying) {
  std::vector<std::size_t> seen;
  open()->run_visit(inputs(2), [&](std::size_t output, const TensorView& view) {
    seen.push_back(output);
    EXPECT_EQ(view.element_count, 2U);
    EXPECT_THAT(view.shape, ElementsAre(1, 2));
    if (output == 0) {
      EXPECT_THAT(view.floats(), ElementsAre(3.5F, 6.0F));
    } else {
      EXPECT_THROW(view.floats(), Error);
    }
  });
  EXPECT_THAT(seen, ElementsAre(0, 1, 2));
}

TEST_F(OnnxRuntimeTest, visitors_errors_name_the_output) {
  const auto session = open();
  EXPECT_THAT(test::message_of([&] {
                session->run_visit(
                    inputs(2), [](std::size_t, const TensorView&) { throw Error("not finite"); });
              }),
              HasSubstr("output 'y': not finite"));
}

TEST_F(OnnxRuntimeTest, runs_from_several_threads_at_once) {
  const auto session = open({99, 1});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const auto value = static_cast<float>(t * 100 + i);
        const auto outputs = session->run(inputs(value));
        EXPECT_THAT(std::get<std::vector<float>>(outputs[0].values),
                    ElementsAre(value + 1.5F, 2 * value + 2.F));
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST_F(OnnxRuntimeTest, bound_inputs_outlive_what_they_were_made_of) {
  const auto session = open();
  auto given = std::make_unique<std::vector<NamedTensor>>(inputs(2));
  const auto bound = session->bind(*given);
  given.reset();
  for (int i = 0; i < 3; ++i) EXPECT_NO_THROW(bound->run());
}

TEST_F(OnnxRuntimeTest, refuses_wrong_inputs_by_name) {
  const auto session = open();
  auto misspelt = inputs(1);
  misspelt[1].name = "idz";
  EXPECT_THAT(test::message_of([&] { session->run(misspelt); }),
              HasSubstr("no input 'idz' (did you mean 'ids'?)"));
  auto missing = inputs(1);
  missing.pop_back();
  EXPECT_THAT(test::message_of([&] { session->bind(missing); }),
              HasSubstr("input 'ids' is missing"));
  auto ragged = inputs(1);
  ragged[0].tensor.shape = {2, 2};
  EXPECT_THAT(test::message_of([&] { session->run(ragged); }), HasSubstr("input 'x'"));
  auto wrong_shape = inputs(1);
  wrong_shape[0].tensor = {{1, 3}, std::vector<float>{1, 2, 3}};
  EXPECT_THAT(test::message_of([&] { session->run(wrong_shape); }), HasSubstr("failed to run"));
}

TEST_F(OnnxRuntimeTest, refuses_a_file_that_is_no_model_in_one_line) {
  write_text(path_, "not a model");
  const std::string message = test::message_of([&] { open(); });
  EXPECT_THAT(message, HasSubstr(path_.string()));
  EXPECT_THAT(message, HasSubstr("cannot load the model"));
  EXPECT_EQ(message.find('\n'), std::string::npos);
  std::filesystem::remove(path_);
  EXPECT_THAT(test::message_of([&] { open(); }), HasSubstr("cannot load the model"));
}

TEST_F(OnnxRuntimeTest, refuses_an_optimization_level_that_does_not_exist) {
  EXPECT_THAT(test::message_of([&] { open({.optimization_level = 3}); }), HasSubstr("0, 1, 2, 99"));
}

TEST(OnnxRuntime, names_itself_and_its_version) {
  const Json facts = runtimes().get("onnxruntime").facts();
  EXPECT_EQ(facts.at("name"), "onnxruntime");
  EXPECT_THAT(facts.at("version").get<std::string>(), testing::MatchesRegex("[0-9]+\\.[0-9.]+"));
  EXPECT_THAT(facts.at("providers").get<std::vector<std::string>>(),
              testing::Contains("CPUExecutionProvider"));
}

TEST(TensorView, widens_half_precision_exactly) {
  const std::vector<std::uint16_t> halves = {0x0000, 0x3c00, 0xc000, 0x7bff, 0x0001, 0x8400};
  const std::vector<std::int64_t> shape = {6};
  const TensorView view{ElementType::kFloat16, shape, halves.data(), halves.size()};
  EXPECT_THAT(view.to_float(),
              ElementsAre(0.F, 1.F, -2.F, 65504.F, 5.9604644775390625e-08F, -6.103515625e-05F));
  const std::vector<std::uint16_t> bfloats = {0x3f80, 0xc049};
  EXPECT_THAT((TensorView{ElementType::kBFloat16, shape, bfloats.data(), 2}).to_float(),
              ElementsAre(1.F, -3.140625F));
}

}  // namespace
}  // namespace quantbench::runtime
