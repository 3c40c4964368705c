// tokenizer_dump DIRECTORY: reads one JSON request a line, writes one JSON answer a line.
//
//   {"text": .., "pair": .., "words": [..], "truncation": "longest_first", "max_length": 0,
//    "pad": false, "stride": 0, "windows": false}
//   {"windows": [{"input_ids": [..], ..}]} or {"error": ".."}
#include <cstdio>
#include <iostream>

#include "quantbench/base/error.h"
#include "quantbench/base/json.h"
#include "quantbench/preprocess/tokenizer.h"

using quantbench::Json;
using quantbench::preprocess::Encoding;
using quantbench::preprocess::Tokenizer;
using quantbench::preprocess::TokenizerOptions;

namespace {

TokenizerOptions read_options(const Json& request) {
  using Truncation = TokenizerOptions::Truncation;
  const std::string name = request.value("truncation", std::string("longest_first"));
  TokenizerOptions options;
  options.truncation = name == "only_first"    ? Truncation::kOnlyFirst
                       : name == "only_second" ? Truncation::kOnlySecond
                       : name == "none"        ? Truncation::kNone
                                               : Truncation::kLongestFirst;
  options.max_length = request.value("max_length", std::size_t{0});
  options.pad_to_max_length = request.value("pad", false);
  options.stride = request.value("stride", std::size_t{0});
  return options;
}

Json as_json(const Encoding& encoding) {
  return Json{{"input_ids", encoding.input_ids},
              {"attention_mask", encoding.attention_mask},
              {"token_type_ids", encoding.token_type_ids},
              {"offsets", encoding.offsets},
              {"word_ids", encoding.word_ids},
              {"sequence_ids", encoding.sequence_ids}};
}

Json answer(const Tokenizer& tokenizer, const Json& request) {
  const TokenizerOptions options = read_options(request);
  Json windows = Json::array();
  if (request.contains("words")) {
    const auto words = request["words"].get<std::vector<std::string>>();
    windows.push_back(as_json(tokenizer.encode_words(words, options)));
    return Json{{"windows", windows}};
  }
  const auto text = request["text"].get<std::string>();
  const auto second = request.value("pair", std::string());
  const auto pair =
      request.contains("pair") ? std::optional<std::string_view>(second) : std::nullopt;
  if (request.value("windows", false)) {
    for (const Encoding& encoding : tokenizer.encode_windows(text, pair, options)) {
      windows.push_back(as_json(encoding));
    }
  } else {
    windows.push_back(as_json(tokenizer.encode(text, pair, options)));
  }
  return Json{{"windows", windows}};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: tokenizer_dump DIRECTORY\n", stderr);
    return 2;
  }
  try {
    const auto tokenizer = Tokenizer::open(argv[1]);
    std::string line;
    while (std::getline(std::cin, line)) {
      const Json request = quantbench::parse_json(line, "standard input");
      Json reply;
      try {
        reply = answer(*tokenizer, request);
      } catch (const quantbench::Error& error) {
        reply = Json{{"error", error.what()}};
      }
      std::cout << reply.dump() << '\n';
    }
  } catch (const quantbench::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
  return 0;
}
