#include "quantbench/report/decision_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

#include "quantbench/analysis/decision.h"
#include "quantbench/analysis/figures.h"
#include "quantbench/analysis/outside.h"
#include "quantbench/analysis/row_name.h"
#include "quantbench/base/text.h"

namespace quantbench::report {

namespace {

using store::Tuning;

std::string without_zeros(std::string text) {
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string samples_words(std::int64_t samples) {
  return with_commas(samples) + (samples == 1 ? " sample" : " samples");
}

/// The figure of a search may be one that no metric declares (a stranger's file): it is then an
/// amount without points.
metric::Figure meaning_or_plain(const store::RunResult& result) {
  const auto meaning = analysis::meaning_of(result, result.tuning->figure);
  if (meaning) return *meaning;
  metric::Figure plain;
  plain.name = result.tuning->figure;
  plain.point = 0;
  return plain;
}

std::string name_of_row(const store::RunResult& result) {
  return analysis::row_names(result)[static_cast<std::size_t>(result.tuning->row)];
}

/// "is the fastest model found"
std::string distinction(const Tuning& tuning) {
  const std::string found = tuning.finished ? " found" : " found so far";
  if (tuning.objective == Tuning::kThroughput)
    return "has the highest throughput of the models" + found;
  if (tuning.objective == Tuning::kSize) return "is the smallest model" + found;
  if (tuning.objective == Tuning::kMemory) return "needs the least memory of the models" + found;
  return "is the fastest model" + found;
}

/// "is faster than the original"
std::string_view advantage(const Tuning& tuning) {
  if (tuning.objective == Tuning::kThroughput) return "has a higher throughput than the original";
  if (tuning.objective == Tuning::kSize) return "is smaller than the original";
  if (tuning.objective == Tuning::kMemory) return "needs less memory than the original";
  return "is faster than the original";
}

/// What the search decided, as analysis::decide gave it.
analysis::Decision decision_of(const Tuning& tuning, const metric::Figure& meaning) {
  analysis::Decision out;
  out.outcome = tuning.outcome == Tuning::kShown      ? analysis::Outcome::kShown
                : tuning.outcome == Tuning::kNotShown ? analysis::Outcome::kNotShown
                                                      : analysis::Outcome::kOutside;
  out.budget = tuning.budget;
  out.samples_needed = tuning.samples_needed;
  if (!tuning.refused.empty()) out.refused_before = split(tuning.refused, ';').size();
  if (!tuning.loss || !tuning.bound) return out;
  analysis::Bound bound;
  bound.loss = *tuning.loss;
  bound.upper = *tuning.bound;
  bound.confidence = tuning.confidence;
  bound.samples = static_cast<std::size_t>(std::max<std::int64_t>(0, tuning.confirmation_samples));
  bound.unit = analysis::whole_of(meaning);
  out.bound = bound;
  // This outcome says nothing of the loss.
  if (tuning.outcome == Tuning::kNotBetter)
    return analysis::decide(bound, tuning.budget, out.refused_before);
  return out;
}

/// "The nearest is X: ", where the verdict does not name the row.
std::string naming_of_row(const store::RunResult& result) {
  const std::string& outcome = result.tuning->outcome;
  if (outcome == Tuning::kOutside) return "The nearest is " + name_of_row(result) + ": ";
  if (outcome == Tuning::kNotBetter) return "The best of them is " + name_of_row(result) + ": ";
  return {};
}

/// "436 samples cannot ...": it has a subject of its own.
bool is_about_samples(const std::string& text) {
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) != 0;
}

/// The first row that says why it has no figures.
std::string first_fault(const store::RunResult& result) {
  for (const store::Row& row : result.rows) {
    if (row.quantized && row.status != store::Row::Status::kOk && !row.message.empty())
      return row.message;
  }
  return {};
}

}  // namespace

std::string amount(const metric::Figure& meaning, double value) {
  std::string text = without_zeros(fmt::format("{:.{}f}", value, analysis::decimals_of(meaning)));
  return text == "0" && value != 0 ? fmt::format("{:.1g}", value) : text;
}

std::string budget_words(const store::RunResult& result) {
  const Tuning& tuning = *result.tuning;
  std::string out = amount(meaning_or_plain(result), tuning.budget) + " of " + tuning.figure;
  if (tuning.max_drop_is_relative)
    out += fmt::format(" ({:g} % of the original's)", 100 * tuning.max_drop);
  return out;
}

std::string loss_words(const metric::Figure& meaning, double loss) {
  // What the last bit adds is not a loss.
  constexpr double kNothingLost = 1e-9;
  if (std::abs(loss) < kNothingLost) return "loses nothing";
  const std::string text = amount(meaning, std::abs(loss));
  return (loss > 0 ? "loses " : "gains ") + text;
}

std::string certainty_words(const store::RunResult& result) {
  const Tuning& tuning = *result.tuning;
  if (tuning.row < 0 || tuning.outcome == Tuning::kNothing) return {};
  const metric::Figure meaning = meaning_or_plain(result);
  const analysis::Decision decision = decision_of(tuning, meaning);
  if (!decision.bound) return "was not judged on samples that had no part in its choice";
  const std::string text = analysis::sentence(decision);
  // What the samples cannot show does not say what they do.
  if (!tuning.samples_needed || !is_about_samples(text)) return text;
  return loss_words(meaning, *tuning.loss) + ", but " + text;
}

std::string verdict_of_search(const store::RunResult& result) {
  const Tuning& tuning = *result.tuning;
  if (tuning.outcome == Tuning::kNothing) {
    if (!tuning.finished) {
      return "No candidate is known so far to stay within a loss of " + budget_words(result) +
             ", so the original stays.";
    }
    const std::string fault = first_fault(result);
    return "No candidate ran" + (fault.empty() ? "" : " (" + fault + ")") +
           ", so the original stays.";
  }
  if (tuning.outcome == Tuning::kOutside) {
    return std::string("No candidate") + (tuning.finished ? "" : " so far") +
           " stays within a loss of " + budget_words(result) + ", so the original stays.";
  }
  if (tuning.outcome == Tuning::kNotBetter) {
    return fmt::format("No candidate that stays within a loss of {} {}, so the original stays.",
                       budget_words(result), advantage(tuning));
  }
  return name_of_row(result) + " " + distinction(tuning) + " that stays within a loss of " +
         budget_words(result) +
         (tuning.outcome == Tuning::kNotShown ? ", but the samples do not show it." : ".");
}

std::string unfinished_words(const Tuning& tuning) {
  if (tuning.finished) return {};
  constexpr std::string_view kGoesOn = "the same command goes on";
  const std::string& reason = tuning.unfinished_reason;
  std::string out = "the search is not finished" + (reason.empty() ? "" : ": " + reason);
  // The reason may say it itself.
  return reason.ends_with(kGoesOn) ? out : out + "; " + std::string(kGoesOn);
}

std::vector<std::string> decision_sentences(const store::RunResult& result) {
  const Tuning& tuning = *result.tuning;
  std::vector<std::string> out = {verdict_of_search(result)};
  const std::string certainty = certainty_words(result);
  if (!certainty.empty()) {
    const std::string named = naming_of_row(result);
    const char* subject = is_about_samples(certainty) ? "" : named.empty() ? "It " : "it ";
    out.push_back(named + subject + certainty + ".");
  }
  if (std::string open = unfinished_words(tuning); !open.empty()) {
    open.front() = 'T';
    out.push_back(open + ".");
  }
  return out;
}

std::int64_t operators_in_float(const Tuning& tuning) {
  const auto chosen =
      std::find_if(tuning.steps.rbegin(), tuning.steps.rend(),
                   [](const Tuning::Step& step) { return step.verdict == Tuning::Step::kChosen; });
  return chosen == tuning.steps.rend() ? 0 : chosen->operators_in_float;
}

std::vector<std::string> search_sentences(const store::RunResult& result) {
  const Tuning& tuning = *result.tuning;
  std::vector<std::string> out;
  if (const std::int64_t left = operators_in_float(tuning); left > 0) {
    out.push_back(
        fmt::format("Mixed precision leaves {} operator{} in float.", left, left == 1 ? "" : "s"));
  }
  if (!tuning.refused.empty())
    out.push_back("Faster, but refused by the confirmation samples: " + tuning.refused + ".");
  if (!tuning.steps.empty()) {
    const std::size_t candidates = analysis::count_candidates(tuning).all;
    std::string text = fmt::format("The search looked at {} candidate{} in {:.0f} s.", candidates,
                                   candidates == 1 ? "" : "s", tuning.steps.back().seconds);
    if (tuning.search_samples > 0 && tuning.confirmation_samples > 0) {
      text += " It chose on " + samples_words(tuning.search_samples) + " and proved on " +
              with_commas(tuning.confirmation_samples) + " others.";
    }
    out.push_back(std::move(text));
  }
  return out;
}

}  // namespace quantbench::report
