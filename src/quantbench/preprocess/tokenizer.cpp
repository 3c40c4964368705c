#include "quantbench/preprocess/tokenizer.h"

#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/preprocess/tokenizer_config.h"
#include "quantbench/preprocess/tokenizers_abi/tokenizers_abi.h"

namespace quantbench::preprocess {

namespace {

/// Tokens that an encoding is padded to at most.
constexpr std::size_t kMostPadding = 1'000'000;

struct Free {
  void operator()(TokenizersAbiTokenizer* tokenizer) const { tokenizers_abi_free(tokenizer); }
  void operator()(TokenizersAbiEncodings* encodings) const {
    tokenizers_abi_free_encodings(encodings);
  }
};
using TokenizerHandle = std::unique_ptr<TokenizersAbiTokenizer, Free>;
using EncodingsHandle = std::unique_ptr<TokenizersAbiEncodings, Free>;

TokenizersAbiText as_text(std::string_view text) { return {text.data(), text.size()}; }

/// Takes ownership of the message of a failed call.
std::string take_message(char* message) {
  if (message == nullptr) return "the tokenizers library failed";
  std::string text(message);
  tokenizers_abi_free_string(message);
  return text;
}

Encoding copy(const TokenizersAbiEncoding& view) {
  Encoding out;
  out.input_ids.assign(view.ids, view.ids + view.length);
  out.attention_mask.assign(view.attention_mask, view.attention_mask + view.length);
  out.token_type_ids.assign(view.type_ids, view.type_ids + view.length);
  out.word_ids.assign(view.word_ids, view.word_ids + view.length);
  out.sequence_ids.assign(view.sequence_ids, view.sequence_ids + view.length);
  out.offsets.reserve(view.length);
  for (std::size_t i = 0; i < view.length; ++i) {
    out.offsets.emplace_back(view.offsets[2 * i], view.offsets[2 * i + 1]);
  }
  return out;
}

class LibraryTokenizer final : public Tokenizer {
 public:
  LibraryTokenizer(TokenizerHandle handle, TokenizerConfig config, std::string where)
      : handle_(std::move(handle)), config_(std::move(config)), where_(std::move(where)) {
    std::uint32_t id = 0;
    has_pad_token_ = !config_.pad_token.empty() &&
                     tokenizers_abi_token_to_id(handle_.get(), as_text(config_.pad_token), &id);
    pad_token_id_ = has_pad_token_ ? id : 0;
  }

  Encoding encode(std::string_view text, std::optional<std::string_view> pair,
                  const TokenizerOptions& options) const override {
    // The first window does not depend on the stride. A stride of 0 makes the other windows
    // cheapest.
    TokenizerOptions plain = options;
    plain.stride = 0;
    return copy(tokenizers_abi_get(run(text, pair, plain).get(), 0));
  }

  std::vector<Encoding> encode_windows(std::string_view text, std::optional<std::string_view> pair,
                                       const TokenizerOptions& options) const override {
    const EncodingsHandle encodings = run(text, pair, options);
    std::vector<Encoding> out;
    const std::size_t count = tokenizers_abi_count(encodings.get());
    out.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      out.push_back(copy(tokenizers_abi_get(encodings.get(), i)));
    }
    return out;
  }

  Encoding encode_words(std::span<const std::string> words,
                        const TokenizerOptions& options) const override {
    std::vector<TokenizersAbiText> texts;
    texts.reserve(words.size());
    for (const std::string& word : words) texts.push_back(as_text(word));
    TokenizerOptions plain = options;
    plain.stride = 0;
    const TokenizersAbiEncodeOptions translated = translate(plain);
    char* message = nullptr;
    const EncodingsHandle encodings(tokenizers_abi_encode_words(
        handle_.get(), texts.data(), texts.size(), &translated, &message));
    if (encodings == nullptr) throw Error(take_message(message), where_);
    return copy(tokenizers_abi_get(encodings.get(), 0));
  }

  std::size_t model_max_length() const override { return config_.model_max_length; }
  std::int64_t pad_token_id() const override { return pad_token_id_; }

