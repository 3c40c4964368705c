#include "quantbench/report/markdown.h"

#include <gtest/gtest.h>

#include <string>

namespace quantbench::report::markdown {
namespace {

const char* const kHostile[] = {"a`b",
                                "``a``",
                                "`",
                                "a\\|b",
                                "a|b",
                                "",
                                " both ends ",
                                "'quoted'",
                                "''",
                                "'\\x1b'",
                                "\"'\\x1b'\"",
                                "[a](javascript:b)",
                                "![i](http://h/i)",
                                "<img src=x onerror=y>",
                                "\x1b[2J",
                                "a\nb",
                                "user\xe2\x80\xaenimda",
                                "trailing\\",
                                "&lt; &#60;",
                                "www.example.org https://example.org",
                                "# a",
                                "1. a",
                                "*a* __b__ ~c~"};

TEST(CodeSpan, holds_every_string_so_that_it_reads_back) {
  for (const char* text : kHostile) {
    const std::string span = code_span(Json(text));
    EXPECT_EQ(code_span_length(span), span.size()) << span;
    const auto content = code_content(span);
    ASSERT_TRUE(content) << span;
    EXPECT_EQ(code_value(*content), Json(text)) << span;
    EXPECT_EQ(code_value(*code_content(code_span({{text, {text}}}))), Json({{text, {text}}}));
  }
}

TEST(CodeSpan, leaves_ordinary_values_as_the_cards_have_them) {
  EXPECT_EQ(code_span("dynamic"), "`dynamic`");
  EXPECT_EQ(code_span(nullptr), "`None`");
  EXPECT_EQ(code_span({"Add", "MatMul"}), "`['Add', 'MatMul']`");
  EXPECT_EQ(code_span("'quoted'"), "`'quoted'`");
  EXPECT_EQ(code_span("[a](b) <c> *d*"), "`[a](b) <c> *d*`") << "a code span takes it literally";
}

TEST(CodeSpan, has_a_longer_fence_than_any_run_of_backticks_inside) {
  EXPECT_EQ(code_span("a`b"), "`` a`b ``");
  EXPECT_EQ(code_span("```"), "```` ``` ````");
}

TEST(CodeSpan, never_has_a_bar_after_a_backslash) {
  EXPECT_EQ(code_span("a\\|b"), "`'a\\\\\\x7cb'`");
}

TEST(CodeContent, reads_what_older_cards_have) {
  EXPECT_EQ(code_content("`a`b`"), "a`b");
  EXPECT_EQ(code_content("``"), "");
  EXPECT_FALSE(code_content("a"));
  EXPECT_FALSE(code_content("`a"));
}

TEST(Bare, is_a_python_literal_that_reads_back_and_is_not_live) {
  EXPECT_EQ(bare(Json::array({{{"path", "glue"}, {"data_keys", {{"primary", "sentence"}}}}})),
            "[{'path': 'glue', 'data_keys': {'primary': 'sentence'}}]");
  EXPECT_EQ(bare("[a](javascript:b)"), R"('\x5ba\x5d(javascript:b)')");
  EXPECT_EQ(bare("<b>`"), R"('\x3cb>\x60')");
  EXPECT_EQ(bare("https://h"), R"('https\x3a//h')");
}

TEST(Text, escapes_what_markdown_acts_upon_and_reads_back) {
  EXPECT_EQ(text("operators_to_quantize"), "operators_to_quantize");
  EXPECT_EQ(text("mean of 3.5 ms -> 2 (a, b); 95 %"), "mean of 3.5 ms -> 2 (a, b); 95 %");
  EXPECT_EQ(text("[a](b) <c> *d*"), R"(\[a\](b) \<c> \*d\*)");
  EXPECT_EQ(text("# a"), "\\# a");
  EXPECT_EQ(text("12. a"), "12\\. a");
  EXPECT_EQ(text("- a"), "\\- a");
  EXPECT_EQ(text("see www.h.org or http://h"), R"(see www\.h.org or http\://h)");
  EXPECT_EQ(text("\x1b[2J"), R"(\\x1b\[2J)");
  EXPECT_EQ(text("a\n# b"), "a # b");
  for (const char* hostile : {"a`b", "[a](b)", "x_", "_x", "a\\b", "&lt;", "1) a", "a|b"}) {
    EXPECT_EQ(plain(text(hostile)), hostile);
  }
}

TEST(Tamed, leaves_a_line_of_this_program_as_it_is) {
  for (const char* line :
       {"# Remarks", "* **cpu**: `a <b> [c](d)`", "| :---: | :---: |",
        "| `a` | 12 MatMul | \\| | - |", "* row `x`, `y`: failed, \\[a\\](b) \\<c>",
        "* `` a`b ``: \\*", "a & b"}) {
    EXPECT_EQ(tamed(line), line);
  }
}

TEST(Tamed, takes_links_images_and_html_out_of_a_stranger_s_line) {
  EXPECT_EQ(tamed("[a](javascript:b)"), R"(\[a\](javascript:b))");
  EXPECT_EQ(tamed("<b>x</b> &lt;"), R"(\<b>x\</b> \&lt;)");
  EXPECT_EQ(tamed("a ` <b>"), R"(a \` \<b>)") << "a backtick without its match";
  EXPECT_EQ(tamed("| `a | <b> ` |"), R"(| \`a | \<b> \` |)") << "a bar ends the cell";
  EXPECT_EQ(tamed("[a]: http://h"), R"(\[a\]: http\://h)");
  EXPECT_EQ(tamed("  --- | ---"), "\\  --- | ---") << "the bullet above it is no header";
  EXPECT_EQ(tamed_lines({"* `a | <b>` | c", "| --- | --- |"}),
            "* `a | <b>` | c\n\\| --- | --- |\n");
  EXPECT_EQ(tamed("\x1b[2J"), R"(\x1b\[2J)");
}

}  // namespace
}  // namespace quantbench::report::markdown
