// What a person meets who does not know the command line yet: slips, help, completion.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "quantbench/base/file.h"
#include "support/program.h"

namespace quantbench::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class CommandLineHelp : public ::testing::Test {
 protected:
  test::ProgramResult run(const std::string& arguments) const {
    return test::run_program(arguments, scratch_.path());
  }
  std::string refusal(const std::string& arguments) const {
    const auto result = run(arguments);
    EXPECT_EQ(result.status, 2) << arguments;
    return result.errors.substr(0, result.errors.find('\n'));
  }
  /// What bash offers at the end of `words`; the last one is being typed.
  std::string completed(const std::string& words, int at) const {
    const std::string script = run("completion bash").output + "\nCOMP_WORDS=(" + words +
                               ")\nCOMP_CWORD=" + std::to_string(at) +
                               "\n_quantbench\necho \"${COMPREPLY[@]}\"\n";
    write_text(scratch_.path() / "complete.sh", script);
    const auto out = scratch_.path() / "offered";
    const std::string command =
        "bash '" + (scratch_.path() / "complete.sh").string() + "' > '" + out.string() + "' 2>&1";
    EXPECT_EQ(std::system(command.c_str()), 0);
    std::string offered = read_text(out);
    while (offered.ends_with('\n')) offered.pop_back();
    return offered;
  }

  TemporaryDirectory scratch_;
};

TEST_F(CommandLineHelp, a_misspelled_command_names_the_nearest) {
  EXPECT_EQ(refusal("rn"), "quantbench: error: unknown command 'rn' (did you mean 'run'?)");
  EXPECT_THAT(refusal("xyzzy"),
              HasSubstr("unknown command 'xyzzy' (known: attach, cache, cancel, compare"));
  EXPECT_THAT(refusal("-v quantise m.onnx"), HasSubstr("did you mean 'quantize'?"));
}

TEST_F(CommandLineHelp, a_misspelled_option_names_the_nearest) {
  EXPECT_EQ(refusal("run -o out spec.yaml"),
            "quantbench: error: run has no option '-o' (did you mean --out?)");
  EXPECT_THAT(refusal("quantize m.onnx --pre-channel"), HasSubstr("did you mean '--per-channel'?"));
  EXPECT_THAT(refusal("--bacth"), StartsWith("quantbench: error: quantbench has no option"));
}

TEST_F(CommandLineHelp, a_value_is_not_taken_for_a_command_or_an_option) {
  EXPECT_THAT(refusal("--opset 13"), HasSubstr("has no option '--opset'"));
  EXPECT_THAT(refusal("run --set a=-1 --out -5"), HasSubstr("SPEC is required"));
}

TEST_F(CommandLineHelp, help_prints_what_the_option_prints) {
  EXPECT_EQ(run("help run").output, run("run --help").output);
  EXPECT_EQ(run("help").output, run("--help").output);
  EXPECT_EQ(run("help").status, 0);
  EXPECT_THAT(refusal("help rn"), HasSubstr("unknown command 'rn' (did you mean 'run'?)"));
}

TEST_F(CommandLineHelp, completion_offers_commands_options_and_values) {
  EXPECT_EQ(completed("quantbench quantiz", 1), "quantize");
  EXPECT_EQ(completed("quantbench quantize --per-channel-a", 2), "--per-channel-axis");
  EXPECT_EQ(completed("quantbench quantize --format ''", 3), "QDQ QOperator");
  EXPECT_EQ(completed("quantbench quantize --format = QO", 4), "QOperator");
  EXPECT_EQ(completed("quantbench compare --format t", 3), "table");
  EXPECT_EQ(completed("quantbench completion f", 2), "fish");
  EXPECT_EQ(completed("quantbench help sho", 2), "show");
  EXPECT_THAT(completed("quantbench quantize --task text-c", 3), "text-classification");
}

TEST_F(CommandLineHelp, completion_of_fish_has_values_too) {
  EXPECT_THAT(run("completion fish").output,
              HasSubstr("__fish_seen_subcommand_from quantize' -l format -x -a 'QDQ QOperator'"));
}

}  // namespace
}  // namespace quantbench::cli
