// Outputs that are inputs, links or FIFOs; inputs that are FIFOs or get shorter.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "quantbench/base/file.h"
#include "quantbench/demo/demo_assets.h"
#include "quantbench/graph/model.h"
#include "support/program.h"

namespace quantbench::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class OutputFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    demo::unpack(path("in"));
    fs::copy_file(QUANTBENCH_TEST_DATA "/cards/000_43a37d0915b28517.txt", path("card.md"));
  }
  fs::path path(const std::string& name) const { return directory_.path() / name; }
  test::ProgramResult script(const std::string& text) const {
    return test::run_script(text, directory_.path());
  }
  /// Content of every file by its path.
  std::map<fs::path, std::string> contents() const {
    std::map<fs::path, std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(directory_.path())) {
      const std::string name = entry.path().filename().string();
      if (entry.is_regular_file() && !name.starts_with("script"))
        all[entry.path()] = read_text(entry);
    }
    return all;
  }
  /// Expects one line and status 2, and that every file is as it was.
  void expect_refused(const std::string& command, const std::string& message) {
    const auto before = contents();
    const auto result = script("\"$Q\" " + command);
    EXPECT_EQ(result.status, 2) << command << "\n" << result.output << result.errors;
    EXPECT_EQ(std::count(result.errors.begin(), result.errors.end(), '\n'), 1) << result.errors;
    EXPECT_THAT(result.errors, HasSubstr(message)) << command;
    EXPECT_TRUE(contents() == before) << command;
  }

 private:
  TemporaryDirectory directory_;
};

TEST_F(OutputFiles, no_output_takes_the_place_of_an_input) {
  const std::string over = "would overwrite";
  expect_refused("export in/model -o in/model/model.safetensors", over);
  expect_refused("export in/model -o in/model/config.json", over);
  expect_refused("quantize in/model -o in/model/config.json", over);
  expect_refused("quantize in/model -o q.onnx --report in/model/tokenizer.json", over);
  expect_refused("sensitivity in/model --json in/model/config.json --dataset in/data", over);
  expect_refused(
      "quantize in/model -o q.onnx --approach static --data-keys primary=sentence "
      "--dataset in/data --report in/data/validation.tsv",
      over);
  expect_refused("run in/spec.yaml --out in", "in/spec.yaml: --out would overwrite the input SPEC");
  expect_refused("report card.md -o card.md", over);
  expect_refused("compare card.md card.md -o card.md", over);

  ASSERT_EQ(script("cp card.md in/README.md; \"$Q\" import card.md --out imported").status, 0);
  expect_refused("import imported/README.md --out imported", over);
  expect_refused("replicate imported/README.md --out imported", over);
  expect_refused("save imported --out imported", over);
  expect_refused("report imported -o imported/results.json", over);
  // The model's own card.
  ASSERT_EQ(script("cp card.md in/model/README.md").status, 0);
  expect_refused("run in/spec.yaml --out in/model", over);
}

TEST_F(OutputFiles, no_output_takes_the_place_of_an_onnx_model_or_its_external_data) {
  ASSERT_EQ(script("\"$Q\" export in/model -o m.onnx").status, 0);
  expect_refused("quantize m.onnx -o m.onnx", "would overwrite the input MODEL");
  graph::Model::load(path("m.onnx")).save(path("e.onnx"), {.external_data_above = 0});
  ASSERT_TRUE(fs::exists(path("e.onnx.data")));
  expect_refused("quantize e.onnx -o e.onnx.data",
                 "e.onnx.data: --output would overwrite an input");
  expect_refused("quantize e.onnx -o q.onnx --report e.onnx.data", "would overwrite an input");
}

TEST_F(OutputFiles, two_outputs_are_two_files) {
  expect_refused("quantize in/model -o r.onnx --report r.onnx", "name the same file");
  expect_refused("quantize in/model -o r.onnx --report ./r.onnx.data", "name the same file");
}

TEST_F(OutputFiles, an_output_that_is_a_link_stays_one) {
  const auto result = script(
      "mkdir elsewhere; ln -s elsewhere/real.onnx link.onnx; ln -s elsewhere/r.json r.json; \"$Q\" "
      "quantize in/model -o link.onnx --report r.json && test -L link.onnx && test -L r.json");
  EXPECT_EQ(result.status, 0) << result.errors;
  EXPECT_NO_THROW(graph::Model::load(path("elsewhere/real.onnx")));
  EXPECT_TRUE(fs::exists(path("elsewhere/r.json")));
}

TEST_F(OutputFiles, an_output_that_is_a_fifo_is_written_through) {
  const auto result = script(
      "mkfifo f; cat f >copy.onnx & \"$Q\" quantize in/model -o f && wait && test -p f && \"$Q\" "
      "quantize in/model -o plain.onnx && cmp copy.onnx plain.onnx");
  EXPECT_EQ(result.status, 0) << result.errors;
}

TEST_F(OutputFiles, a_fifo_that_nothing_reads_is_refused_and_stays) {
  ASSERT_EQ(::mkfifo(path("f").c_str(), 0600), 0);
  ASSERT_EQ(::mkfifo(path("README.md").c_str(), 0600), 0);
  expect_refused("quantize in/model -o f", "f: is a FIFO that no process reads");
  expect_refused("report card.md -o f", "f: is a FIFO that no process reads");
  for (const std::string command : {"run in/spec.yaml", "import card.md", "save card.md"}) {
    expect_refused(command + " --out .", "README.md: is a FIFO");
  }
  EXPECT_TRUE(fs::is_fifo(path("f")));
  EXPECT_TRUE(fs::is_fifo(path("README.md")));
}

