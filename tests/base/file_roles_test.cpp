#include "quantbench/base/file_roles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "quantbench/base/file.h"
#include "support/message_of.h"

namespace quantbench {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class FileRolesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"ck/config.json", "ck/model.safetensors", "ck/model.onnx",
                             "data/train/0.csv", "model.onnx"}) {
      write_text(path(name), "content");
    }
    roles.reads(path("ck"), "CHECKPOINT");
    roles.reads(path("model.onnx"), "MODEL");
    roles.reads(path("data"), "--dataset", FileRoles::Depth::kAllBelow);
    roles.reads(path("missing"), "--tokenizer");
  }
  fs::path path(const std::string& name) const { return directory_.path() / name; }
  std::string refusal(const fs::path& output) {
    return test::message_of([&] { roles.writes(output, "-o"); });
  }

  FileRoles roles;

 private:
  TemporaryDirectory directory_;
};

TEST_F(FileRolesTest, refuses_an_output_that_is_an_input_by_any_name) {
  EXPECT_THAT(refusal(path("model.onnx")), HasSubstr("-o would overwrite the input MODEL"));
  EXPECT_THAT(refusal(path("ck/../model.onnx")), HasSubstr("input MODEL"));
  fs::create_symlink("model.onnx", path("link"));
  EXPECT_THAT(refusal(path("link")), HasSubstr("input MODEL"));
  fs::create_hard_link(path("model.onnx"), path("hard"));
  EXPECT_THAT(refusal(path("hard")), HasSubstr("input MODEL"));
}

TEST_F(FileRolesTest, refuses_an_output_that_is_a_file_of_an_input_directory) {
  EXPECT_THAT(refusal(path("ck/config.json")),
              HasSubstr("config.json: -o would overwrite a file of the input CHECKPOINT"));
  EXPECT_THAT(refusal(path("data/train/0.csv")), HasSubstr("a file of the input --dataset"));
  // As a cache of downloads has it.
  write_text(path("blobs/weights"), "content");
  fs::create_symlink("../blobs/weights", path("ck/linked.safetensors"));
  EXPECT_THAT(refusal(path("blobs/weights")), HasSubstr("a file of the input CHECKPOINT"));
}

TEST_F(FileRolesTest, allows_new_files_and_exported_graphs_beside_a_checkpoint) {
  EXPECT_NO_THROW(roles.writes(path("ck/new.json"), "--report"));
  EXPECT_NO_THROW(roles.writes(path("ck/model.onnx"), "-o"));
}

TEST_F(FileRolesTest, refuses_two_outputs_in_one_file) {
  roles.writes(path("out/r.onnx"), "-o");
  EXPECT_THAT(test::message_of([&] { roles.writes(path("out/../out/r.onnx"), "--report"); }),
              HasSubstr("--report and -o name the same file"));
  fs::create_symlink("r.onnx", path("another"));
  write_text(path("r.onnx"), "");
  roles.writes(path("r.onnx"), "--json");
  EXPECT_THAT(test::message_of([&] { roles.writes(path("another"), "--report"); }),
              HasSubstr("--report and --json name the same file"));
}

TEST_F(FileRolesTest, knows_new_files_by_relative_names_too) {
  roles.writes("not-there.onnx", "-o");
  EXPECT_THAT(test::message_of([&] { roles.writes("./not-there.onnx", "--report"); }),
              HasSubstr("--report and -o name the same file"));
}

TEST_F(FileRolesTest, lets_several_outputs_go_to_a_device) {
  roles.writes("/dev/null", "-o");
  EXPECT_NO_THROW(roles.writes("/dev/null", "--report"));
}

TEST_F(FileRolesTest, refuses_an_output_that_turns_out_to_be_read) {
  write_text(path("weights.bin"), "content");
  roles.writes(path("weights.bin"), "-o");
  EXPECT_NO_THROW(roles.refuse_mapped_outputs());
  const auto file = MappedFile::open(path("weights.bin"));
  EXPECT_THAT(test::message_of([&] { roles.refuse_mapped_outputs(); }),
              HasSubstr("weights.bin: -o would overwrite an input"));
}

}  // namespace
}  // namespace quantbench
