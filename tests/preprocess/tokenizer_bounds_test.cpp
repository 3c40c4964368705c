// What a stranger's tokenizer, and a long text, may cost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "quantbench/base/file.h"
#include "quantbench/base/json.h"
#include "quantbench/preprocess/tokenizer.h"
#include "support/message_of.h"

namespace quantbench::preprocess {
namespace {

using ::testing::HasSubstr;

std::filesystem::path data(const std::string& name) {
  return std::filesystem::path(QUANTBENCH_TEST_DATA) / "tokenizer" / name;
}

/// The tokenizer of tests/data with another tokenizer.json.
class EditedTokenizer {
 public:
  template <typename Edit>
  explicit EditedTokenizer(const Edit& edit) {
    Json json = read_json(data("tokenizer_json") / "tokenizer.json");
    edit(json);
    write_text(directory_.path() / "tokenizer.json", json.dump());
  }
  std::unique_ptr<Tokenizer> open() const { return Tokenizer::open(directory_.path()); }

 private:
  TemporaryDirectory directory_;
};

std::string words(std::size_t bytes) {
  const std::string sentence = "the movie is good , and the plot is bad . ";
  std::string text;
  while (text.size() < bytes) text += sentence;
  return text;
}

TEST(TokenizerBounds, of_a_long_text_only_the_beginning_is_read) {
  const auto tokenizer = Tokenizer::open(data("vocab_txt"));
  TokenizerOptions options;
  options.max_length = 128;
  // Whole, it would be refused.
  const Encoding cut = tokenizer->encode(words(50'000'000), std::nullopt, options);
  const Encoding whole = tokenizer->encode(words(100'000), std::nullopt, options);
  EXPECT_EQ(cut.input_ids.size(), 128U);
  EXPECT_EQ(cut.input_ids, whole.input_ids);
  EXPECT_EQ(cut.offsets, whole.offsets);
  EXPECT_EQ(cut.word_ids, whole.word_ids);
}

TEST(TokenizerBounds, of_a_long_text_as_much_is_read_as_it_takes) {
  const auto tokenizer = Tokenizer::open(data("vocab_txt"));
  TokenizerOptions options;
  options.max_length = 128;
  // White space alone has no tokens.
  const std::string text = std::string(1'000'000, ' ') + words(100'000);
  EXPECT_EQ(tokenizer->encode(text, std::nullopt, options).input_ids,
            tokenizer->encode(words(100'000), std::nullopt, options).input_ids);
}

TEST(TokenizerBounds, a_text_of_more_than_8_MiB_is_refused_where_all_of_it_is_needed) {
  const auto tokenizer = Tokenizer::open(data("vocab_txt"));
  TokenizerOptions options;
  options.max_length = 128;
  options.stride = 16;
  const std::string text = words(9'000'000);
  const std::string expected =
      "a text of " + std::to_string(text.size()) + " bytes; at most 8388608 are tokenized at once";
  EXPECT_THAT(test::message_of([&] { tokenizer->encode_windows(text, std::nullopt, options); }),
              HasSubstr(expected));
  EXPECT_THAT(test::message_of([&] { tokenizer->encode("a", text, options); }),
              HasSubstr(expected));
  EXPECT_THAT(test::message_of([&] { tokenizer->encode_words({{text}}, options); }),
              HasSubstr(expected));
}

TEST(TokenizerBounds, windows_that_hardly_advance_are_refused) {
  const auto tokenizer = Tokenizer::open(data("vocab_txt"));
  TokenizerOptions options;
  options.truncation = TokenizerOptions::Truncation::kOnlySecond;
  options.max_length = 384;
  options.stride = 378;
  EXPECT_THAT(
      test::message_of([&] { tokenizer->encode_windows("good", words(1'000'000), options); }),
      HasSubstr("windows of 384 tokens; at most 16777216 tokens in all"));
}

TEST(TokenizerBounds, replacements_that_double_again_and_again_are_refused) {
  const EditedTokenizer edited([](Json& json) {
    Json doubling = Json::array();
    for (int i = 0; i < 40; ++i) {
      doubling.push_back({{"type", "Replace"}, {"pattern", {{"String", "a"}}}, {"content", "aa"}});
    }
    json["normalizer"] = {{"type", "Sequence"}, {"normalizers", doubling}};
  });
  EXPECT_THAT(test::message_of([&] { edited.open()->encode("a", std::nullopt, {}); }),
              HasSubstr("the normalizer may make a text of 1 bytes 1099511627776 times as long; at "
                        "most 67108864 bytes are tokenized"));
}

TEST(TokenizerBounds, an_expression_that_backtracks_without_end_is_given_up) {
  const EditedTokenizer edited([](Json& json) {
    json["normalizer"] = {
        {"type", "Replace"}, {"pattern", {{"Regex", "(a+)+$"}}}, {"content", "a"}};
  });
  const auto tokenizer = edited.open();
  EXPECT_NE(
      test::message_of([&] { tokenizer->encode(std::string(60, 'a') + "b", std::nullopt, {}); }),
      "nothing was thrown");
}

TEST(TokenizerBounds, words_of_more_than_1000_characters_are_refused) {
  const EditedTokenizer edited(
      [](Json& json) { json["model"]["max_input_chars_per_word"] = 1'000'000'000; });
  EXPECT_THAT(test::message_of([&] { edited.open(); }),
              HasSubstr("tokenizer.json: max_input_chars_per_word is 1000000000; at most 1000 are "
                        "tokenized"));
}

TEST(TokenizerBounds, padding_to_more_than_a_million_tokens_is_refused) {
  const auto tokenizer = Tokenizer::open(data("vocab_txt"));
  TokenizerOptions options;
  options.max_length = 100'000'000'000'000;
  options.pad_to_max_length = true;
  EXPECT_THAT(test::message_of([&] { tokenizer->encode("good", std::nullopt, options); }),
              HasSubstr("padding to 100000000000000 tokens, at most 1000000"));
}

}  // namespace
}  // namespace quantbench::preprocess