TEST_F(OutputFiles, an_output_on_standard_output_is_alone_there) {
  const auto result = script(
      "\"$Q\" quantize in/model -o /dev/stdout >a.onnx && \"$Q\" quantize "
      "in/model -o b.onnx && cmp a.onnx b.onnx");
  EXPECT_EQ(result.status, 0) << result.errors;
}

TEST_F(OutputFiles, inputs_that_are_fifos_are_refused_and_not_waited_for) {
  ASSERT_EQ(::mkfifo(path("f").c_str(), 0600), 0);
  const std::string message = "is not a regular file";
  expect_refused("run f --out out", "f: " + message);
  expect_refused("quantize f -o q.onnx", "f: " + message);
  expect_refused("report f", "f: " + message);
  expect_refused("import f --out out", "f: " + message);
  ASSERT_EQ(
      script("mkdir -p s/test_data_set_0 r; mkfifo s/test_data_set_0/input_0.pb r/results.json; "
             "\"$Q\" export in/model -o m.onnx")
          .status,
      0);
  expect_refused("quantize m.onnx -o q.onnx --approach static --calibration-data s",
                 "input_0.pb: " + message);
  expect_refused("show r", "results.json: " + message);
  graph::Model::load(path("m.onnx")).save(path("e.onnx"), {.external_data_above = 0});
  ASSERT_EQ(script("rm e.onnx.data; mkfifo e.onnx.data").status, 0);
  expect_refused("quantize e.onnx -o q.onnx", message);
  ASSERT_EQ(script("rm in/data/validation.tsv; mkfifo in/data/validation.tsv").status, 0);
  expect_refused(
      "quantize m.onnx -o q.onnx --approach static --dataset in/data/validation.tsv --data-keys "
      "primary=sentence --tokenizer in/model",
      "in/data/validation.tsv");
  for (const std::string file : {"model.safetensors", "config.json"}) {
    ASSERT_EQ(script("rm in/model/" + file + "; mkfifo in/model/" + file).status, 0);
    expect_refused("export in/model -o q.onnx", file + ": " + message);
  }
}

TEST_F(OutputFiles, messages_of_the_system_name_what_they_are_about) {
  const auto gone = script("mkdir gone; cd gone; rmdir ../gone; \"$Q\" export x -o y.onnx");
  EXPECT_EQ(gone.status, 2);
  EXPECT_THAT(gone.errors, AllOf(HasSubstr("quantbench: error: "), HasSubstr(": ")));
  EXPECT_THAT(gone.errors, testing::Not(HasSubstr("error: No such file")));
  const std::string name(300, 'n');
  for (const std::string& command :
       std::vector<std::string>{"report " + name, "show " + name, "quantize " + name + " -o x"}) {
    const auto result = script("\"$Q\" " + command);
    EXPECT_EQ(result.status, 2) << command;
    EXPECT_THAT(result.errors, HasSubstr(name + ": ")) << command;
  }
}

TEST_F(OutputFiles, go_into_a_directory_that_is_not_empty_only_if_asked_to) {
  ASSERT_EQ(script("mkdir out && echo mine > out/README.md").status, 0);
  const std::string message = "--out out: the directory is not empty";
  expect_refused("run in/spec.yaml --out out", message);
  expect_refused("replicate card.md --out out", message);
  expect_refused("import card.md --out out", message);
  expect_refused("save card.md --out out", message);
  expect_refused("demo --out out", message);
  expect_refused("save card.md --out .", "the directory is not empty");
  ASSERT_EQ(script("echo other > out/notes; \"$Q\" save card.md --out out --overwrite").status, 0);
  EXPECT_THAT(read_text(path("out/README.md")), HasSubstr("text-classification"));
  EXPECT_EQ(read_text(path("out/notes")), "other\n");
  ASSERT_EQ(script("mkdir empty && \"$Q\" save card.md --out empty").status, 0);
}

TEST_F(OutputFiles, make_a_directory_but_not_the_one_that_it_is_in) {
  const std::string message = "there is no directory '";
  expect_refused("save card.md --out a/b", message);
  expect_refused("demo --out a/b", message);
  expect_refused("export in/model -o a/b/model.onnx", message);
  expect_refused("quantize in/model -o a/b/", message);
  expect_refused("report card.md -o a/b/card.md", message);
  EXPECT_FALSE(fs::exists(path("a")));
  EXPECT_EQ(script("\"$Q\" report card.md -o a/card.md").status, 0);
  EXPECT_TRUE(fs::exists(path("a/card.md")));
}

TEST_F(OutputFiles, of_models_may_name_a_directory) {
  ASSERT_EQ(script("\"$Q\" export in/model -o exported/").status, 0);
  ASSERT_TRUE(fs::exists(path("exported/model.onnx")));
  ASSERT_EQ(script("mv exported/model.onnx exported/tiny.onnx; mkdir small; "
                   "\"$Q\" quantize exported/tiny.onnx -o small")
                .status,
            0);
  EXPECT_TRUE(fs::exists(path("small/tiny.onnx")));
  expect_refused("quantize exported/tiny.onnx -o exported/", "would overwrite the input MODEL");
}

}  // namespace
}  // namespace quantbench::cli
