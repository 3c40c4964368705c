#include "quantbench/base/json.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

#include "quantbench/base/error.h"
#include "support/message_of.h"

namespace quantbench {
namespace {

TEST(PythonRepr, writes_literals_as_the_cards_have_them) {
  const Json value = parse_json(
      R"({"path": "glue", "name": null, "ref_keys": ["label"], "q": 99.999, "on": true, "n": 4, "e": {}})",
      "card");
  EXPECT_EQ(python_repr(value),
            "{'path': 'glue', 'name': None, 'ref_keys': ['label'], 'q': 99.999, 'on': True, 'n': "
            "4, 'e': {}}");
}

// Expected texts come from CPython 3.11's repr().
TEST(PythonRepr, writes_floats_as_python_does) {
  EXPECT_EQ(python_repr(1.0), "1.0");
  EXPECT_EQ(python_repr(0.0), "0.0");
  EXPECT_EQ(python_repr(-0.0), "-0.0");
  EXPECT_EQ(python_repr(0.1), "0.1");
  EXPECT_EQ(python_repr(1e-5), "1e-05");
  EXPECT_EQ(python_repr(0.0001), "0.0001");
  EXPECT_EQ(python_repr(1e16), "1e+16");
  EXPECT_EQ(python_repr(123456789012345680.0), "1.2345678901234568e+17");
  EXPECT_EQ(python_repr(1e15), "1000000000000000.0");
  EXPECT_EQ(python_repr(std::numeric_limits<double>::infinity()), "inf");
}

TEST(PythonRepr, chooses_quotes_as_python_does) {
  EXPECT_EQ(python_repr("it's"), "\"it's\"");
  EXPECT_EQ(python_repr("say \"it's\""), "'say \"it\\'s\"'");
  EXPECT_EQ(python_repr("a\nb\\c\x01"), "'a\\nb\\\\c\\x01'");
}

TEST(Json, names_file_and_line_of_a_syntax_error) {
  EXPECT_EQ(test::message_of([] { parse_json("{\n  \"a\": 1,\n  oops\n}", "config.json"); }),
            "config.json:3: not valid JSON at column 3");
}

TEST(Json, refuses_a_number_that_no_double_can_hold) {
  EXPECT_EQ(test::message_of([] { parse_json("{\"a\": 1e999}", "config.json"); }),
            "config.json: not valid JSON: a number is out of range");
}

TEST(Json, names_the_key_that_is_missing_or_of_the_wrong_type) {
  const Json config = parse_json(R"({"hidden_size": "wide"})", "config.json");
  EXPECT_EQ(test::message_of([&] { require<std::int64_t>(config, "hidden_size", "config.json"); }),
            "config.json: key 'hidden_size' is \"wide\", expected an integer");
  EXPECT_EQ(test::message_of([&] { require<std::string>(config, "model_type", "config.json"); }),
            "config.json: missing key 'model_type'");
  EXPECT_EQ(value_or<std::int64_t>(config, "num_labels", 2, "config.json"), 2);
}

TEST(ToLine, escapes_controls_in_a_way_that_reads_back) {
  const Json value = {"\x1b\x7f\xc2\x9b\xe2\x80\xae", {{"\xe2\x80\xa8", "é"}}};
  EXPECT_EQ(to_line(value), R"(["\u001b\u007f\u009b\u202e",{"\u2028":"é"}])");
  EXPECT_EQ(parse_json(to_line(value), "text"), value);
}

TEST(PythonRepr, escapes_what_repr_escapes) {
  EXPECT_EQ(python_repr(Json("\x1b\xc2\x9b\xe2\x80\xae é")), R"('\x1b\x9b\u202e é')");
}

}  // namespace
}  // namespace quantbench
