#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantbench/base/error.h"
#include "quantbench/checkpoint/checkpoint.h"
#include "support/checkpoint_files.h"

namespace quantbench::checkpoint {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Safetensors : public ::testing::Test {
 protected:
  std::unique_ptr<TensorSource> open(const std::string& bytes) {
    write_text(path_, bytes);
    return open_safetensors(path_);
  }

  std::string error_of(const std::string& bytes) {
    try {
      open(bytes);
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), StartsWith(path_.string() + ": "));
      return error.what();
    }
    return "no error";
  }

  std::string error_of_header(const std::string& header) {
    return error_of(test::SafetensorsWriter::assemble(header, std::string(16, '\0')));
  }

  TemporaryDirectory directory_;
  std::filesystem::path path_ = directory_.path() / "model.safetensors";
};

TEST_F(Safetensors, reads_names_shapes_and_values) {
  test::SafetensorsWriter writer;
  writer.header["__metadata__"] = {{"format", "pt"}};
  writer.add<float>("b", "F32", {2, 2}, {1, 2, 3, 4});
  writer.add<float>("a", "F32", {}, {5});
  writer.add<std::int64_t>("ids", "I64", {3}, {7, 8, 9});
  writer.add<float>("none", "F32", {0, 4}, {});
  const auto source = open(writer.bytes());
  EXPECT_THAT(source->names(), ElementsAre("a", "b", "ids", "none"));
  const Tensor& b = *source->find("b");
  EXPECT_THAT(b.shape, ElementsAre(2, 2));
  EXPECT_EQ(b.element_count(), 4);
  EXPECT_THAT(b.to_float(), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(source->find("a")->to_float(), ElementsAre(5));
  EXPECT_TRUE(source->find("none")->to_float().empty());
  EXPECT_EQ(source->find("ids")->dtype, DType::kI64);
  EXPECT_EQ(source->find("absent"), nullptr);
}

TEST_F(Safetensors, widens_half_precision_and_rounds_double_precision) {
  test::SafetensorsWriter writer;
  writer.add<std::uint16_t>("half", "F16", {2}, {0x3c00, 0xc100});
  writer.add<std::uint16_t>("brain", "BF16", {2}, {0x3f80, 0xc020});
  writer.add<double>("double", "F64", {1}, {0.1});
  const auto source = open(writer.bytes());
  EXPECT_THAT(source->find("half")->to_float(), ElementsAre(1.0F, -2.5F));
  EXPECT_THAT(source->find("brain")->to_float(), ElementsAre(1.0F, -2.5F));
  EXPECT_THAT(source->find("double")->to_float(), ElementsAre(0.1F));
}

TEST_F(Safetensors, refuses_integers_where_floats_are_asked_for) {
  test::SafetensorsWriter writer;
  writer.add<std::int64_t>("ids", "I64", {1}, {7});
  const auto source = open(writer.bytes());
  EXPECT_THROW(source->find("ids")->to_float(), Error);
}

TEST_F(Safetensors, keeps_the_bytes_alive_after_the_source_is_gone) {
  test::SafetensorsWriter writer;
  writer.add<float>("a", "F32", {1}, {5});
  Tensor kept;
  {
    const auto source = open(writer.bytes());
    kept = *source->find("a");
  }
  EXPECT_THAT(kept.to_float(), ElementsAre(5));
}

TEST_F(Safetensors, accepts_holes_between_tensors_and_padding_after_the_header) {
  const std::string header = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}     )";
  write_text(path_, test::SafetensorsWriter::assemble(header, std::string(16, '\0')));
  EXPECT_NO_THROW(open_safetensors(path_));
}

TEST_F(Safetensors, names_the_tensor_whose_offsets_lie_outside_a_truncated_file) {
  test::SafetensorsWriter writer;
  writer.add<float>("first", "F32", {1}, {1});
  writer.add<float>("last", "F32", {2}, {2, 3});
  const std::string bytes = writer.bytes();
  const std::string error = error_of(bytes.substr(0, bytes.size() - 1));
  EXPECT_THAT(error, HasSubstr("tensor 'last': data_offsets [4, 12] exceed the file"));
  EXPECT_THAT(error, HasSubstr("truncated"));
}

TEST_F(Safetensors, refuses_files_too_short_for_their_header) {
  EXPECT_THAT(error_of(""), HasSubstr("has 0 bytes"));
  EXPECT_THAT(error_of("1234567"), HasSubstr("has 7 bytes"));
  EXPECT_THAT(error_of(std::string("\x40\0\0\0\0\0\0\0{", 9)), HasSubstr("does not fit"));
}

TEST_F(Safetensors, refuses_a_header_over_the_limit_of_the_format) {
  EXPECT_THAT(error_of(std::string(8, '\x7f') + std::string(100, ' ')), HasSubstr("100000000"));
}

