#include "quantbench/aws/xml.h"

#include <gmock/gmock.h>

#include "support/message_of.h"

namespace quantbench::test {
namespace {

using ::testing::HasSubstr;

TEST(AwsXml, elements_text_and_entities_are_read) {
  const aws::XmlElement root = aws::parse_xml(
      "<?xml version=\"1.0\"?>\n<!-- c --><List xmlns='http://x/y'>\n"
      "<Key>a&amp;b&lt;&#x41;&#66;&quot;&apos;&gt;</Key><Empty/><Deep><Key>z</Key></Deep>"
      "<Data><![CDATA[<raw>&amp;]]></Data></List>\n",
      "answer");
  EXPECT_EQ(root.name, "List");
  EXPECT_EQ(root.text_at("Key"), "a&b<AB\"'>");
  EXPECT_EQ(root.text_at("Deep/Key"), "z");
  EXPECT_EQ(root.text_at("Data"), "<raw>&amp;");
  EXPECT_EQ(root.text_at("Empty"), "");
  EXPECT_EQ(root.text_at("Deep/None/Key"), "");
  EXPECT_EQ(root.find("None"), nullptr);
}

TEST(AwsXml, anything_else_is_one_line) {
  std::string deep;
  for (int i = 0; i < 40; ++i) deep += "<a>";
  for (const std::string& text :
       {std::string(), std::string("text"), std::string("<a>"), std::string("<a></b>"),
        std::string("<a x></a>"), std::string("<a x=1></a>"), std::string("<a>&none;</a>"),
        std::string("<a>&#xD800;</a>"), std::string("<a>&#1114112;</a>"), std::string("<a>& </a>"),
        std::string("<a/><b/>"), std::string("<a"), std::string("<"), std::string("<a><![CDATA["),
        std::string("<!DOCTYPE a [<!ENTITY e \"x\">]><a>&e;</a>"), deep}) {
    EXPECT_THAT(test::message_of([&] { aws::parse_xml(text, "answer"); }),
                HasSubstr("answer: the answer is not XML: "))
        << text;
  }
}

}  // namespace
}  // namespace quantbench::test
