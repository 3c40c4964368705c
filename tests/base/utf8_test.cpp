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

}  // namespace
}  // namespace quantbench
