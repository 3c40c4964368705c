// What JSON of a stranger may cost.
#include <gtest/gtest.h>

#include <string>

#include "quantbench/base/json.h"
#include "quantbench/base/json_events.h"
#include "quantbench/base/json_own.h"
#include "support/message_of.h"

namespace quantbench {
namespace {

std::string repeated(const std::string& text, std::size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

TEST(JsonBounds, nesting_of_512_levels_is_read_and_written) {
  const std::string text = std::string(512, '[') + std::string(512, ']');
  EXPECT_EQ(to_line(parse_json(text, "x.json")), text);
}

TEST(JsonBounds, deeper_nesting_is_refused_with_its_line) {
  const std::string lists = "{\n\"a\":" + std::string(512, '[') + std::string(512, ']') + "}";
  EXPECT_EQ(test::message_of([&] { parse_json(lists, "x.json"); }),
            "x.json:2: JSON is nested deeper than 512 levels");
  const std::string objects = repeated("{\"a\":", 1'000'000);
  EXPECT_EQ(test::message_of([&] { parse_json(objects, "x.json"); }),
            "x.json:1: JSON is nested deeper than 512 levels");
}

TEST(JsonBounds, more_values_than_memory_should_hold_are_refused) {
  const std::string text = "[\n" + repeated("0,", kMaxJsonValues) + "0]";
  EXPECT_EQ(test::message_of([&] { parse_json(text, "x.json"); }),
            "x.json:2: more than 10000000 values in one JSON text");
}

TEST(JsonBounds, what_the_program_wrote_itself_may_hold_any_number_of_values) {
  const std::string text = "[" + repeated("0,", kMaxJsonValues) + "0]";
  EXPECT_EQ(parse_own_json(text, "store").size(), kMaxJsonValues + 1);
}

/// Compared key by key with all before it, this would take minutes.
TEST(JsonBounds, an_object_of_200000_keys_is_read_in_linear_time) {
  std::string text = "{";
  for (int i = 0; i < 200'000; ++i) text += "\"k" + std::to_string(i) + "\":0,";
  const Json object = parse_json(text + "\"k7\":7}", "x.json");
  EXPECT_EQ(object.size(), 200'000U);
  EXPECT_EQ(object.begin().key(), "k0");
  EXPECT_EQ(object["k7"], 7);
}

TEST(JsonBounds, a_key_given_twice_keeps_its_place_and_its_last_value) {
  EXPECT_EQ(to_line(parse_json(R"({"a": 1, "b": [2], "a": {"c": 3}})", "x.json")),
            R"({"a":{"c":3},"b":[2]})");
}

TEST(JsonBounds, a_value_keeps_what_it_holds_when_its_object_grows) {
  Json object = Json::object();
  for (int i = 0; i < 100; ++i) append_member(object, "k" + std::to_string(i), Json({i, "text"}));
  ASSERT_EQ(object.size(), 100U);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(object["k" + std::to_string(i)], Json({i, "text"}));
  }
}

TEST(JsonBounds, a_walk_that_fails_names_its_line_without_reading_again) {
  JsonEvents none;
  const std::string text = "[\n" + std::string(100'000, '[') + "\noops";
  EXPECT_EQ(test::message_of([&] { walk_json(text, none, "x.json"); }),
            "x.json:3: not valid JSON at column 1");
}

}  // namespace
}  // namespace quantbench
