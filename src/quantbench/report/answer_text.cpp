#include "quantbench/report/answer_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "quantbench/analysis/cost.h"
#include "quantbench/analysis/figures.h"
#include "quantbench/analysis/row_name.h"
#include "quantbench/analysis/trust.h"
#include "quantbench/base/text.h"
#include "quantbench/report/decision_text.h"
#include "quantbench/report/labels.h"
#include "quantbench/report/run_comparison_text.h"

namespace quantbench::report {

namespace {

using analysis::Answer;
using analysis::Speed;

constexpr const char* kNoAnswer =
    "No quantized row was timed beside an original, so there is no answer.";

/// Names that fit into a sentence; of many only their number.
constexpr std::size_t kMostNames = 5;

std::string list_of(const std::vector<std::size_t>& rows, const std::vector<std::string>& names) {
  if (rows.size() > kMostNames) return std::to_string(rows.size()) + " other rows";
  std::vector<std::string> parts;
  for (const std::size_t row : rows) parts.push_back(names[row]);
  return join(parts, "; ");
}

/// "that loses at most 1 point of accuracy"
std::string condition(const Answer& answer, const metric::Figure& meaning) {
  if (meaning.point <= 0) return "that does not make " + answer.figure + " worse";
  const double points = answer.accepted_loss / meaning.point;
  return fmt::format("that loses at most {:g} point{} of {}", points, points == 1 ? "" : "s",
                     answer.figure);
}

std::string verdict(const Answer& answer, const std::string& which, const std::string& name) {
  const std::string row = which.empty() ? "quantized row" : "quantized row " + which;
  if (!answer.within) return "There is no " + row + ". " + name + " loses least.";
  switch (answer.speed) {
    case Speed::kSlower:
      return "No " + row + " is faster than the original. The fastest is " + name + ".";
    case Speed::kNotToldApart:
      return name + " is the fastest " + row +
             ", but the noise does not show that it is faster than the original.";
    case Speed::kFaster:
      break;
  }
  return name + " is the fastest " + row + ".";
}

std::string speed_sentence(const store::RunResult& result, const Answer& answer) {
  const auto& interval = answer.speedup.interval;
  const std::string noise =
      interval ? fmt::format("95 % interval {:.2f} to {:.2f}", interval->low, interval->high)
               : std::string("noise not known");
  const bool medians = !std::isnan(answer.median_ms) && !std::isnan(answer.original_median_ms);
  return fmt::format(
      "It is {:.2f} times as fast as the original ({}): {} ms instead of {} ms at {}{}.",
      answer.speedup.value, noise, milliseconds(answer.latency_ms),
      milliseconds(answer.original_latency_ms), shape_words(result, answer.shape),
      medians ? fmt::format(" (medians {} and {} ms)", milliseconds(answer.median_ms),
                            milliseconds(answer.original_median_ms))
              : std::string());
}

std::string change_sentence(const store::RunResult& result, const Answer& answer,
                            const metric::Figure& meaning) {
  const analysis::Change& change = *answer.change;
  const int digits = analysis::decimals_of(meaning);
  std::string noise = "noise not known";
  if (change.interval) {
    noise = "95 % interval " + change_number(meaning, change.interval->low) + " to " +
            change_number(meaning, change.interval->high) +
            (change.paired ? fmt::format(", both on the same {} samples", result.evaluation_samples)
                           : std::string(", roughly: computed as if both saw different samples"));
  }
  std::string out =
      fmt::format("Its {} is {:.{}f} instead of {:.{}f}: {} ({}).", answer.figure, change.after,
                  digits, change.before, digits, change_text(meaning, change.value()), noise);
  // A search has said by other samples how sure the loss is.
  if (answer.within && !answer.decided && change.interval && meaning.point > 0) {
    const double worst =
        meaning.better == metric::Better::kHigher ? -change.interval->low : change.interval->high;
    if (worst > answer.accepted_loss) out += " The true loss may be larger than accepted.";
  }
  return out;
}

std::string in_words(const analysis::Cost& cost) {
  return money(cost.per_million) +
         (cost.streams == 0 ? std::string() : " with " + stream_label(cost.streams));
}

/// Nothing where no price is given.
std::string cost_sentence(const std::optional<analysis::AnswerCost>& cost) {
  if (!cost) return {};
  return fmt::format("At {} an hour, a million inferences cost {} instead of {}.",
                     money(cost->price_per_hour), in_words(cost->row), in_words(cost->original));
}

/// Nothing where the timings were not judged.
std::vector<std::string> trust_sentences(const store::RunResult& result) {
  const analysis::RunTrust trust = analysis::trust_of(result);
  if (trust.worst == measure::Trust::kUnknown) return {};
  if (trust.worst == measure::Trust::kTrusted) return {"The timings can be trusted."};
  const std::size_t doubtful = trust.with_care + trust.not_trusted;
  std::string out = doubtful == trust.timings ? std::string("Take the timings with care")
                                              : fmt::format("Take {} of the {} timings with care",
                                                            doubtful, trust.timings);
  if (trust.not_trusted > 0) {
    out = fmt::format("{} of the {} timings {} not to be trusted", trust.not_trusted, trust.timings,
                      trust.not_trusted == 1 ? "is" : "are");
  }
  return {out + (trust.reasons.empty() ? "" : ": " + trust.reasons.front()) + "."};
}

Json interval_of(const std::optional<measure::Ratio::Interval>& interval) {
  if (!interval) return {};
  return {finite_or_null(interval->low), finite_or_null(interval->high)};
}

std::optional<metric::Figure> meaning_of_answer(const store::RunResult& result,
                                                const Answer& answer) {
  return answer.figure.empty() ? std::nullopt : analysis::meaning_of(result, answer.figure);
}

/// The row and its speed.
std::vector<std::string> first_sentences(const store::RunResult& result, const Answer& answer,
                                         const std::vector<std::string>& names) {
  const auto meaning = meaning_of_answer(result, answer);
  std::vector<std::string> out;
  if (answer.decided) {
    out = decision_sentences(result);
  } else {
    out.push_back(
        verdict(answer, meaning ? condition(answer, *meaning) : "", names[answer.choice.row]));
  }
  if (std::isfinite(answer.speedup.value)) out.push_back(speed_sentence(result, answer));
  return out;
}

std::vector<std::string> sentences(const store::RunResult& result, const Answer& answer,
                                   const std::vector<std::string>& names) {
  const auto meaning = meaning_of_answer(result, answer);
  std::vector<std::string> out = first_sentences(result, answer, names);
  if (meaning && answer.change) out.push_back(change_sentence(result, answer, *meaning));
  if (std::string cost = cost_sentence(analysis::cost_of(result, answer)); !cost.empty()) {
    out.push_back(std::move(cost));
  }
  if (!answer.choice.as_fast.empty()) {
    out.push_back("As fast, as far as the noise shows: " + list_of(answer.choice.as_fast, names) +
                  ".");
  }
  if (!answer.choice.same_model.empty())
    out.push_back("The same model file: " + list_of(answer.choice.same_model, names) + ".");
  if (answer.decided) {
    for (std::string& sentence : search_sentences(result)) out.push_back(std::move(sentence));
  }
  for (std::string& sentence : trust_sentences(result)) out.push_back(std::move(sentence));
  return out;
}

/// Of a search that names no row.
std::vector<std::string> without_row(const store::RunResult& result) {
  std::vector<std::string> out = decision_sentences(result);
  for (std::string& sentence : search_sentences(result)) out.push_back(std::move(sentence));
  return out;
}

/// What a search knows beside the row and its figures.
void add_decision(Json& out, const store::Tuning& tuning) {
  const auto number = [](const std::optional<double>& value) {
    return value ? finite_or_null(*value) : Json();
  };
  out["outcome"] = tuning.outcome;
  out["finished"] = tuning.finished;
  out["loss"] = number(tuning.loss);
  out["bound"] = number(tuning.bound);
  out["confidence"] = tuning.confidence;
  out["samples"] = tuning.confirmation_samples;
  out["samples_needed"] = tuning.samples_needed ? Json(*tuning.samples_needed) : Json();
  out["tied"] = tuning.tied;
}

}  // namespace

std::string speed_name(Speed speed) {
  switch (speed) {
    case Speed::kFaster:
      return "faster";
    case Speed::kSlower:
      return "slower";
    case Speed::kNotToldApart:
      break;
  }
  return "not told apart";
}

std::vector<std::string> answer_sentences(const store::RunResult& result) {
  const auto found = analysis::answer(result);
  if (!found && result.tuning) return without_row(result);
  if (!found) return {kNoAnswer};
  return sentences(result, *found, analysis::row_names(result));
}

std::string short_answer(const store::RunResult& result) {
  const auto found = analysis::answer(result);
  if (!found) return join(answer_sentences(result), " ");
  std::vector<std::string> out = first_sentences(result, *found, analysis::row_names(result));
  const std::string cost = cost_sentence(analysis::cost_of(result, *found));
  if (!cost.empty()) out.push_back(cost);
  return join(out, " ");
}

Json answer_json(const store::RunResult& result) {
  const auto found = analysis::answer(result);
  if (!found && result.tuning) {
    Json out = {{"row", nullptr}, {"within", false}};
    add_decision(out, *result.tuning);
    out["text"] = without_row(result);
    return out;
  }
  if (!found) return {};
  const Answer& answer = *found;
  const std::vector<std::string> names = analysis::row_names(result);
  Json change;
  if (answer.change) {
    change = {{"before", answer.change->before},
              {"after", answer.change->after},
              {"interval_95", interval_of(answer.change->interval)},
              {"paired", answer.change->paired}};
  }
  Json out = {{"figure", answer.figure.empty() ? Json() : Json(answer.figure)},
              {"accepted_loss", answer.accepted_loss},
              {"within", answer.within},
              {"row", answer.choice.row},
              {"name", names[answer.choice.row]},
              {"batch_size", answer.shape.batch_size},
              {"input_length", answer.shape.input_length},
              {"latency_ms", finite_or_null(answer.latency_ms)},
              {"original_latency_ms", finite_or_null(answer.original_latency_ms)},
              {"median_ms", finite_or_null(answer.median_ms)},
              {"original_median_ms", finite_or_null(answer.original_median_ms)},
              {"speedup", finite_or_null(answer.speedup.value)},
              {"interval_95", interval_json(answer.speedup)},
              {"speed", speed_name(answer.speed)},
              {"change", change},
              {"as_fast", answer.choice.as_fast},
              {"same_model", answer.choice.same_model},
              {"text", sentences(result, answer, names)}};
  if (result.tuning) add_decision(out, *result.tuning);
  if (const auto cost = analysis::cost_of(result, answer)) {
    out["cost"] = {{"price_per_hour", cost->price_per_hour},
                   {"per_million", cost->row.per_million},
                   {"streams", cost->row.streams},
                   {"original_per_million", cost->original.per_million},
                   {"original_streams", cost->original.streams}};
  }
  return out;
}

}  // namespace quantbench::report
