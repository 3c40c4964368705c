#include "quantbench/graph/external_files.h"

#include <gmock/gmock.h>

#include "quantbench/base/file.h"
#include "support/message_of.h"
#include "support/runnable_graph.h"

namespace quantbench::graph {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

void make_external(onnx::TensorProto& tensor, const std::string& name, const std::string& file) {
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  tensor.add_dims(2);
  tensor.set_data_location(onnx::TensorProto::EXTERNAL);
  auto& entry = *tensor.add_external_data();
  entry.set_key("location");
  entry.set_value(file);
}

class ExternalFiles : public ::testing::Test {
 protected:
  std::vector<std::string> of(const onnx::ModelProto& model) const {
    write_text(scratch_.path() / "m.onnx", model.SerializeAsString());
    return external_files(scratch_.path() / "m.onnx");
  }
  onnx::ModelProto model_ =
      test::runnable({"y = Add(x, w)"}, {{"x", {2}}}, {{"y", {2}}}).to_proto();

 private:
  TemporaryDirectory scratch_;
};

TEST_F(ExternalFiles, are_named_wherever_a_tensor_is_and_need_not_exist) {
  EXPECT_THAT(of(model_), IsEmpty());
  make_external(*model_.mutable_graph()->add_initializer(), "w", "m.onnx_data");
  make_external(*model_.mutable_graph()->add_initializer(), "v", "m.onnx_data");
  auto& constant = *model_.mutable_graph()->add_node();
  constant.set_op_type("If");
  auto& branch = *constant.add_attribute();
  branch.set_name("then_branch");
  branch.set_type(onnx::AttributeProto::GRAPH);
  make_external(*branch.mutable_g()->add_initializer(), "u", "part/a.bin");
  EXPECT_THAT(of(model_), ElementsAre("m.onnx_data", "part/a.bin"));
}

TEST_F(ExternalFiles, outside_the_models_directory_are_refused) {
  make_external(*model_.mutable_graph()->add_initializer(), "w", "../../etc/passwd");
  EXPECT_THAT(quantbench::test::message_of([&] { of(model_); }),
              HasSubstr("'../../etc/passwd' is not below the model's directory"));
}

}  // namespace
}  // namespace quantbench::graph
