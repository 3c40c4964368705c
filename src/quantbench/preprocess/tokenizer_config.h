#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "quantbench/base/json.h"

namespace quantbench::preprocess {

/// Tokenizer settings from tokenizer_config.json, special_tokens_map.json and config.json of a
/// model directory, interpreted like the classes of `transformers`.
struct TokenizerConfig {
  /// The class decides which settings replace those in tokenizer.json.
  enum class Family { kAsInFile, kBert, kRoberta };
  Family family = Family::kAsInFile;
  /// 0: unknown.
  std::size_t model_max_length = 0;
  std::string pad_token;
  std::uint32_t pad_token_type_id = 0;
  bool pad_left = false;
  bool truncate_left = false;
  /// The `setup` of tokenizers_abi.h.
  Json setup = Json::object();
};

/// Reads the settings. All files are optional. `fallback` is the family to use if the directory
/// names no class and no model type. Throws Error naming file and key for a value of the wrong
/// type.
TokenizerConfig read_tokenizer_config(const std::filesystem::path& directory,
                                      TokenizerConfig::Family fallback);

}  // namespace quantbench::preprocess
