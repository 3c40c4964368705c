#include "quantbench/base/command.h"

#include <gmock/gmock.h>

#include <cstdlib>

namespace quantbench {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Command, gives_output_errors_and_status) {
  const CommandResult result = run_command({"sh", "-c", "echo out; echo bad >&2; exit 3"});
  EXPECT_EQ(result.status, 3);
  EXPECT_EQ(result.output, "out\n");
  EXPECT_EQ(result.errors, "bad\n");
  EXPECT_EQ(result.reason(), "bad");
  EXPECT_FALSE(result.ok());
}

TEST(Command, gets_its_input_and_passes_arguments_as_they_are) {
  const std::string text(200000, 'x');
  const CommandResult copied = run_command({"cat"}, {.input = text});
  EXPECT_TRUE(copied.ok());
  EXPECT_EQ(copied.output, text);
  EXPECT_EQ(run_command({"printf", "%s", "a b'$HOME"}).output, "a b'$HOME");
}

TEST(Command, that_does_not_read_its_input_ends_as_it_likes) {
  EXPECT_EQ(run_command({"true"}, {.input = std::string(1000000, 'x')}).status, 0);
}

TEST(Command, that_is_missing_has_status_127) {
  const CommandResult result = run_command({"quantbench-no-such-program"});
  EXPECT_EQ(result.status, 127);
  EXPECT_THAT(result.reason(), HasSubstr("quantbench-no-such-program: No such file"));
}

TEST(Command, that_takes_too_long_is_killed_with_its_children) {
  const CommandResult result =
      run_command({"sh", "-c", "sleep 60 & sleep 60"}, {.timeout = std::chrono::milliseconds(200)});
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.status, 128 + 9);
  EXPECT_EQ(result.reason(), "did not answer in time");
}

TEST(Command, does_not_see_what_is_hidden) {
  ::setenv("QB_TEST_SHOWN", "1", 1);
  ::setenv("QB_TEST_HIDDEN", "1", 1);
  const CommandResult result = run_command(
      {"env"}, {.hides = [](const std::string& name) { return name == "QB_TEST_HIDDEN"; }});
  EXPECT_THAT(result.output, HasSubstr("QB_TEST_SHOWN=1"));
  EXPECT_THAT(result.output, Not(HasSubstr("QB_TEST_HIDDEN")));
}

TEST(Command, without_words_says_its_status) {
  EXPECT_EQ(run_command({"sh", "-c", "exit 4"}).reason(), "ended with status 4");
  EXPECT_EQ(run_command({"sh", "-c", "kill -9 $$"}).status, 137);
}

}  // namespace
}  // namespace quantbench
