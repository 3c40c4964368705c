#include "quantbench/base/text.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/registry.h"

namespace quantbench {
namespace {

const std::vector<std::string> kKeys = {"per_channel", "reduce_range", "task", "metrics"};

TEST(Nearest, finds_a_slip_and_nothing_far_away) {
  EXPECT_EQ(nearest("per_chanel", kKeys), "per_channel");
  EXPECT_EQ(nearest("PER_CHANNEL", kKeys), "per_channel");
  EXPECT_EQ(nearest("taks", kKeys), "task");
  const std::vector<std::string> commands = {"rm", "run"};
  EXPECT_EQ(nearest("rn", commands), "run");
  EXPECT_EQ(nearest("entirely", kKeys), "");
  EXPECT_EQ(suggest("entirely", kKeys), "known: per_channel, reduce_range, task, metrics");
}

TEST(Split, keeps_empty_parts) {
  EXPECT_EQ(split("a,,b,", ','), (std::vector<std::string>{"a", "", "b", ""}));
  EXPECT_EQ(split("", ','), std::vector<std::string>{""});
}

TEST(Trim, takes_white_space_off_both_ends) {
  EXPECT_EQ(trim(" \t a b \r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
}

TEST(GlobMatch, understands_stars_and_question_marks) {
  EXPECT_TRUE(glob_match("*", ""));
  EXPECT_TRUE(glob_match("Mat*_1?", "MatMul_12"));
  EXPECT_FALSE(glob_match("Mat*_1?", "MatMul_1"));
  EXPECT_TRUE(glob_match("*a*b*", "xxaxxbxx"));
  EXPECT_FALSE(glob_match("MatMul", "MatMul_1"));
}

TEST(Registry, names_the_nearest_when_a_plug_in_is_unknown_and_refuses_doubles) {
  Registry<int> registry("metric");
  registry.add("accuracy", std::make_unique<int>(1));
  EXPECT_EQ(registry.get("accuracy"), 1);
  EXPECT_EQ(registry.find("f1"), nullptr);
  try {
    registry.get("acuracy");
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "unknown metric 'acuracy' (did you mean 'accuracy'?)");
  }
  EXPECT_THROW(registry.add("accuracy", std::make_unique<int>(2)), Error);
}

TEST(Utf8, finds_the_first_malformed_byte) {
  EXPECT_EQ(find_invalid_utf8("caf\xC3\xA9 \xF0\x9F\x98\x80"), std::string_view::npos);
  EXPECT_EQ(find_invalid_utf8("ab\xFF"), 2u);
  EXPECT_EQ(find_invalid_utf8("a\xC0\x80"), 1u) << "overlong";
  EXPECT_EQ(find_invalid_utf8("\xED\xA0\x80"), 0u) << "surrogate";
  EXPECT_EQ(find_invalid_utf8("\xF4\x90\x80\x80"), 0u) << "past U+10FFFF";
  EXPECT_EQ(find_invalid_utf8("x\xE2\x82"), 1u) << "cut off";
}

TEST(Utf8, counts_code_points) { EXPECT_EQ(utf8_length("caf\xC3\xA9"), 4u); }

}  // namespace
}  // namespace quantbench
