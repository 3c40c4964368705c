#include "quantbench/report/card/import/python_literal.h"

#include <gtest/gtest.h>

#include <string>

#include "quantbench/report/markdown.h"

namespace quantbench::report {
namespace {

TEST(PythonLiteral, reads_what_repr_writes) {
  for (const char* text :
       {"None", "True", "False", "0", "-7", "99.999", "1e-05", "1e+16", "-0.0", "'a'", "\"it's\"",
        "'say \"it\\'s\"'", "'a\\nb\\\\c\\x01'", "[]", "['Add', 'MatMul']", "{}",
        "{'opset': 13, 'nested': {'a': [1, None]}}"}) {
    const auto value = parse_python_literal(text);
    ASSERT_TRUE(value.has_value()) << text;
    EXPECT_EQ(python_repr(*value), text);
  }
}

TEST(PythonLiteral, refuses_everything_else) {
  for (const char* text : {"", "none", "Nonesense", "[1", "[1,,2]", "{'a'}", "{1: 2}", "'a",
                           "'a\\q'", "'\\xZZ'", "'\\ud800'", "99999999999999999999", "1.2.3",
                           "[1] ", "{'a': 1, 'a': 2}", "__import__('os')", "1e999"}) {
    EXPECT_FALSE(parse_python_literal(text).has_value()) << text;
  }
  EXPECT_FALSE(parse_python_literal(std::string(100000, '[')).has_value());
}

TEST(CodeValue, is_text_when_the_card_would_not_write_the_literal_so) {
  EXPECT_EQ(markdown::code_value("13"), Json(13));
  EXPECT_EQ(markdown::code_value("dynamic"), Json("dynamic"));
  EXPECT_EQ(markdown::code_value("1e-5"), Json("1e-5")) << "Python writes 1e-05";
  EXPECT_EQ(markdown::code_value("['Add','MatMul']"), Json("['Add','MatMul']"));
  EXPECT_EQ(markdown::code_value("'quoted'"), Json("'quoted'"));
}

}  // namespace
}  // namespace quantbench::report
