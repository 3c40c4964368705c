#include "quantbench/base/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace quantbench {
namespace {

TEST(Utf8, accepts_well_formed_text) {
  const std::string text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xED\x9F\xBF\xF4\x8F\xBF\xBF";
  EXPECT_EQ(valid_utf8_prefix(text), text.size());
  EXPECT_EQ(valid_utf8_prefix(""), 0U);
}

TEST(Utf8, stops_at_what_rfc_3629_forbids) {
  for (const std::string bad :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xC3", "\xE2\x82", "\xC3\x28", "\xFF"}) {
    EXPECT_EQ(valid_utf8_prefix("ok" + bad), 2U) << ::testing::PrintToString(bad);
  }
}

TEST(Utf8, code_points_survive_the_round_trip) {
  for (const char32_t code_point : {U'a', U'\u00E9', U'\u20AC', U'\U0001F600', U'\U0010FFFF'}) {
    std::string text;
    append_utf8(text, code_point);
    std::size_t position = 0;
    EXPECT_EQ(next_code_point(text, position), code_point);
    EXPECT_EQ(position, text.size());
  }
}

TEST(Visible, leaves_text_of_any_language_alone) {
  for (const char* text : {"", "a fine film", "für 3 µs", "模型 · שלום", "🎉"})
    EXPECT_EQ(visible(text), text);
}

TEST(Visible, shows_what_a_terminal_would_act_upon) {
  EXPECT_EQ(visible("\x1b[2Jx"), "\\x1b[2Jx");
  EXPECT_EQ(visible("\x1b]0;title\a"), "\\x1b]0;title\\x07");
  EXPECT_EQ(visible("\xc2\x9b"
                    "31m"),
            "\\x9b31m")
      << "CSI in one character";
  EXPECT_EQ(visible("a\bb\x7f"), "a\\x08b\\x7f");
  EXPECT_EQ(visible(std::string("a\0b", 3)), "a\\x00b");
}

TEST(Visible, shows_what_reorders_or_hides_text) {
  EXPECT_EQ(visible("user\xe2\x80\xae"
                    "nimda"),
            "user\\u202enimda");
  EXPECT_EQ(visible("\xe2\x81\xa6"
                    "a\xe2\x81\xa9"),
            "\\u2066a\\u2069");
  EXPECT_EQ(visible("a\xe2\x80\x8b"
                    "b\xef\xbb\xbf"),
            "a\\u200bb\\ufeff");
}

TEST(Visible, keeps_everything_on_one_line) {
  EXPECT_EQ(visible("a\nb\r\nc\td"), "a b  c d");
  EXPECT_EQ(visible("a\xe2\x80\xa8"
                    "b\xc2\x85"
                    "c"),
            "a\\u2028b\\x85c");
}

TEST(Visible, shows_bytes_that_are_no_text) {
  EXPECT_EQ(visible("a\xff"
                    "b\xc3"),
            "a\\xffb\\xc3");
}

}  // namespace
}  // namespace quantbench
