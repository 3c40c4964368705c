#include "quantbench/analysis/outside.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "quantbench/analysis/answer.h"
#include "quantbench/analysis/comparison.h"
#include "quantbench/analysis/figures.h"
#include "quantbench/analysis/row_name.h"

namespace quantbench::analysis {

namespace {

using store::Row;
using store::RunResult;
using store::Tuning;

/// A row within the answer's loss that was quantized with this preset.
bool preset_stays_inside(const RunResult& result, const Answer& answer, const std::string& preset) {
  return std::ranges::any_of(result.rows, [&](const Row& row) {
    if (row.status != Row::Status::kOk || !row.quantization) return false;
    const Json& made = row.quantization->preset;
    if (!made.is_object() || made.value("name", Json()) != preset) return false;
    const auto change = change_of(result, row, answer.figure);
    const auto meaning = meaning_of(result, answer.figure);
    return change && meaning &&
           loss(*meaning, change->before, change->after) <= answer.accepted_loss;
  });
}

/// A warning's first clause: the rest says what to type.
std::string first_clause(const std::string& warning) {
  return warning.substr(0, std::min(warning.find("; "), warning.find('\n')));
}

/// The noisiest output when the model was tried after quantization, in dB; nullopt: not known.
std::optional<double> output_sqnr(const quantize::Report& report) {
  if (!report.verification.is_object()) return std::nullopt;
  std::optional<double> least;
  for (const Json& decibels : report.verification.value("output_sqnr_db", Json::object())) {
    if (!decibels.is_number()) continue;
    least = std::min(least.value_or(decibels.get<double>()), decibels.get<double>());
  }
  return least;
}

/// What is known of why a row loses.
std::string why(const RunResult& result, const Answer* answer, const Row& row) {
  // Below it the noise is a third of the signal and more.
  constexpr double kLoudNoise = 10;
  if (row.quantization && !row.quantization->advice.empty()) {
    const quantize::PresetAdvice& advice = row.quantization->advice.front();
    const bool helps = answer != nullptr && preset_stays_inside(result, *answer, advice.preset);
    return fmt::format("preset {} leaves {} of its {} quantized activations in float{}",
                       advice.preset, advice.in_float, advice.activations,
                       helps ? " and stays within the loss" : "");
  }
  if (row.quantization) {
    const auto decibels = output_sqnr(*row.quantization);
    if (decibels && *decibels < kLoudNoise)
      return fmt::format("its output has a signal to noise of {:.1f} dB", *decibels);
  }
  return row.warnings.empty() ? std::string() : first_clause(row.warnings.front());
}

/// The row that a step is about: of the same name, or skipped with the step's words.
const Row* row_about(const RunResult& result, const std::vector<std::string>& names,
                     const Tuning::Step& step) {
  const Row* found = nullptr;
  for (std::size_t i = 0; i < result.rows.size(); ++i) {
    const Row& row = result.rows[i];
    if (names[i] == step.candidate) return &row;
    if (row.status == Row::Status::kSkipped && row.message == step.reason) {
      // Two rows with the same words: it is not known which.
      if (found != nullptr) return nullptr;
      found = &row;
    }
  }
  return found;
}

/// Whether a stopped candidate lost too much: for sure, or on all samples of the search.
bool lost_too_much(const Tuning& tuning, const Tuning::Step& step) {
  if (!step.loss) return false;
  const bool is_whole = step.samples >= tuning.search_samples;
  return (is_whole ? *step.loss : step.loss_low.value_or(*step.loss)) > tuning.budget;
}

bool is_same_model(const Tuning::Step& step) {
  return step.verdict == Tuning::Step::kStopped &&
         step.reason.starts_with(Tuning::Step::kSameModel);
}

std::vector<Outside> of_search(const RunResult& result, const Answer* answer) {
  const std::vector<std::string> names = row_names(result);
  std::vector<Outside> out;
  std::set<std::string> seen;
  const auto& steps = result.tuning->steps;
  for (auto last = steps.rbegin(); last != steps.rend(); ++last) {
    if (!seen.insert(last->candidate).second) continue;
    if (last->verdict != Tuning::Step::kStopped && last->verdict != Tuning::Step::kRefused)
      continue;
    if (is_same_model(*last)) continue;
    if (answer != nullptr && names[answer->choice.row] == last->candidate) continue;
    Outside one{.name = last->candidate,
                .loss = last->loss,
                .speedup = last->speedup,
                .is_too_slow = last->verdict == Tuning::Step::kStopped && last->speedup &&
                               !lost_too_much(*result.tuning, *last),
                .is_partial = last->verdict == Tuning::Step::kStopped,
                .reason = {}};
    // What an earlier step found.
    for (auto step = last; step != steps.rend(); ++step) {
      if (step->candidate != last->candidate) continue;
      if (!one.loss) one.loss = step->loss;
      if (!one.speedup) one.speedup = step->speedup;
    }
    if (const Row* row = row_about(result, names, *last); row != nullptr && !one.is_too_slow)
      one.reason = why(result, answer, *row);
    if (one.reason.empty()) one.reason = last->reason;
    out.push_back(std::move(one));
  }
  // Found from the last to the first.
  std::reverse(out.begin(), out.end());
  return out;
}

std::vector<Outside> of_rows(const RunResult& result, const Answer& answer) {
  std::vector<Outside> out;
  const auto meaning = answer.figure.empty() ? std::nullopt : meaning_of(result, answer.figure);
  if (!meaning) return out;
  const std::vector<std::string> names = row_names(result);
  const std::vector<Comparison> comparisons = compare_with_originals(result);
  for (std::size_t i = 0; i < result.rows.size(); ++i) {
    const Row& row = result.rows[i];
    if (i == answer.choice.row || row.status != Row::Status::kOk ||
        kind_of(row) != Kind::kQuantized)
      continue;
    const auto change = change_of(result, row, answer.figure);
    if (!change) continue;
    const double lost = loss(*meaning, change->before, change->after);
    // Losses that differ in the last bit only are equal.
    if (lost <= answer.accepted_loss + 1e-12) continue;
    const auto timing = compared_timing(row, comparisons[i], answer.shape);
    out.push_back({.name = names[i],
                   .loss = lost,
                   .speedup = timing && timing->speedup ? std::optional(timing->speedup->value)
                                                        : std::nullopt,
                   .is_too_slow = false,
                   .is_partial = false,
                   .reason = why(result, &answer, row)});
  }
  return out;
}

}  // namespace

std::vector<Outside> outside(const RunResult& result) {
  const auto found = answer(result);
  std::vector<Outside> out;
  if (result.tuning) {
    out = of_search(result, found ? &*found : nullptr);
  } else if (found) {
    out = of_rows(result, *found);
  }
  std::stable_sort(out.begin(), out.end(), [](const Outside& a, const Outside& b) {
    if (a.is_too_slow != b.is_too_slow) return b.is_too_slow;
    const double most = std::numeric_limits<double>::infinity();
    return a.loss.value_or(most) < b.loss.value_or(most);
  });
  return out;
}

CandidateCount count_candidates(const Tuning& tuning) {
  std::set<std::string> names;
  std::set<std::string> identical;
  for (const Tuning::Step& step : tuning.steps) {
    names.insert(step.candidate);
    if (is_same_model(step)) identical.insert(step.candidate);
  }
  return {names.size(), identical.size()};
}

}  // namespace quantbench::analysis
