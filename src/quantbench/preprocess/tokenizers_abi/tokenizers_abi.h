#pragma once

#include <stddef.h>
#include <stdint.h>

/* C ABI of the Rust library in src/. No panic crosses it. Every function that can fail returns NULL
 * and sets *error to a message of its own, to be freed with tokenizers_abi_free_string. Texts need
 * no terminating zero. */

#ifdef __cplusplus
extern "C" {
#endif

typedef struct TokenizersAbiTokenizer TokenizersAbiTokenizer;
typedef struct TokenizersAbiEncodings TokenizersAbiEncodings;

typedef struct {
  const char* data;
  size_t size;
} TokenizersAbiText;

/* Strategy 0: none, 1: longest first, 2: only first, 3: only second. */
typedef struct {
  uint32_t truncation;
  uint32_t truncate_left;
  size_t max_length;
  size_t stride;
  size_t pad_to; /* 0: no padding */
  uint32_t pad_left;
  uint32_t pad_id;
  uint32_t pad_type_id;
} TokenizersAbiEncodeOptions;

/* One window. Arrays live as long as the TokenizersAbiEncodings. */
typedef struct {
  size_t length;
  const uint32_t* ids;
  const uint32_t* type_ids;
  const uint32_t* attention_mask;
  const size_t* offsets;       /* 2 * length: begin, end in bytes of the source text */
  const int32_t* word_ids;     /* -1: special */
  const int32_t* sequence_ids; /* -1: special */
} TokenizersAbiEncoding;

/* `setup` is a JSON object that says how the tokenizer differs from its files; see src/setup.rs. */
TokenizersAbiTokenizer* tokenizers_abi_from_json(TokenizersAbiText tokenizer_json,
                                                 TokenizersAbiText setup, char** error);
TokenizersAbiTokenizer* tokenizers_abi_from_wordpiece(TokenizersAbiText vocab_txt,
                                                      TokenizersAbiText setup, char** error);
TokenizersAbiTokenizer* tokenizers_abi_from_byte_level_bpe(TokenizersAbiText vocab_json,
                                                           TokenizersAbiText merges_txt,
                                                           TokenizersAbiText setup, char** error);
void tokenizers_abi_free(TokenizersAbiTokenizer* tokenizer);

/* 1 and *id, or 0 when the token is unknown. */
int tokenizers_abi_token_to_id(const TokenizersAbiTokenizer* tokenizer, TokenizersAbiText token,
                               uint32_t* id);

/* `pair` may be NULL. May be called from several threads at once. */
TokenizersAbiEncodings* tokenizers_abi_encode(const TokenizersAbiTokenizer* tokenizer,
                                              TokenizersAbiText text, const TokenizersAbiText* pair,
                                              const TokenizersAbiEncodeOptions* options,
                                              char** error);
/* As encode, for one text that is split into words already: word_ids index `words`, and offsets are
 * relative to their word. */
TokenizersAbiEncodings* tokenizers_abi_encode_words(const TokenizersAbiTokenizer* tokenizer,
                                                    const TokenizersAbiText* words, size_t count,
                                                    const TokenizersAbiEncodeOptions* options,
                                                    char** error);
size_t tokenizers_abi_count(const TokenizersAbiEncodings* encodings);
/* Zeroed when index is out of range. */
TokenizersAbiEncoding tokenizers_abi_get(const TokenizersAbiEncodings* encodings, size_t index);
void tokenizers_abi_free_encodings(TokenizersAbiEncodings* encodings);

void tokenizers_abi_free_string(char* string);

#ifdef __cplusplus
}
#endif