TEST_F(Safetensors, refuses_a_name_that_appears_twice) {
  EXPECT_THAT(error_of_header(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                              R"("a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})"),
              HasSubstr("tensor 'a': appears twice"));
}

TEST_F(Safetensors, refuses_malformed_entries_with_the_name_of_the_tensor) {
  EXPECT_THAT(
      error_of_header(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}})"),
      HasSubstr("tensor 'a': data_offsets [0, 8] hold 8 bytes, but F32 of shape [1] takes 4"));
  EXPECT_THAT(error_of_header(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[8,4]}})"),
              HasSubstr("are in the wrong order"));
  EXPECT_THAT(error_of_header(R"({"a":{"dtype":"F8","shape":[1],"data_offsets":[0,4]}})"),
              HasSubstr("dtype 'F8' is not supported"));
  EXPECT_THAT(error_of_header(R"({"a":{"shape":[1],"data_offsets":[0,4]}})"),
              HasSubstr("no dtype"));
  EXPECT_THAT(error_of_header(R"({"a":{"dtype":"F32","data_offsets":[0,4]}})"),
              HasSubstr("no shape"));
  EXPECT_THAT(error_of_header(R"({"a":{"dtype":"F32","shape":[1]}})"),
              HasSubstr("no data_offsets"));
  EXPECT_THAT(error_of_header(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}})"),
              HasSubstr("must be [begin, end]"));
  EXPECT_THAT(error_of_header(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})"),
              HasSubstr("a negative number"));
  EXPECT_THAT(error_of_header(R"({"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}})"),
              HasSubstr("a fraction is not allowed here"));
  EXPECT_THAT(error_of_header(R"({"a":{"dtype":4,"shape":[1],"data_offsets":[0,4]}})"),
              HasSubstr("at 'dtype'"));
  EXPECT_THAT(error_of_header(R"({"a":3})"), HasSubstr("tensor 'a'"));
  EXPECT_THAT(error_of_header(R"({"a":[[[[]]]]})"), HasSubstr("tensor 'a'"));
  EXPECT_THAT(error_of_header("[]"), HasSubstr("header: a list"));
  EXPECT_THAT(error_of_header("3"), HasSubstr("header: a number"));
  EXPECT_THAT(error_of_header("{\"a\":"), HasSubstr("not valid JSON"));
  EXPECT_THAT(error_of_header("{} {}"), HasSubstr("not valid JSON"));
}

TEST_F(Safetensors, refuses_shapes_whose_product_overflows) {
  EXPECT_THAT(error_of_header(
                  R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})"),
              HasSubstr("impossible number of elements"));
  EXPECT_THAT(error_of_header(
                  R"({"a":{"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,4]}})"),
              HasSubstr("impossible number of elements"));
  EXPECT_THAT(error_of_header(
                  R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[18446744073709551612,0]}})"),
              HasSubstr("are in the wrong order"));
}

TEST_F(Safetensors, takes_a_thousand_brackets_as_an_error_not_as_a_crash) {
  EXPECT_THAT(error_of_header(R"({"a":)" + std::string(100000, '[')), HasSubstr("tensor 'a'"));
  EXPECT_THAT(error_of_header(std::string(100000, '{')), HasSubstr("header"));
}

// Every truncation, and every byte replaced by a few hostile ones, gives an Error or tensors inside
// the file.
TEST_F(Safetensors, survives_every_truncation_and_mutation_of_a_valid_file) {
  test::SafetensorsWriter writer;
  writer.header["__metadata__"] = {{"format", "pt"}};
  writer.add<float>("weight", "F32", {2, 2}, {1, 2, 3, 4});
  writer.add<std::uint16_t>("half", "F16", {3}, {0x3c00, 0, 1});
  writer.add<std::int64_t>("ids", "I64", {1}, {7});
  const std::string valid = writer.bytes();
  std::size_t accepted = 0;
  std::size_t refused = 0;
  const auto attempt = [&](const std::string& bytes) {
    try {
      const auto source = open(bytes);
      for (const std::string& name : source->names()) {
        const Tensor& tensor = *source->find(name);
        ASSERT_EQ(tensor.bytes.size(),
                  static_cast<std::size_t>(tensor.element_count()) * dtype_size(tensor.dtype));
        if (tensor.dtype == DType::kF32 || tensor.dtype == DType::kF16) (void)tensor.to_float();
      }
      ++accepted;
    } catch (const Error&) {
      ++refused;
    }
  };
  for (std::size_t length = 0; length < valid.size(); ++length) attempt(valid.substr(0, length));
  EXPECT_EQ(accepted, 0U);
  for (std::size_t at = 0; at < valid.size(); ++at) {
    for (const char byte : {'\0', '\xff', '"', '9', '-', '{', ']', ','}) {
      std::string mutated = valid;
      mutated[at] = byte;
      attempt(mutated);
    }
  }
  EXPECT_GT(accepted, 0U);
  EXPECT_GT(refused, valid.size());
}

}  // namespace
}  // namespace quantbench::checkpoint
