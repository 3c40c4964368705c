#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "quantbench/preprocess/tokenizer.h"

namespace quantbench::task {

/// Tokens of an answer in one window of a question and its context.
struct AnswerSpan {
  std::size_t first = 0;
  std::size_t last = 0;
  /// Probability of the start times probability of the end, in [0, 1].
  double score = 0;
};

/// Result for one window.
struct WindowAnswer {
  /// nullopt if the window has no context.
  std::optional<AnswerSpan> best;
  /// Probability that there is no answer: start and end at the first token (CLS).
  double no_answer = 0;
};

/// The most probable span of at most `max_answer_len` tokens, by the rule of transformers'
/// question-answering pipeline: softmax over the context's tokens and CLS, then the largest product
/// of start and end with start <= end. The first of equal spans wins. `start` and `end` have at
/// least one logit per token of the window; padding may add more.
WindowAnswer find_answer(std::span<const float> start, std::span<const float> end,
                         const preprocess::Encoding& window, std::size_t max_answer_len);

/// Bytes [begin, end) of the span in the context, widened to whole words (the pipeline's
/// align_to_words).
std::pair<std::size_t, std::size_t> answer_bytes(const AnswerSpan& span,
                                                 const preprocess::Encoding& window);

}  // namespace quantbench::task
