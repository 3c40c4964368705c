// Files written by torch.save (tests/data/checkpoint/make_pytorch_files.py), and every way to break
// them. tests/oracle/test_pytorch_files.py compares whole models with torch.load.
#include "quantbench/checkpoint/pytorch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/checkpoint/checkpoint.h"
#include "quantbench/checkpoint/pickle.h"
#include "quantbench/checkpoint/strided.h"
#include "support/checkpoint_files.h"

namespace quantbench::checkpoint {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::filesystem::path data(const std::string& name) {
  return std::filesystem::path(QUANTBENCH_TEST_DATA) / "checkpoint" / name;
}

std::string error_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

Pickle read(const std::string& bytes) { return read_pickle(std::as_bytes(std::span(bytes))); }

std::string pickle_error(const std::string& bytes) {
  return error_of([&] { read(bytes); });
}

class Format : public ::testing::TestWithParam<const char*> {};

TEST_P(Format, gives_tensors_of_every_type_and_layout) {
  const auto source = open_pytorch(data(GetParam()));
  const auto values = [&](const char* name) { return source->find(name)->to_float(); };
  EXPECT_THAT(values("weight"), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(source->find("weight")->shape, ElementsAre(2, 3));
  EXPECT_THAT(values("parameter"), ElementsAre(0.5F, 1.5F));
  EXPECT_THAT(source->find("transposed")->shape, ElementsAre(3, 2));
  EXPECT_THAT(values("transposed"), ElementsAre(0, 3, 1, 4, 2, 5));
  EXPECT_THAT(values("column"), ElementsAre(1, 2, 5, 6, 9, 10));
  EXPECT_THAT(values("row"), ElementsAre(4, 5, 6, 7));
  EXPECT_THAT(source->find("scalar")->shape, IsEmpty());
  EXPECT_THAT(values("scalar"), ElementsAre(7));
  EXPECT_THAT(source->find("empty")->shape, ElementsAre(0, 4));
  EXPECT_THAT(values("empty"), IsEmpty());
  EXPECT_THAT(values("half"), ElementsAre(0, 1));
  EXPECT_THAT(values("bfloat"), ElementsAre(0, 1));
  EXPECT_THAT(values("double"), ElementsAre(0, 1));
  EXPECT_EQ(source->find("ids")->dtype, DType::kI64);
  EXPECT_THAT(source->find("ids")->bytes.subspan(0, 8), testing::Each(std::byte{0xff}));
  EXPECT_EQ(source->find("flags")->dtype, DType::kBool);
}

TEST_P(Format, leaves_out_what_is_no_tensor) {
  const auto source = open_pytorch(data(GetParam()));
  EXPECT_EQ(source->find("steps"), nullptr);
  EXPECT_EQ(source->names().size(), 13U);
}

TEST_P(Format, tied_weights_share_the_bytes_of_the_mapped_file) {
  const auto source = open_pytorch(data(GetParam()));
  EXPECT_EQ(source->find("weight")->bytes.data(), source->find("tied")->bytes.data());
}

// Every truncation, and every byte replaced by hostile ones, gives an Error or tensors inside the
// file.
TEST_P(Format, survives_every_truncation_and_mutation) {
  const std::string valid = read_text(data(GetParam()));
  const TemporaryDirectory directory;
  const auto path = directory.path() / "pytorch_model.bin";
  std::size_t refused = 0;
  const auto attempt = [&](const std::string& bytes) {
    // Written in place, not atomically, because there are about ten thousand files.
    std::FILE* file = std::fopen(path.c_str(), "wb");
    std::fwrite(bytes.data(), 1, bytes.size(), file);
    std::fclose(file);
    try {
      const auto source = open_pytorch(path);
      for (const std::string& name : source->names()) {
        const Tensor& tensor = *source->find(name);
        ASSERT_EQ(tensor.bytes.size(),
                  static_cast<std::size_t>(tensor.element_count()) * dtype_size(tensor.dtype));
        volatile unsigned sum = 0;
        for (const std::byte byte : tensor.bytes) sum = sum + static_cast<unsigned>(byte);
      }
    } catch (const Error&) {
      ++refused;
    }
  };
  for (std::size_t length = 0; length < valid.size(); ++length) attempt(valid.substr(0, length));
  EXPECT_EQ(refused, valid.size());
  for (std::size_t at = 0; at < valid.size(); ++at) {
    for (const char byte : {'\0', '\xff', '\x7f', '('}) {
      std::string mutated = valid;
      mutated[at] = byte;
      attempt(mutated);
    }
  }
  EXPECT_GT(refused, valid.size() + 100);
}

INSTANTIATE_TEST_SUITE_P(PytorchFile, Format, ::testing::Values("zip.bin", "legacy.bin"));

TEST(PytorchFile, refuses_every_other_global_by_name) {
  for (const char* name : {"command.bin", "legacy_command.bin"}) {
    const std::string error = error_of([&] { open_pytorch(data(name)); });
    EXPECT_THAT(error, HasSubstr(name));
    EXPECT_THAT(error, HasSubstr("refuses to load 'posix.system'"));
    EXPECT_THAT(error, HasSubstr("safe_serialization=True"));
  }
}

TEST(PytorchFile, says_what_a_file_is_that_holds_no_state_dict) {
  EXPECT_THAT(error_of([] { open_pytorch(data("list.bin")); }), HasSubstr("must be a state dict"));
  const TemporaryDirectory directory;
  const auto path = directory.path() / "pytorch_model.bin";
  const auto error_with = [&](const std::string& text) {
    write_text(path, text);
    return error_of([&] { open_pytorch(path); });
  };
  EXPECT_THAT(error_with(""), HasSubstr("is neither a ZIP archive nor a legacy file"));
  EXPECT_THAT(error_with("version https://git-lfs.github.com/spec/v1\n"),
              HasSubstr("is a Git LFS pointer"));
}

TEST(PytorchFile, refuses_compressed_entries) {
  std::string bytes = read_text(data("zip.bin"));
  const std::size_t directory = bytes.find("PK\x01\x02");
  bytes[directory + 10] = 8;
  const TemporaryDirectory scratch;
  write_text(scratch.path() / "pytorch_model.bin", bytes);
  EXPECT_THAT(error_of([&] { open_pytorch(scratch.path() / "pytorch_model.bin"); }),
              HasSubstr("compressed entries are not supported"));
}

TEST(PytorchFile, a_directory_with_both_forms_prefers_safetensors) {
  const TemporaryDirectory directory;
  write_text(directory.path() / "config.json", R"({"model_type": "bert"})");
  std::filesystem::copy(data("zip.bin"), directory.path() / "pytorch_model.bin");
  EXPECT_NE(Checkpoint::open(directory.path()).find("weight"), nullptr);
  test::SafetensorsWriter writer;
  writer.add<float>("other", "F32", {1}, {1});
  writer.write(directory.path() / "model.safetensors");
  EXPECT_EQ(Checkpoint::open(directory.path()).find("weight"), nullptr);
  EXPECT_NE(Checkpoint::open(directory.path()).find("other"), nullptr);
}

TEST(PytorchFile, shards_are_opened_through_their_index) {
  const TemporaryDirectory directory;
  write_text(directory.path() / "config.json", R"({"model_type": "bert"})");
  std::filesystem::copy(data("zip.bin"), directory.path() / "one.bin");
  std::filesystem::copy(data("legacy.bin"), directory.path() / "two.bin");
  const auto write_index = [&](const Json& map) {
    write_text(directory.path() / "pytorch_model.bin.index.json", Json{{"weight_map", map}}.dump());
  };
  write_index({{"weight", "one.bin"}, {"row", "two.bin"}});
  const Checkpoint checkpoint = Checkpoint::open(directory.path());
  EXPECT_THAT(checkpoint.names(), ElementsAre("row", "weight"));
  EXPECT_THAT(checkpoint.find("row")->to_float(), ElementsAre(4, 5, 6, 7));
  write_index({{"weight", "../one.bin"}});
  EXPECT_THAT(error_of([&] { Checkpoint::open(directory.path()); }), HasSubstr("plain name"));
}

TEST(Pickle, misuse_of_stack_marks_and_memo_is_an_error) {
  EXPECT_THAT(pickle_error(""), HasSubstr("ends at byte 0"));
  EXPECT_THAT(pickle_error("."), HasSubstr("stack is empty"));
  EXPECT_THAT(pickle_error("(."), HasSubstr("stack is empty"));
  EXPECT_THAT(pickle_error("N(."), HasSubstr("stack is empty"));
  EXPECT_THAT(pickle_error("t."), HasSubstr("no mark"));
  EXPECT_THAT(pickle_error("N\x86."), HasSubstr("stack is empty"));
  EXPECT_THAT(pickle_error("h\x05."), HasSubstr("unknown memo entry 5"));
  EXPECT_THAT(pickle_error("}(Nu."), HasSubstr("key without a value"));
  EXPECT_THAT(pickle_error("]NNs."), HasSubstr("SETITEM needs a dict"));
  EXPECT_THAT(pickle_error("}Na."), HasSubstr("APPEND needs a list"));
  EXPECT_THAT(pickle_error("N)R."), HasSubstr("REDUCE must call a function"));
  EXPECT_THAT(pickle_error("NNb."), HasSubstr("BUILD refused"));
  EXPECT_THAT(pickle_error("X\xff\xff\xff\xff."), HasSubstr("ends at byte 6"));
  EXPECT_THAT(pickle_error("\x80\x09N."), HasSubstr("protocol 9"));
}

TEST(Pickle, refuses_globals_however_they_are_named) {
  EXPECT_THAT(pickle_error("cos\nsystem\n."), HasSubstr("refuses to load 'os.system'"));
  EXPECT_THAT(pickle_error("\x8c\x02os\x8c\x06system\x93."),
              HasSubstr("refuses to load 'os.system'"));
  EXPECT_THAT(pickle_error("(ios\nsystem\n."), HasSubstr("refuses to load 'os.system'"));
  EXPECT_THAT(pickle_error("ctorch\nFloatStorage\n)R."),
              HasSubstr("refuses to call 'torch.FloatStorage'"));
  EXPECT_THAT(pickle_error("\x8f."), HasSubstr("refuses opcode 0x8f"));
}

TEST(Pickle, nesting_of_any_depth_and_cycles_take_no_recursion) {
  const Pickle deep = read(std::string(1'000'000, ']') + ".");
  EXPECT_EQ(deep.values.size(), 1'000'000U);
  std::string nested = "]";
  for (int i = 0; i < 1'000'000; ++i) nested += "\x85";
  EXPECT_EQ(pickle_error(nested + "."), "no error");
  EXPECT_EQ(pickle_error("]q\x01h\x01"
                         "a."),
            "no error");
}

TEST(Pickle, memo_bombs_cost_what_their_bytes_do) {
  // Each list holds the one before twice: 2^1000 elements when expanded.
  std::string bomb = "]q\x01";
  for (int i = 0; i < 1000; ++i)
    bomb +=
        "](h\x01h\x01"
        "eq\x01";
  EXPECT_EQ(read(bomb + ".").values.size(), 1001U);
}

TEST(Pickle, ends_at_the_limit_of_operations) {
  EXPECT_THAT(pickle_error(std::string(5'000'000, '(')), HasSubstr("more than 4000000"));
}

TEST(Strides, refuse_what_lies_outside_the_storage) {
  const auto error = [](const Strides& strides, std::int64_t elements) {
    return error_of([&] { strides.check(elements); });
  };
  EXPECT_EQ(error({0, {2, 3}, {3, 1}}, 6), "no error");
  EXPECT_THAT(error({1, {2, 3}, {3, 1}}, 6), HasSubstr("reads element 6 of a storage with 6"));
  EXPECT_THAT(error({0, {2, 3}, {3}}, 6), HasSubstr("2 dimensions but 1 strides"));
  EXPECT_THAT(error({-1, {1}, {1}}, 6), HasSubstr("negative"));
  EXPECT_THAT(error({0, {2}, {-1}}, 6), HasSubstr("negative"));
  EXPECT_THAT(error({0, {INT64_MAX, 2}, {0, 1}}, 6), HasSubstr("impossible number of elements"));
  EXPECT_THAT(error({0, {INT64_MAX}, {INT64_MAX}}, 6), HasSubstr("impossible number of elements"));
  EXPECT_THAT(error({INT64_MAX, {2}, {1}}, 6), HasSubstr("exceeds its storage"));
  EXPECT_THAT(error({0, {1'000'000}, {0}}, 6), HasSubstr("overlaps itself"));
  EXPECT_EQ(error({99, {0}, {1}}, 6), "no error");
}

TEST(Strides, the_stride_of_a_dimension_of_one_may_be_anything) {
  const Strides strides{0, {1, 3, 1}, {INT64_MAX, 2, INT64_MAX}};
  strides.check(6);
  const std::string storage = "abcdef";
  const auto bytes = strides.gather(std::as_bytes(std::span(storage)), 1);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()), "ace");
}

}  // namespace
}  // namespace quantbench::checkpoint
