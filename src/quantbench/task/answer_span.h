#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "quantbench/preprocess/tokenizer.h"

namespace quantbench::task {

/// Tokens of an answer inside one window of a question and its context.
struct AnswerSpan {
  std::size_t first = 0;
  std::size_t last = 0;
  /// Probability of the start times that of the end, in [0, 1].
  double score = 0;
};

/// What one window says.
struct WindowAnswer {
  /// nullopt when the window holds no context.
  std::optional<AnswerSpan> best;
  /// Probability that there is no answer: start and end at the first token (CLS).
  double no_answer = 0;
};

/// The most probable span of at most `max_answer_len` tokens, as the question-answering pipeline of
/// transformers finds it: softmax over the context's tokens and CLS, then the largest product of
/// start and end with start <= end. Of equal ones the first. `start` and `end` have a logit for
/// each token of the window, or more (padding).
WindowAnswer find_answer(std::span<const float> start, std::span<const float> end,
                         const preprocess::Encoding& window, std::size_t max_answer_len);

/// Bytes [begin, end) of the context that the span stands for, widened to whole words (the
/// pipeline's align_to_words).
std::pair<std::size_t, std::size_t> answer_bytes(const AnswerSpan& span,
                                                 const preprocess::Encoding& window);

}  // namespace quantbench::task
