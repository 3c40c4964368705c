// Every error in the input gives one clear line and exit status 2, and leaves no files.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <tuple>

#include "quantbench/base/file.h"
#include "quantbench/base/json.h"
#include "quantbench/demo/demo_assets.h"
#include "support/program.h"

namespace quantbench::cli {
namespace {

class BadInput : public ::testing::Test {
 protected:
  void SetUp() override { demo::unpack(inputs()); }

  std::filesystem::path inputs() const { return directory_.path() / "inputs"; }
  std::filesystem::path model(const std::string& file) const { return inputs() / "model" / file; }
  std::filesystem::path data(const std::string& file) const { return inputs() / "data" / file; }

  /// Runs the demo's spec and expects one line that contains all `parts`.
  void expect_refused(const std::vector<std::string>& parts, const std::string& more = "") {
    const auto out = directory_.path() / "out";
    const auto result = test::run_program(
        "run '" + (inputs() / "spec.yaml").string() + "' --out '" + out.string() + "' " + more,
        directory_.path());
    EXPECT_EQ(result.status, 2) << result.errors;
    EXPECT_EQ(std::count(result.errors.begin(), result.errors.end(), '\n'), 1) << result.errors;
    EXPECT_EQ(result.errors.rfind("quantbench: error: ", 0), 0U) << result.errors;
    for (const std::string& part : parts)
      EXPECT_NE(result.errors.find(part), std::string::npos) << part << "\n" << result.errors;
    EXPECT_FALSE(std::filesystem::exists(out / "README.md"));
    EXPECT_FALSE(std::filesystem::exists(out / "results.json"));
  }

  /// Rewrites the JSON header of model.safetensors, its length included.
  void edit_header(const std::function<void(Json&)>& edit) {
    const std::string whole = read_text(model("model.safetensors"));
    std::uint64_t length = 0;
    for (int i = 7; i >= 0; --i) length = length << 8 | static_cast<unsigned char>(whole[i]);
    Json header = parse_json(std::string_view(whole).substr(8, length), "header");
    edit(header);
    const std::string text = header.dump();
    std::string out;
    for (int i = 0; i < 8; ++i) out += static_cast<char>(text.size() >> (8 * i) & 0xff);
    write_text(model("model.safetensors"), out + text + whole.substr(8 + length));
  }

  void replace_in_spec(const std::string& from, const std::string& to) {
    std::string text = read_text(inputs() / "spec.yaml");
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    write_text(inputs() / "spec.yaml", text.replace(at, from.size(), to));
  }

  /// The spec's name in messages.
  std::string line_of(const std::string& text) const {
    const std::string spec = read_text(inputs() / "spec.yaml");
    const auto end = spec.begin() + static_cast<std::ptrdiff_t>(spec.find(text));
    return std::to_string(1 + std::count(spec.begin(), end, '\n'));
  }

