// Spelling of options: help shows kebab-case, and the spec's snake_case works too.

#include "cli/option_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "cli/command.h"
#include "quantbench/base/file.h"
#include "support/program.h"

namespace quantbench::cli {
namespace {

using ::testing::ElementsAre;

/// The option names at the left of a help text, in its order.
std::vector<std::string> listed_options(const std::string& help) {
  std::vector<std::string> names;
  std::istringstream lines(help);
  const std::regex name("--?[A-Za-z][A-Za-z0-9_-]*");
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("  -")) continue;
    const std::string left = line.substr(2, line.find(' ', 2) - 2);
    for (std::sregex_iterator found(left.begin(), left.end(), name), end; found != end; ++found) {
      names.push_back(found->str());
    }
  }
  return names;
}

TEST(Help, lists_each_option_once_in_kebab_case) {
  const TemporaryDirectory scratch;
  for (const std::string& command : commands().names()) {
    const auto result = test::run_program(command + " --help", scratch.path());
    ASSERT_EQ(result.status, 0) << command << result.errors;
    std::vector<std::string> names = listed_options(result.output);
    EXPECT_FALSE(names.empty()) << command;
    for (const std::string& name : names) {
      EXPECT_EQ(name.find('_'), std::string::npos) << command << " " << name;
      EXPECT_EQ(std::count(names.begin(), names.end(), name), 1) << command << " " << name;
    }
  }
}

TEST(Help, leaves_out_the_other_names_of_an_option) {
  const TemporaryDirectory scratch;
  const auto help = test::run_program("quantize --help", scratch.path()).output;
  const auto names = listed_options(help);
  EXPECT_THAT(names, ::testing::IsSupersetOf({"--approach", "--method", "--per-channel",
                                              "--matmul-const-b-only", "--no-matmul-const-b-only",
                                              "--weight-symmetric", "--weight-asymmetric"}));
  EXPECT_THAT(names, ::testing::Not(::testing::Contains("--quantization-approach")));
  EXPECT_THAT(names, ::testing::Not(::testing::Contains("--calibration-method")));
}

TEST(Completion, offers_kebab_case_only) {
  const TemporaryDirectory scratch;
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    const auto script = test::run_program("completion " + shell, scratch.path()).output;
    EXPECT_NE(script.find("per-channel"), std::string::npos) << shell;
    EXPECT_FALSE(std::regex_search(script, std::regex("(--|-l )[a-z-]*_"))) << shell;
  }
}

TEST(OptionNames, snake_case_works) {
  const TemporaryDirectory scratch;
  for (const std::string option :
       {"--quantization_approach static", "--quantization_approach=dynamic", "--weights_dtype int8",
        "--no-quantize_bias --quantization-approach static", "--per_channel --reduce_range",
        "--approach static --calibration_histogram_percentile 99 --calibration_method "
        "percentile"}) {
    const auto result =
        test::run_program("quantize nowhere.onnx -o x.onnx " + option, scratch.path());
    EXPECT_NE(result.errors.find("nowhere.onnx: no such file"), std::string::npos)
        << option << result.errors;
  }
}

TEST(OptionNames, only_names_of_options_change) {
  CLI::App app;
  bool flag = false;
  std::string value;
  app.add_flag("--per-channel", flag);
  app.add_subcommand("run")->add_option("--set", value);
  EXPECT_THAT(with_hyphens({"run", "--set", "a_b=c", "--set=a_b=c_d", "--per_channel",
                            "--not_known", "file_name", "--", "--per_channel"},
                           app),
              ElementsAre("run", "--set", "a_b=c", "--set=a_b=c_d", "--per-channel", "--not_known",
                          "file_name", "--", "--per_channel"));
}

}  // namespace
}  // namespace quantbench::cli
