#include "quantbench/report/answer_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "quantbench/analysis/answer.h"
#include "quantbench/analysis/comparison.h"
#include "quantbench/analysis/cost.h"
#include "quantbench/analysis/figures.h"
#include "quantbench/analysis/outside.h"
#include "quantbench/analysis/row_name.h"
#include "quantbench/analysis/streams.h"
#include "quantbench/analysis/trust.h"
#include "quantbench/base/text.h"
#include "quantbench/report/decision_text.h"
#include "quantbench/report/labels.h"

namespace quantbench::report {

namespace {

using analysis::Answer;
using store::Row;
using store::RunResult;
using store::Tuning;

/// Of more, only their number.
constexpr std::size_t kMostTied = 4;
constexpr std::size_t kMostOutside = 4;

/// What the lines are made from.
struct Facts {
  const RunResult& result;
  const Answer& answer;
  const Row& row;
  const Row* original;  ///< nullptr: an imported card has its figures only
  std::vector<std::string> names;
  std::optional<metric::Figure> meaning;
};

std::string megabytes_of(std::int64_t bytes) {
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

/// "23.0 MB instead of 90.9"
std::string instead_of(std::int64_t bytes, std::int64_t before) {
  if (bytes <= 0) return {};
  if (before <= 0) return megabytes_of(bytes);
  return megabytes_of(bytes) + fmt::format(" instead of {:.1f}", static_cast<double>(before) / 1e6);
}

/// The framework, where the row's name does not say it, and the shape that was timed.
std::string circumstances_of(const Facts& facts) {
  std::vector<std::string> parts;
  for (const Json* from : {&facts.row.parameters, &facts.result.fixed}) {
    const Json framework = from->value("framework", Json());
    if (!framework.is_string()) continue;
    const std::string name = framework.get<std::string>();
    if (facts.names[facts.answer.choice.row].find(name) == std::string::npos) parts.push_back(name);
    break;
  }
  if (facts.answer.shape.batch_size > 0)
    parts.push_back(shape_label(facts.result, facts.answer.shape));
  return join(parts, ", ");
}

/// "2.77 x faster (2.71 to 2.83)"
std::string speed_words(const measure::Ratio& speedup) {
  const bool slower = speedup.value < 1;
  const double times = slower ? 1 / speedup.value : speedup.value;
  std::string out = fmt::format("{:.2f} x {}", times, slower ? "slower" : "faster");
  if (!speedup.interval) return out;
  const auto& [low, high] = *speedup.interval;
  out += fmt::format(" ({:.2f} to {:.2f})", slower ? 1 / high : low, slower ? 1 / low : high);
  if (analysis::speed_of(speedup) == analysis::Speed::kNotToldApart) out += ", within the noise";
  return out;
}

std::optional<std::string> latency_line(const Facts& facts) {
  const Answer& answer = facts.answer;
  if (!std::isfinite(answer.latency_ms) || !std::isfinite(answer.speedup.value))
    return std::nullopt;
  return milliseconds(answer.latency_ms) + " ms instead of " +
         milliseconds(answer.original_latency_ms) + ": " + speed_words(answer.speedup);
}

/// What the search looked for, where that is neither latency nor size.
std::optional<std::string> objective_line(const Facts& facts) {
  if (!facts.result.tuning || facts.original == nullptr) return std::nullopt;
  const std::string& objective = facts.result.tuning->objective;
  if (objective == Tuning::kMemory) {
    const std::string text =
        instead_of(facts.row.peak_memory_bytes, facts.original->peak_memory_bytes);
    if (!text.empty()) return "memory " + text;
  }
  if (objective != Tuning::kThroughput || facts.row.streams.empty()) return std::nullopt;
  const measure::StreamFigures& figures = facts.row.streams.back();
  const auto* before = analysis::figures_under(*facts.original, analysis::load_of(figures));
  if (before == nullptr) return std::nullopt;
  return fmt::format("{} samples a second instead of {}, {}",
                     per_second(figures.samples_per_second), per_second(before->samples_per_second),
                     stream_label(figures.streams));
}

/// "loses 0.0046 (95 %: -0.0038 to 0.013, 872 samples)": of a row that no search chose.
std::string measured_loss(const Facts& facts) {
  const analysis::Change& change = *facts.answer.change;
  const metric::Figure& meaning = *facts.meaning;
  std::string out = loss_words(meaning, analysis::loss(meaning, change.before, change.after));
  if (!change.interval) return out;
  const bool up = meaning.better == metric::Better::kHigher;
  const double low = up ? -change.interval->high : change.interval->low;
  const double high = up ? -change.interval->low : change.interval->high;
  out += " (95 %" + std::string(change.paired ? "" : ", roughly") + ": " + amount(meaning, low) +
         " to " + amount(meaning, high) +
         fmt::format(", {} samples)", facts.result.evaluation_samples);
  if (facts.answer.within && meaning.point > 0 && high > facts.answer.accepted_loss)
    out += ", perhaps more than the accepted " + amount(meaning, facts.answer.accepted_loss);
  return out;
}

std::optional<std::string> figure_line(const Facts& facts) {
  const auto& change = facts.answer.change;
  std::string sure;
  if (facts.answer.decided) {
    sure = certainty_words(facts.result);
  } else if (change && facts.meaning) {
    sure = measured_loss(facts);
  }
  if (!change) {
    return sure.empty() ? std::nullopt : std::optional(facts.answer.figure + ": " + sure);
  }
  const int digits = facts.meaning ? analysis::decimals_of(*facts.meaning) : 4;
  return fmt::format("{} {:.{}f} instead of {:.{}f}{}", facts.answer.figure, change->after, digits,
                     change->before, digits, sure.empty() ? "" : ": " + sure);
}

std::optional<std::string> cost_line(const Facts& facts) {
  const auto cost = analysis::cost_of(facts.result, facts.answer);
  if (!cost) return std::nullopt;
  return fmt::format("{} for a million inferences instead of {}, at {} an hour",
                     money(cost->row.per_million), money(cost->original.per_million),
                     money(cost->price_per_hour));
}

void add_row(std::vector<AnswerLine>& out, const char* label, const Facts& facts) {
  out.push_back({label, facts.names[facts.answer.choice.row], circumstances_of(facts)});
  const std::string size = instead_of(facts.row.model_bytes,
                                      facts.original != nullptr ? facts.original->model_bytes : 0);
  if (const auto line = latency_line(facts)) {
    out.push_back({"", *line, size});
  } else if (!size.empty()) {
    out.push_back({"", size});
  }
  if (const auto line = objective_line(facts)) out.push_back({"", *line});
  if (const auto line = figure_line(facts)) out.push_back({"", *line});
  if (const auto line = cost_line(facts)) out.push_back({"", *line});
}

std::string none_within(const Facts& facts) {
  if (facts.result.tuning) return verdict_of_search(facts.result);
  if (!facts.meaning || facts.meaning->point <= 0)
    return "no quantized row keeps the original's " + facts.answer.figure;
  return "no quantized row loses at most " + amount(*facts.meaning, facts.answer.accepted_loss) +
         " of " + facts.answer.figure;
}

/// "name (1.19 ms, 58.7 MB)"
std::string with_figures(const Facts& facts, std::size_t index) {
  const Row& row = facts.result.rows[index];
  std::vector<std::string> parts;
  const auto* timing = analysis::timing_at(row.timings, facts.answer.shape);
  if (timing != nullptr) parts.push_back(milliseconds(timing->latency_mean) + " ms");
  if (row.model_bytes > 0) parts.push_back(megabytes_of(row.model_bytes));
  return facts.names[index] + (parts.empty() ? "" : " (" + join(parts, ", ") + ")");
}

void add_equals(std::vector<AnswerLine>& out, const char* label, const Facts& facts,
                const std::vector<std::size_t>& rows) {
  for (std::size_t i = 0; i < std::min(rows.size(), kMostTied); ++i)
    out.push_back({i == 0 ? label : "", with_figures(facts, rows[i])});
  if (rows.size() > kMostTied)
    out.push_back({"", fmt::format("and {} more", rows.size() - kMostTied)});
}

void add_outside(std::vector<AnswerLine>& out, const RunResult& result,
                 const std::optional<metric::Figure>& meaning) {
  const std::vector<analysis::Outside> all = analysis::outside(result);
  std::size_t shown = 0;
  std::size_t slow = 0;
  for (const analysis::Outside& one : all) {
    slow += one.is_too_slow ? 1 : 0;
    if (one.is_too_slow || shown == kMostOutside) continue;
    std::string text = one.name;
    if (one.loss && meaning) {
      // A loss is shown as what it does to the figure.
      const double change = meaning->better == metric::Better::kHigher ? -*one.loss : *one.loss;
      text += ": " + std::string(change > 0 ? "+" : "") + amount(*meaning, change);
      if (!one.reason.empty()) text += " (" + one.reason + ")";
    } else if (!one.reason.empty()) {
      text += ": " + one.reason;
    }
    out.push_back({shown == 0 ? "out" : "", text});
    ++shown;
  }
  std::vector<std::string> rest;
  if (all.size() - slow > shown)
    rest.push_back(fmt::format("{} more that lose too much", all.size() - slow - shown));
  if (slow > 0) rest.push_back(fmt::format("{} that others outrun", slow));
  if (rest.empty()) return;
  const std::string text = join(rest, ", ");
  out.push_back(shown == 0 ? AnswerLine{"out", text} : AnswerLine{"", "and " + text});
}

std::string trust_word(const analysis::RunTrust& trust) {
  const auto some = [&](std::size_t count) {
    return count == trust.timings ? std::string("the timings")
                                  : fmt::format("{} of the {} timings", count, trust.timings);
  };
  if (trust.not_trusted > 0) return "not good: do not trust " + some(trust.not_trusted);
  if (trust.with_care > 0) return "take " + some(trust.with_care) + " with care";
  return "good";
}

/// "good: 12 models, 6 identical ones skipped, noise 0.8 %"
void add_trust(std::vector<AnswerLine>& out, const RunResult& result, const Answer* answer) {
  const analysis::RunTrust trust = analysis::trust_of(result);
  if (trust.worst == measure::Trust::kUnknown) return;
  std::vector<std::string> parts;
  if (result.tuning && !result.tuning->steps.empty()) {
    const auto [all, identical] = analysis::count_candidates(*result.tuning);
    parts.push_back(fmt::format("{} model{} in {:.0f} s", all - identical,
                                all - identical == 1 ? "" : "s",
                                result.tuning->steps.back().seconds));
    if (identical > 0) parts.push_back(fmt::format("{} identical skipped", identical));
  } else {
    std::set<std::string> hashes;
    std::size_t rows = 0;
    std::size_t models = 0;
    for (const Row& row : result.rows) {
      if (row.status != Row::Status::kOk) continue;
      ++rows;
      if (row.model_hash.empty() || hashes.insert(row.model_hash).second) ++models;
    }
    parts.push_back(fmt::format("{} model{}", models, models == 1 ? "" : "s"));
    if (rows > models) parts.push_back(fmt::format("{} identical", rows - models));
  }
  if (answer != nullptr && answer->speedup.interval && answer->speedup.value > 0) {
    const auto& interval = *answer->speedup.interval;
    parts.push_back(
        fmt::format("noise {:.1f} %", 50 * (interval.high - interval.low) / answer->speedup.value));
  }
  out.push_back({"trust", trust_word(trust) + ": " + join(parts, ", ")});
  if (!trust.reasons.empty()) out.push_back({"", trust.reasons.front()});
}

void add_mixed_precision(std::vector<AnswerLine>& out, const RunResult& result) {
  const std::int64_t left = result.tuning ? operators_in_float(*result.tuning) : 0;
  if (left == 0) return;
  out.push_back(
      {"", fmt::format("mixed precision: {} operator{} in float", left, left == 1 ? "" : "s")});
}

}  // namespace

std::vector<AnswerLine> answer_lines(const store::RunResult& result) {
  std::vector<AnswerLine> out;
  const auto answer = analysis::answer(result);
  std::optional<metric::Figure> meaning;
  if (answer && !answer->figure.empty()) meaning = analysis::meaning_of(result, answer->figure);
  if (answer) {
    const Row& row = result.rows[answer->choice.row];
    const Facts facts{.result = result,
                      .answer = *answer,
                      .row = row,
                      .original = store::original_of(result, row),
                      .names = analysis::row_names(result),
                      .meaning = meaning};
    if (!answer->within) out.push_back({"best", none_within(facts)});
    add_row(out, answer->within ? "best" : "near", facts);
    add_mixed_precision(out, result);
    add_equals(out, "tied", facts, answer->choice.as_fast);
    add_equals(out, "same", facts, answer->choice.same_model);
  } else if (result.tuning) {
    meaning = analysis::meaning_of(result, result.tuning->figure);
    out.push_back({"best", verdict_of_search(result)});
  } else {
    out.push_back({"best", "no answer: no quantized row was timed beside an original"});
  }
  add_outside(out, result, meaning);
  const std::string open = result.tuning ? unfinished_words(*result.tuning) : std::string();
  if (!open.empty()) out.push_back({"open", open});
  add_trust(out, result, answer ? &*answer : nullptr);
  return out;
}

}  // namespace quantbench::report
