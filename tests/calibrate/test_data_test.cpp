#include "quantbench/calibrate/test_data.h"

#include <gmock/gmock.h>
#include <onnx/onnx_pb.h>

#include <fstream>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"

namespace quantbench::calibrate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class TestDataTest : public testing::Test {
 protected:
  void write(const std::string& place, const onnx::TensorProto& tensor) {
    write_text(directory_.path() / place, tensor.SerializeAsString());
  }

  static onnx::TensorProto floats(const std::string& name, std::vector<std::int64_t> shape,
                                  const std::vector<float>& values) {
    onnx::TensorProto tensor;
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    for (const std::int64_t size : shape) tensor.add_dims(size);
    for (const float value : values) tensor.add_float_data(value);
    return tensor;
  }

  std::string failure() {
    try {
      read_test_data(directory_.path())([](const Batch&) {});
    } catch (const Error& error) {
      return error.what();
    }
    return "none";
  }

  TemporaryDirectory directory_;
};

TEST_F(TestDataTest, shows_the_sets_in_the_order_of_their_numbers) {
  for (const int set : {10, 2, 0}) {
    write("test_data_set_" + std::to_string(set) + "/input_0.pb",
          floats("x", {2, 1}, {static_cast<float>(set), 0}));
  }
  std::vector<float> first;
  std::size_t samples = 0;
  read_test_data(directory_.path())([&](const Batch& batch) {
    first.push_back(std::get<0>(batch.inputs.at(0).tensor.values).at(0));
    samples += batch.samples;
  });
  EXPECT_THAT(first, ElementsAre(0, 2, 10));
  EXPECT_EQ(samples, 6U);
}

TEST_F(TestDataTest, reads_raw_data_and_int64) {
  onnx::TensorProto ids;
  ids.set_name("ids");
  ids.set_data_type(onnx::TensorProto::INT64);
  ids.add_dims(2);
  const std::vector<std::int64_t> values{7, -8};
  ids.set_raw_data(values.data(), values.size() * sizeof(std::int64_t));
  write("test_data_set_0/input_0.pb", ids);
  read_test_data(directory_.path())([&](const Batch& batch) {
    EXPECT_EQ(batch.inputs[0].name, "ids");
    EXPECT_THAT(std::get<1>(batch.inputs[0].tensor.values), ElementsAre(7, -8));
  });
}

TEST_F(TestDataTest, reads_every_other_type_as_bytes) {
  onnx::TensorProto mask;
  mask.set_name("mask");
  mask.set_data_type(onnx::TensorProto::BOOL);
  mask.add_dims(2);
  mask.add_int32_data(1);
  mask.add_int32_data(0);
  onnx::TensorProto text;
  text.set_name("text");
  text.set_data_type(onnx::TensorProto::STRING);
  text.add_dims(1);
  text.add_string_data("word");
  write("test_data_set_0/input_0.pb", mask);
  write("test_data_set_0/input_1.pb", text);
  read_test_data(directory_.path())([&](const Batch& batch) {
    const runtime::OtherValues& values = *std::get<2>(batch.inputs.at(0).tensor.values);
    EXPECT_EQ(values.data_type, onnx::TensorProto::BOOL);
    EXPECT_THAT(values.bytes, ElementsAre(std::byte{1}, std::byte{0}));
    EXPECT_THAT(std::get<2>(batch.inputs.at(1).tensor.values)->strings, ElementsAre("word"));
  });
}

TEST_F(TestDataTest, gives_files_without_the_name_of_an_input_the_input_of_their_number) {
  write("test_data_set_0/input_0.pb", floats("", {1}, {1}));
  write("test_data_set_0/input_1.pb", floats("y of another exporter", {1}, {2}));
  write("test_data_set_0/input_2.pb", floats("z", {1}, {3}));
  std::vector<std::string> names;
  read_test_data(directory_.path(), {"x", "y", "z"})([&](const Batch& batch) {
    for (const auto& input : batch.inputs) names.push_back(input.name);
  });
  EXPECT_THAT(names, ElementsAre("x", "y", "z"));
}

TEST_F(TestDataTest, counts_a_set_whose_first_input_is_empty) {
  write("test_data_set_0/input_0.pb", floats("past", {0, 4}, {}));
  write("test_data_set_0/input_1.pb", floats("x", {2, 1}, {1, 2}));
  read_test_data(directory_.path())([&](const Batch& batch) { EXPECT_EQ(batch.samples, 2U); });
}

TEST_F(TestDataTest, says_what_is_wrong_with_a_file) {
  EXPECT_THROW(read_test_data(directory_.path()), Error);
  EXPECT_THROW(read_test_data(directory_.path() / "none"), Error);
  write("test_data_set_0/input_0.pb", floats("x", {3}, {1}));
  EXPECT_THAT(failure(), HasSubstr("holds 4 bytes, its shape needs 12"));
  write("test_data_set_0/input_0.pb", floats("", {1}, {1}));
  EXPECT_THAT(failure(), HasSubstr("no name"));
  write("test_data_set_0/input_0.pb", floats("x", {-1}, {1}));
  EXPECT_THAT(failure(), testing::Not(HasSubstr("none")));
  onnx::TensorProto text = floats("x", {1}, {1});
  text.set_data_type(onnx::TensorProto::STRING);
  write("test_data_set_0/input_0.pb", text);
  EXPECT_THAT(failure(), HasSubstr("holds 0 strings, its shape needs 1"));
  write_text(directory_.path() / "test_data_set_0/input_0.pb", "\xff\xff\xff rubbish");
  EXPECT_THAT(failure(), HasSubstr("not an ONNX tensor"));
}

}  // namespace
}  // namespace quantbench::calibrate
