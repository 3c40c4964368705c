#include "quantbench/task/answer_span.h"

#include <algorithm>
#include <cmath>

namespace quantbench::task {

namespace {

constexpr std::int32_t kContext = 1;  // sequence id: the question comes first

/// Softmax over the selected tokens; 0 for the others.
std::vector<double> probabilities(std::span<const float> logits,
                                  const std::vector<bool>& takes_part) {
  double largest = -HUGE_VAL;
  for (std::size_t i = 0; i < takes_part.size(); ++i) {
    if (takes_part[i]) largest = std::max(largest, static_cast<double>(logits[i]));
  }
  std::vector<double> out(takes_part.size(), 0.0);
  double sum = 0;
  for (std::size_t i = 0; i < takes_part.size(); ++i) {
    if (!takes_part[i]) continue;
    out[i] = std::exp(static_cast<double>(logits[i]) - largest);
    sum += out[i];
  }
  for (double& value : out) value /= sum;
  return out;
}

}  // namespace

WindowAnswer find_answer(std::span<const float> start, std::span<const float> end,
                         const preprocess::Encoding& window, std::size_t max_answer_len) {
  const std::size_t tokens = window.input_ids.size();
  std::vector<bool> takes_part(tokens, false);
  for (std::size_t i = 0; i < tokens; ++i) {
    takes_part[i] = i == 0 || (window.sequence_ids[i] == kContext && window.attention_mask[i] == 1);
  }
  const auto start_probability = probabilities(start, takes_part);
  const auto end_probability = probabilities(end, takes_part);
  WindowAnswer answer;
  answer.no_answer = start_probability[0] * end_probability[0];
  for (std::size_t first = 1; first < tokens; ++first) {
    if (!takes_part[first]) continue;
    const std::size_t limit = std::min(tokens, first + max_answer_len);
    for (std::size_t last = first; last < limit; ++last) {
      const double score = start_probability[first] * end_probability[last];
      if (takes_part[last] && (!answer.best || score > answer.best->score)) {
        answer.best = AnswerSpan{first, last, score};
      }
    }
  }
  return answer;
}

std::pair<std::size_t, std::size_t> answer_bytes(const AnswerSpan& span,
                                                 const preprocess::Encoding& window) {
  const auto same_word = [&](std::size_t a, std::size_t b) {
    return window.sequence_ids[a] == window.sequence_ids[b] &&
           window.word_ids[a] == window.word_ids[b];
  };
  std::size_t first = span.first;
  while (first > 0 && same_word(first - 1, span.first)) --first;
  std::size_t last = span.last;
  while (last + 1 < window.input_ids.size() && same_word(last + 1, span.last)) ++last;
  return {window.offsets[first].first, window.offsets[last].second};
}

}  // namespace quantbench::task