 private:
  TokenizersAbiEncodeOptions translate(const TokenizerOptions& options) const {
    const std::size_t limit =
        options.max_length > 0 ? options.max_length : config_.model_max_length;
    const bool pad = options.pad_to_max_length && limit > 0;
    if (pad && limit > kMostPadding) {
      throw Error("padding to " + std::to_string(limit) + " tokens, at most " +
                      std::to_string(kMostPadding),
                  where_, "lower 'model_max_length' in tokenizer_config.json");
    }
    if (pad && !has_pad_token_) {
      throw Error("padding needs a pad token, but the tokenizer does not have one", where_,
                  "set 'pad_token' in tokenizer_config.json");
    }
    TokenizersAbiEncodeOptions out{};
    out.truncation = limit > 0 ? static_cast<std::uint32_t>(options.truncation) : 0;
    out.truncate_left = config_.truncate_left ? 1 : 0;
    out.max_length = limit;
    out.stride = options.stride;
    out.pad_to = pad ? limit : 0;
    out.pad_left = config_.pad_left ? 1 : 0;
    out.pad_id = pad_token_id_;
    out.pad_type_id = config_.pad_token_type_id;
    return out;
  }

  EncodingsHandle run(std::string_view text, std::optional<std::string_view> pair,
                      const TokenizerOptions& options) const {
    const TokenizersAbiEncodeOptions translated = translate(options);
    const TokenizersAbiText second = pair ? as_text(*pair) : TokenizersAbiText{};
    char* message = nullptr;
    EncodingsHandle encodings(tokenizers_abi_encode(
        handle_.get(), as_text(text), pair ? &second : nullptr, &translated, &message));
    if (encodings == nullptr) throw Error(take_message(message), where_);
    return encodings;
  }

  TokenizerHandle handle_;
  TokenizerConfig config_;
  std::string where_;
  bool has_pad_token_ = false;
  std::uint32_t pad_token_id_ = 0;
};

static_assert(static_cast<int>(TokenizerOptions::Truncation::kNone) == 0 &&
                  static_cast<int>(TokenizerOptions::Truncation::kLongestFirst) == 1 &&
                  static_cast<int>(TokenizerOptions::Truncation::kOnlyFirst) == 2 &&
                  static_cast<int>(TokenizerOptions::Truncation::kOnlySecond) == 3,
              "the numbers of tokenizers_abi.h");

}  // namespace

std::unique_ptr<Tokenizer> Tokenizer::open(const std::filesystem::path& directory) {
  const auto json = directory / "tokenizer.json";
  const auto vocab_txt = directory / "vocab.txt";
  const auto vocab_json = directory / "vocab.json";
  const auto merges = directory / "merges.txt";
  const auto there = [](const std::filesystem::path& path) {
    std::error_code ignored;
    return std::filesystem::exists(path, ignored);
  };
  std::filesystem::path source;
  auto fallback = TokenizerConfig::Family::kAsInFile;
  if (there(json)) {
    source = json;
  } else if (there(vocab_txt)) {
    source = vocab_txt;
    fallback = TokenizerConfig::Family::kBert;
  } else if (there(vocab_json) && there(merges)) {
    source = vocab_json;
    fallback = TokenizerConfig::Family::kRoberta;
  } else {
    throw Error("no tokenizer found", directory.string(),
                "expected tokenizer.json, vocab.txt, or vocab.json with merges.txt");
  }
  TokenizerConfig config = read_tokenizer_config(directory, fallback);
  if (source != json && config.family == TokenizerConfig::Family::kAsInFile) {
    throw Error("this tokenizer class cannot be built from a vocabulary file", directory.string(),
                "add tokenizer.json");
  }
  const std::string bytes = read_text(source);
  const std::string setup = config.setup.dump();
  char* message = nullptr;
  TokenizerHandle handle;
  if (source == json) {
    handle.reset(tokenizers_abi_from_json(as_text(bytes), as_text(setup), &message));
  } else if (source == vocab_txt) {
    handle.reset(tokenizers_abi_from_wordpiece(as_text(bytes), as_text(setup), &message));
  } else {
    handle.reset(tokenizers_abi_from_byte_level_bpe(as_text(bytes), as_text(read_text(merges)),
                                                    as_text(setup), &message));
  }
  if (handle == nullptr) throw Error(take_message(message), source.string());
  return std::make_unique<LibraryTokenizer>(std::move(handle), std::move(config), source.string());
}

}  // namespace quantbench::preprocess
