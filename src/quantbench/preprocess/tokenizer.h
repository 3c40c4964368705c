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

/// Encoding options. They replace the truncation and padding of tokenizer.json in every call.
struct TokenizerOptions {
  enum class Truncation { kNone, kLongestFirst, kOnlyFirst, kOnlySecond };
  Truncation truncation = Truncation::kLongestFirst;
  /// Maximum number of tokens, including special tokens. 0: the tokenizer's model_max_length; if it
  /// is unknown too, texts are neither truncated nor padded, as in `transformers`.
  std::size_t max_length = 0;
  /// Pads every encoding to max_length.
  bool pad_to_max_length = false;
  /// Overlap between the windows of encode_windows, in tokens; less than a window.
  std::size_t stride = 0;
};

/// The Hugging Face `tokenizers` library behind its C ABI. It gives the same ids as `transformers`'
/// AutoTokenizer for the same directory. Several threads may encode at the same time.
class Tokenizer {
 public:
  /// Reads tokenizer.json of a model directory. Without this file it builds WordPiece from
  /// vocab.txt (BERT) or byte-level BPE from vocab.json and merges.txt (RoBERTa).
  /// tokenizer_config.json sets model_max_length, the special tokens, and the sides of padding and
  /// truncation; for the classes of BERT and RoBERTa also the normalizer. Throws Error naming file
  /// and key.
  static std::unique_ptr<Tokenizer> open(const std::filesystem::path& directory);
  virtual ~Tokenizer() = default;

  /// One text or pair, with special tokens. Throws Error if a text is not UTF-8 or has more than
  /// 8 MiB, or if truncation cannot reach max_length (kOnlySecond with a first text that is too
  /// long). Of a single text that is cut at its end, only the beginning is tokenized.
  virtual Encoding encode(std::string_view text, std::optional<std::string_view> pair,
                          const TokenizerOptions& options) const = 0;
  /// Like encode, with one entry per overlapping window (question-answering).
  virtual std::vector<Encoding> encode_windows(std::string_view text,
                                               std::optional<std::string_view> pair,
                                               const TokenizerOptions& options) const = 0;
  /// Encodes a text that is already split into words. word_ids index `words`; offsets are relative
  /// to the word.
  virtual Encoding encode_words(std::span<const std::string> words,
                                const TokenizerOptions& options) const = 0;
  /// tokenizer_config.json model_max_length. 0 if it is missing or absurdly large.
  virtual std::size_t model_max_length() const = 0;
  /// 0 if the tokenizer has no pad token.
  virtual std::int64_t pad_token_id() const = 0;
};

}  // namespace quantbench::preprocess
