#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "quantbench/metric/registry.h"

namespace quantbench::metric {

/// An answer in the normal form of the official SQuAD scripts (evaluate-v1.1.py, evaluate-v2.0.py):
/// lower case, no ASCII punctuation, no articles (a, an, the), one space between words.
std::string normalize_answer(std::string_view text);

/// 1 if both are equal after normalization, else 0.
double exact_match(std::string_view prediction, std::string_view answer);

/// F1 over the words of two normalized answers, with repeated words counted. 0 if they share no
/// word. The v2 script's rule for answers without words (both empty: 1) is `NoAnswer::kCounts`.
enum class NoAnswer { kIsNoMatch, kCounts };
double word_f1(std::string_view prediction, std::string_view answer, NoAnswer no_answer);

/// One sample of a SQuAD metric.
struct SquadSample {
  std::string prediction;
  std::vector<std::string> answers;
};

/// Reads a metric's input: predictions {"id", "prediction_text"}, references {"id", "answers":
/// {"text": [...]}}. Throws Error if predictions and references do not match.
std::vector<SquadSample> squad_samples(const Input& input);

}  // namespace quantbench::metric
