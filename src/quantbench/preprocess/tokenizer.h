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

/// How to encode; every call brings its own, whatever truncation and padding tokenizer.json holds.
struct TokenizerOptions {
  enum class Truncation { kNone, kLongestFirst, kOnlyFirst, kOnlySecond };
  Truncation truncation = Truncation::kLongestFirst;
  /// Tokens, special ones included; 0: the tokenizer's model_max_length. Where that is unknown too,
  /// nothing is truncated or padded, as `transformers` does.
  std::size_t max_length = 0;
  /// Pad every encoding to max_length.
  bool pad_to_max_length = false;
  /// Tokens of overlap between the windows that encode_windows returns; less than a window holds.
  std::size_t stride = 0;
};

/// The Hugging Face `tokenizers` library behind its C ABI: the ids are those of `transformers`'
/// AutoTokenizer for the same directory. Encoding may be called from several threads at once.
class Tokenizer {
 public:
  /// Reads tokenizer.json of a model directory; without it builds WordPiece from vocab.txt (BERT)
  /// or byte-level BPE from vocab.json and merges.txt (RoBERTa). tokenizer_config.json sets
  /// model_max_length, special tokens, sides of padding and truncation, and, for the classes of
  /// BERT and RoBERTa, the normalizer. Throws Error naming file and key.
  static std::unique_ptr<Tokenizer> open(const std::filesystem::path& directory);
  virtual ~Tokenizer() = default;

  /// One text or pair, special tokens added. Throws Error when a text is not UTF-8, or when the
  /// truncation asked for cannot reach max_length (kOnlySecond with too long a first text).
  virtual Encoding encode(std::string_view text, std::optional<std::string_view> pair,
                          const TokenizerOptions& options) const = 0;
  /// As encode, one entry per overlapping window (question-answering).
  virtual std::vector<Encoding> encode_windows(std::string_view text,
                                               std::optional<std::string_view> pair,
                                               const TokenizerOptions& options) const = 0;
  /// A text that is split into words already: word_ids index `words`, offsets are relative to the
  /// word.
  virtual Encoding encode_words(std::span<const std::string> words,
                                const TokenizerOptions& options) const = 0;
  /// tokenizer_config.json model_max_length, capped by nothing; 0 when absurdly large or absent.
  virtual std::size_t model_max_length() const = 0;
  /// 0 when the tokenizer has no pad token.
  virtual std::int64_t pad_token_id() const = 0;
};

}  // namespace quantbench::preprocess
