#pragma once

#include <array>

namespace quantbench::hub {

/// Files of a model's tokenizer and image processor, in a repository or in a local directory. Each
/// is optional.
inline constexpr std::array kPreprocessingFiles = {"tokenizer.json",
                                                   "tokenizer_config.json",
                                                   "special_tokens_map.json",
                                                   "added_tokens.json",
                                                   "vocab.txt",
                                                   "vocab.json",
                                                   "merges.txt",
                                                   "spiece.model",
                                                   "sentencepiece.bpe.model",
                                                   "preprocessor_config.json"};

}  // namespace quantbench::hub