 private:
  TemporaryDirectory directory_;
};

TEST_F(BadInput, truncated_safetensors) {
  const std::string whole = read_text(model("model.safetensors"));
  write_text(model("model.safetensors"), whole.substr(0, whole.size() / 2));
  expect_refused({"model.safetensors"});
}

TEST_F(BadInput, safetensors_offset_outside_the_file) {
  std::string name;
  edit_header([&](Json& header) {
    auto entry = header.begin();
    if (entry.key() == "__metadata__") ++entry;
    name = entry.key();
    auto& offsets = entry.value()["data_offsets"];
    const auto size = offsets[1].get<std::int64_t>() - offsets[0].get<std::int64_t>();
    offsets = {1'000'000'000, 1'000'000'000 + size};
  });
  expect_refused({"model.safetensors", name});
}

TEST_F(BadInput, missing_tensor) {
  edit_header([](Json& header) {
    header["classifier.wight"] = header["classifier.weight"];
    header.erase("classifier.weight");
  });
  expect_refused({"model.safetensors", "classifier.weight", "classifier.wight"});
}

TEST_F(BadInput, misspelt_key) {
  replace_in_spec("per_channel:", "per_chanel:");
  expect_refused({"spec.yaml:", "per_chanel", "did you mean 'per_channel'?"});
}

TEST_F(BadInput, misspelt_key_on_the_command_line) {
  expect_refused({"--set", "bach_sizes", "batch_sizes"}, "--set bach_sizes=[1]");
}

TEST_F(BadInput, unknown_operator) {
  replace_in_spec("[[Add, MatMul], [Add]]", "[[Add, MatMull], [Add]]");
  expect_refused({"spec.yaml:" + line_of("[Add, MatMull]") + ": key 'operators_to_quantize'",
                  "'MatMull'", "did you mean 'MatMul'?"});
}

TEST_F(BadInput, names_that_no_plug_in_has_are_refused_with_their_line) {
  for (const auto& [key, name, known] :
       {std::tuple{"task", "text-clasification", "text-classification"},
        std::tuple{"framework", "onnxruntme", "onnxruntime"},
        std::tuple{"metrics", "[acuracy]", "accuracy"},
        std::tuple{"operators_to_quantize", "[Gathr]", "Gather"},
        std::tuple{"node_exclusion", "[layernrm]", "layernorm"}}) {
    const std::string set = std::string(key) + "=" + name;
    expect_refused({"--set " + set + ": key '" + key + "'", "unknown name",
                    std::string("did you mean '") + known + "'?"},
                   "--set '" + set + "'");
  }
}

TEST_F(BadInput, label_that_is_not_in_label2id) {
  std::filesystem::remove(data("dataset_info.json"));
  write_text(data("validation.tsv"), "sentence\tlabel\na fine film\tpositive\nso so\tlukewarm\n");
  expect_refused({"validation.tsv:3", "lukewarm"});
}

TEST_F(BadInput, empty_data_set) {
  write_text(data("validation.tsv"), "sentence\tlabel\n");
  expect_refused({"validation.tsv"});
}

TEST_F(BadInput, missing_model_directory) {
  std::filesystem::remove_all(inputs() / "model");
  expect_refused({"model"});
}

TEST_F(BadInput, output_place_that_cannot_be_written) {
  const auto result = test::run_program(
      "run '" + (inputs() / "spec.yaml").string() + "' --out /proc/nowhere", inputs());
  EXPECT_EQ(result.status, 2) << result.errors;
  EXPECT_NE(result.errors.find("/proc/nowhere"), std::string::npos) << result.errors;
}

TEST(Usage, mistakes_end_with_status_2_and_say_where_help_is) {
  const TemporaryDirectory scratch;
  for (const char* arguments : {"", "runn", "run", "export --opset x a -o b"}) {
    const auto result = test::run_program(arguments, scratch.path());
    EXPECT_EQ(result.status, 2) << arguments << ": " << result.errors;
    EXPECT_NE(result.errors.find("--help"), std::string::npos) << result.errors;
  }
}

TEST(Usage, help_and_version_end_with_status_0_for_every_command) {
  const TemporaryDirectory scratch;
  for (const char* arguments :
       {"--help", "--version", "run --help", "export --help", "quantize --help", "report --help",
        "demo --help", "completion --help"}) {
    const auto result = test::run_program(arguments, scratch.path());
    EXPECT_EQ(result.status, 0) << arguments << ": " << result.errors;
    EXPECT_FALSE(result.output.empty()) << arguments;
  }
}

TEST(Completion, scripts_are_accepted_by_their_shell) {
  const TemporaryDirectory scratch;
  const auto result = test::run_program("completion bash", scratch.path());
  ASSERT_EQ(result.status, 0) << result.errors;
  write_text(scratch.path() / "script",
             result.output +
                 "COMP_WORDS=(quantbench run --sto); COMP_CWORD=2; _quantbench\n"
                 "echo \"${COMPREPLY[@]}\"\n");
  std::FILE* shell = ::popen(("bash '" + (scratch.path() / "script").string() + "'").c_str(), "r");
  char line[256] = {};
  const char* got = std::fgets(line, sizeof line, shell);
  EXPECT_EQ(::pclose(shell), 0);
  ASSERT_NE(got, nullptr);
  EXPECT_STREQ(line, "--store\n");
}

}  // namespace
}  // namespace quantbench::cli
