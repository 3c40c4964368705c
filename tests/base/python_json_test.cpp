#include "quantbench/base/python_json.h"

#include <gtest/gtest.h>

#include <string>

#include "quantbench/base/json_events.h"
#include "support/message_of.h"

namespace quantbench {
namespace {

TEST(PythonJson, has_null_where_python_wrote_a_number_that_json_has_not) {
  EXPECT_EQ(parse_python_json(R"({"a": NaN, "b": [Infinity, -Infinity, -1], "c": NaN})", "x"),
            Json({{"a", nullptr}, {"b", {nullptr, nullptr, -1}}, {"c", nullptr}}));
  EXPECT_EQ(parse_python_json("NaN", "x"), Json());
  EXPECT_EQ(parse_python_json("[NaN,NaN]", "x"), Json({nullptr, nullptr}));
}

TEST(PythonJson, leaves_text_alone) {
  const Json text = {{"NaN", "NaN, \"Infinity\" \\"}, {"a", "-Infinity"}, {"b", "\\\" NaN"}};
  EXPECT_EQ(parse_python_json(text.dump(), "x"), text);
}

TEST(PythonJson, refuses_other_words_with_their_line) {
  for (const char* text : {"{\n\"a\": nan}", "{\n\"a\": Nan}", "{\n\"a\": Infinit}",
                           "{\n\"a\": NaNa}", "{\n\"a\": - Infinity}", "{\n\"a\": NaN"}) {
    EXPECT_EQ(test::message_of([&] { parse_python_json(text, "x.jsonl"); }).substr(0, 29),
              "x.jsonl:2: not valid JSON at ")
        << text;
    EXPECT_FALSE(is_python_json(text)) << text;
  }
  EXPECT_NE(test::message_of([] { parse_json("[NaN]", "config.json"); }), "nothing was thrown")
      << "only rows of data sets are Python's";
}

TEST(PythonJson, is_walked_with_the_offsets_of_the_text) {
  struct Counter : JsonEvents {
    bool scalar() override { return ++scalars > 0; }
    void passed(std::size_t offset) override { last = offset; }
    int scalars = 0;
    std::size_t last = 0;
  } counter;
  std::string text = "[";
  for (int i = 0; i < 300'000; ++i) text += "NaN,1,";
  text += "-Infinity]";
  walk_json(text, counter, "x");
  EXPECT_EQ(counter.scalars, 600'001);
  EXPECT_GE(counter.last, std::size_t{1} << 20);
  EXPECT_LE(counter.last, text.size());
}

}  // namespace
}  // namespace quantbench
