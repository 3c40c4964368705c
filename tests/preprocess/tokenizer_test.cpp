#include "quantbench/preprocess/tokenizer.h"

#include <gmock/gmock.h>

#include <map>

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/json.h"
#include "quantbench/base/parallel.h"
#include "quantbench/base/text.h"
#include "support/message_of.h"
#include "support/real_assets.h"

namespace quantbench::preprocess {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Truncation = TokenizerOptions::Truncation;

// Ids of tests/data/tokenizer/vocab_txt/vocab.txt.
constexpr std::int64_t kPad = 0, kUnk = 1, kCls = 2, kSep = 3, kThe = 5, kFilm = 6, kIs = 7,
                       kNot = 8, kGood = 9, kBad = 10, kUn = 11, kWatch = 12, kAble = 13,
                       kUpperGood = 14, kDot = 16, kCaf = 17, kE = 19;

std::filesystem::path tokenizer_data(const std::string& name) {
  return std::filesystem::path(QUANTBENCH_TEST_DATA) / "tokenizer" / name;
}

std::unique_ptr<Tokenizer> small() { return Tokenizer::open(tokenizer_data("vocab_txt")); }

/// The message of opening a directory with these files.
std::string error_of_files(const std::map<std::string, std::string>& files) {
  const TemporaryDirectory directory;
  for (const auto& [name, content] : files) write_text(directory.path() / name, content);
  return test::message_of([&] { Tokenizer::open(directory.path()); });
}

TEST(Tokenizer, splits_words_into_pieces_and_adds_special_tokens) {
  const Encoding encoding = small()->encode("The film is UNWATCHABLE.", std::nullopt, {});
  EXPECT_THAT(encoding.input_ids,
              ElementsAre(kCls, kThe, kFilm, kIs, kUn, kWatch, kAble, kDot, kSep));
  EXPECT_THAT(encoding.attention_mask, ElementsAre(1, 1, 1, 1, 1, 1, 1, 1, 1));
  EXPECT_THAT(encoding.token_type_ids, ElementsAre(0, 0, 0, 0, 0, 0, 0, 0, 0));
  EXPECT_THAT(encoding.word_ids, ElementsAre(-1, 0, 1, 2, 3, 3, 3, 4, -1));
  EXPECT_THAT(encoding.sequence_ids, ElementsAre(-1, 0, 0, 0, 0, 0, 0, 0, -1));
}

TEST(Tokenizer, gives_offsets_in_bytes_of_the_source_text) {
  const std::string text = "«café» good";
  const Encoding encoding = small()->encode(text, std::nullopt, {});
  EXPECT_THAT(encoding.input_ids, ElementsAre(kCls, kUnk, kCaf, kE, kUnk, kGood, kSep));
  std::vector<std::string> pieces;
  for (const auto& [begin, end] : encoding.offsets)
    pieces.push_back(text.substr(begin, end - begin));
  EXPECT_THAT(pieces, ElementsAre("", "«", "caf", "é", "»", "good", ""));
}

TEST(Tokenizer, marks_the_second_text_of_a_pair) {
  const Encoding encoding = small()->encode("good film", "bad", {});
  EXPECT_THAT(encoding.input_ids, ElementsAre(kCls, kGood, kFilm, kSep, kBad, kSep));
  EXPECT_THAT(encoding.token_type_ids, ElementsAre(0, 0, 0, 0, 1, 1));
  EXPECT_THAT(encoding.sequence_ids, ElementsAre(-1, 0, 0, -1, 1, -1));
}

TEST(Tokenizer, truncates_and_pads_to_the_length_of_the_call) {
  TokenizerOptions options;
  options.max_length = 5;
  options.pad_to_max_length = true;
  const auto tokenizer = small();
  EXPECT_THAT(tokenizer->encode("the film is not good", std::nullopt, options).input_ids,
              ElementsAre(kCls, kThe, kFilm, kIs, kSep));
  const Encoding padded = tokenizer->encode("bad", std::nullopt, options);
  EXPECT_THAT(padded.input_ids, ElementsAre(kCls, kBad, kSep, kPad, kPad));
  EXPECT_THAT(padded.attention_mask, ElementsAre(1, 1, 1, 0, 0));
}

TEST(Tokenizer, truncates_to_model_max_length_by_default) {
  const auto tokenizer = small();
  EXPECT_EQ(tokenizer->model_max_length(), 16u);
  std::string text;
  for (int i = 0; i < 40; ++i) text += "good ";
  EXPECT_EQ(tokenizer->encode(text, std::nullopt, {}).input_ids.size(), 16u);
  TokenizerOptions whole;
  whole.truncation = Truncation::kNone;
  EXPECT_EQ(tokenizer->encode(text, std::nullopt, whole).input_ids.size(), 42u);
}

TEST(Tokenizer, returns_windows_that_overlap_by_the_stride) {
  TokenizerOptions options;
  options.truncation = Truncation::kOnlySecond;
  options.max_length = 7;
  options.stride = 1;
  const auto windows = small()->encode_windows("good", "the film is not bad", options);
  ASSERT_EQ(windows.size(), 2u);
  EXPECT_THAT(windows[0].input_ids, ElementsAre(kCls, kGood, kSep, kThe, kFilm, kIs, kSep));
  EXPECT_THAT(windows[1].input_ids, ElementsAre(kCls, kGood, kSep, kIs, kNot, kBad, kSep));
}

TEST(Tokenizer, takes_words_that_are_split_already) {
  const std::vector<std::string> words = {"the", "café.", "bad"};
  const Encoding encoding = small()->encode_words(words, {});
  EXPECT_THAT(encoding.input_ids, ElementsAre(kCls, kThe, kCaf, kE, kDot, kBad, kSep));
  EXPECT_THAT(encoding.word_ids, ElementsAre(-1, 0, 1, 1, 1, 2, -1));
  EXPECT_EQ(encoding.offsets[3], (std::pair<std::size_t, std::size_t>(3, 5)));
}

TEST(Tokenizer, ignores_truncation_and_padding_inside_tokenizer_json) {
  const auto tokenizer = Tokenizer::open(tokenizer_data("tokenizer_json"));
  EXPECT_THAT(tokenizer->encode("the film is not bad", std::nullopt, {}).input_ids,
              ElementsAre(kCls, kThe, kFilm, kIs, kNot, kBad, kSep));
}

TEST(Tokenizer, lets_tokenizer_config_replace_the_normalizer_of_tokenizer_json) {
  const auto tokenizer = Tokenizer::open(tokenizer_data("tokenizer_json"));
  EXPECT_THAT(tokenizer->encode("Good good", std::nullopt, {}).input_ids,
              ElementsAre(kCls, kUpperGood, kGood, kSep));
}

TEST(Tokenizer, takes_an_absurd_model_max_length_as_none) {
  const auto tokenizer = Tokenizer::open(tokenizer_data("tokenizer_json"));
  EXPECT_EQ(tokenizer->model_max_length(), 0u);
  TokenizerOptions options;
  options.pad_to_max_length = true;
  EXPECT_THAT(tokenizer->encode("bad", std::nullopt, options).input_ids,
              ElementsAre(kCls, kBad, kSep));
}

TEST(Tokenizer, gives_every_thread_the_same_ids_under_its_own_options) {
  const auto tokenizer = small();
  std::vector<std::vector<std::int64_t>> results(64);
  parallel_for(results.size(), 4, [&](std::size_t i) {
    TokenizerOptions options;
    options.max_length = 3 + i % 4;
    options.pad_to_max_length = i % 2 == 0;
    results[i] = tokenizer->encode("the film is not good", std::nullopt, options).input_ids;
  });
  for (std::size_t i = 0; i < results.size(); ++i) {
    EXPECT_EQ(results[i].size(), 3 + i % 4);
    EXPECT_EQ(results[i].back(), kSep);
  }
}

TEST(Tokenizer, says_what_is_wrong_with_a_request) {
  const auto tokenizer = small();
  TokenizerOptions options;
  EXPECT_THAT(test::message_of([&] { tokenizer->encode("good \xff film", std::nullopt, options); }),
              HasSubstr("not valid UTF-8 (byte 5)"));
  options.max_length = 1;
  EXPECT_THAT(test::message_of([&] { tokenizer->encode("good", std::nullopt, options); }),
              HasSubstr("max_length 1 leaves no room beside 2 special tokens"));
  options.max_length = 5;
  options.stride = 3;
  EXPECT_THAT(test::message_of([&] {
                tokenizer->encode_windows("the film is not good", std::nullopt, options);
              }),
              HasSubstr("stride 3 must be less than the 3 tokens"));
  options.stride = 0;
  options.truncation = Truncation::kOnlySecond;
  EXPECT_THAT(test::message_of([&] { tokenizer->encode("the film is not good", "bad", options); }),
              HasSubstr("too short"));
}

TEST(Tokenizer, names_file_and_key_of_what_it_cannot_read) {
  const std::string vocab = "[UNK]\n[CLS]\n[SEP]\n[PAD]\n[MASK]\n";
  EXPECT_THAT(error_of_files({}), HasSubstr("no tokenizer found"));
  EXPECT_THAT(error_of_files({{"tokenizer.json", "{\"version\": \"1.0\", "}}),
              AllOf(HasSubstr("tokenizer.json"), HasSubstr("line 1")));
  EXPECT_THAT(error_of_files({{"tokenizer.json", "[1, 2]"}}), HasSubstr("tokenizer.json"));
  EXPECT_THAT(error_of_files({{"vocab.txt", "a\nb\n"}}),
              HasSubstr("lacks the unknown token '[UNK]'"));
  EXPECT_THAT(error_of_files({{"vocab.txt", "[UNK]\n\xff\xfe\n"}}), HasSubstr("UTF-8"));
  EXPECT_THAT(
      error_of_files({{"vocab.txt", vocab}, {"tokenizer_config.json", "{\"do_lower_case\": 1}"}}),
      AllOf(HasSubstr("tokenizer_config.json"), HasSubstr("do_lower_case")));
  EXPECT_THAT(error_of_files({{"vocab.txt", vocab},
                              {"tokenizer_config.json", "{\"model_max_length\": \"x\"}"}}),
              HasSubstr("model_max_length"));
  EXPECT_THAT(error_of_files(
                  {{"vocab.txt", vocab}, {"tokenizer_config.json", "{\"padding_side\": \"up\"}"}}),
              HasSubstr("padding_side"));
  EXPECT_THAT(
      error_of_files({{"vocab.txt", vocab}, {"tokenizer_config.json", "{\"cls_token\": [1]}"}}),
      HasSubstr("cls_token"));
  EXPECT_THAT(error_of_files({{"vocab.txt", vocab}, {"tokenizer_config.json", "[]"}}),
              HasSubstr("JSON object"));
  EXPECT_THAT(error_of_files({{"vocab.json", "{\"a\": -1}"}, {"merges.txt", "a b\n"}}),
              HasSubstr("vocab.json"));
  EXPECT_THAT(error_of_files({{"vocab.json", "{\"a\": 0}"}, {"merges.txt", "#version\nabc\n"}}),
              HasSubstr("merges.txt:2"));
}

TEST(Tokenizer, survives_every_truncation_of_tokenizer_json) {
  const std::string whole = read_text(tokenizer_data("tokenizer_json") / "tokenizer.json");
  for (std::size_t size = 0; size + 2 < whole.size(); size += 37) {
    EXPECT_THAT(error_of_files({{"tokenizer.json", whole.substr(0, size)}}),
                HasSubstr("tokenizer.json"))
        << size;
  }
}

TEST(Tokenizer, gives_the_ids_that_the_reference_recorded_for_real_sentences) {
  QUANTBENCH_NEEDS_REAL_ASSETS();
  const Json reference = read_json(test::real_assets() / "reference.json");
  const auto tokenizer = Tokenizer::open(test::real_assets() / "sst2-minilm");
  const auto lines =
      split(read_text(test::real_assets() / "data" / "sst2" / "validation.tsv"), '\n');
  const Json& expected = reference.at("sst2-minilm").at("first_64");
  ASSERT_EQ(expected.size(), 64u);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const std::string sentence = split(lines[i + 1], '\t')[0];
    EXPECT_EQ(Json(tokenizer->encode(sentence, std::nullopt, {}).input_ids),
              expected[i].at("input_ids"))
        << sentence;
  }
}

}  // namespace
}  // namespace quantbench::preprocess
