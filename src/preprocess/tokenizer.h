#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace quantbench::preprocess {

/// One tokenized text or pair. All vectors have the same length.
struct Encoding {
  std::vector<std::int64_t> input_ids;
  std::vector<std::int64_t> attention_mask;
  std::vector<std::int64_t> token_type_ids;
  /// Byte range [begin, end) of each token in its source text ({0, 0} for special tokens).
  std::vector<std::pair<std::size_t, std::size_t>> offsets;
  /// Index of the word of each token, -1 for special tokens.
  std::vector<std::int32_t> word_ids;
  /// 0 first text, 1 second, -1 special.
  std::vector<std::int32_t> sequence_ids;
};

struct TokenizerOptions {
  enum class Truncation { kNone, kLongestFirst, kOnlyFirst, kOnlySecond };
  Truncation truncation = Truncation::kLongestFirst;
  /// Tokens, special ones included; 0: the tokenizer's model_max_length.
  std::size_t max_length = 0;
  /// Pad every encoding to max_length.
  bool pad_to_max_length = false;
  /// With kOnlySecond/kOnlyFirst: overlap of the windows returned by encode_windows.
  std::size_t stride = 0;
};

/// The Hugging Face `tokenizers` library behind its C ABI. Thread-safe for encoding.
class Tokenizer {
 public:
  /// Reads tokenizer.json (or builds WordPiece from vocab.txt) and tokenizer_config.json of a model
  /// directory. Throws Error.
  static std::unique_ptr<Tokenizer> open(const std::filesystem::path& directory);
  virtual ~Tokenizer() = default;

  virtual Encoding encode(std::string_view text, std::optional<std::string_view> pair,
                          const TokenizerOptions& options) const = 0;
  /// As encode, one entry per overlapping window (question-answering).
  virtual std::vector<Encoding> encode_windows(std::string_view text,
                                               std::optional<std::string_view> pair,
                                               const TokenizerOptions& options) const = 0;
  /// tokenizer_config.json model_max_length, capped by nothing; 0 when absurdly large or absent.
  virtual std::size_t model_max_length() const = 0;
  virtual std::int64_t pad_token_id() const = 0;
};

}  // namespace quantbench::preprocess
