#include "quantbench/analysis/replication.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "quantbench/analysis/comparison.h"
#include "quantbench/analysis/figures.h"
#include "quantbench/analysis/paired.h"
#include "quantbench/analysis/row_name.h"
#include "quantbench/analysis/row_pairs.h"
#include "quantbench/analysis/shape.h"
#include "quantbench/analysis/speedup.h"
#include "quantbench/base/error.h"
#include "quantbench/base/text.h"

namespace quantbench::analysis {

namespace {

using store::Row;
using store::RunResult;

/// Relative standard deviation of one timing of the card, from its repeated measurements of the
/// original; nullopt with fewer than three at every shape.
std::optional<double> repetition_noise(const RunResult& card) {
  std::map<std::pair<std::int64_t, std::int64_t>, std::vector<double>> logs;
  for (const Row& row : card.rows) {
    for (const measure::Timing& timing : row.original_timings) {
      if (timing.latency_mean > 0)
        logs[{timing.batch_size, timing.input_length}].push_back(std::log(timing.latency_mean));
    }
  }
  double squares = 0;
  std::size_t freedom = 0;
  for (const auto& [shape, values] : logs) {
    if (values.size() < 3) continue;
    double mean = 0;
    for (const double value : values) mean += value / static_cast<double>(values.size());
    for (const double value : values) squares += (value - mean) * (value - mean);
    freedom += values.size() - 1;
  }
  if (freedom == 0 || squares == 0) return std::nullopt;
  return std::sqrt(squares / static_cast<double>(freedom));
}

/// Relative error from rounding a latency to the card's digits.
double rounding(const Digits& digits, double latency) {
  return 0.5 * std::pow(10.0, -digits("latency_mean")) / latency;
}

void add_speedups(Replication& out, const RunResult& card, const Row& their_row,
                  const RunResult& run, const Row& our_row, const std::optional<double>& repetition,
                  const Digits& digits, const std::string& name) {
  for (const measure::Timing& theirs : their_row.timings) {
    const Shape shape = shape_of(theirs);
    const measure::Timing* their_original = timing_at(original_timings(card, their_row), shape);
    const measure::Timing* our_original = timing_at(original_timings(run, our_row), shape);
    const measure::Timing* ours = timing_at(our_row.timings, shape);
    if (their_original == nullptr || ours == nullptr) continue;
    const auto our_speedup = speedup_over(our_original, *ours);
    if (!our_speedup || !(theirs.latency_mean > 0) || !(their_original->latency_mean > 0)) continue;
    SpeedupPair pair;
    pair.row = name;
    pair.parameters = our_row.parameters;
    pair.batch_size = shape.batch_size;
    pair.input_length = shape.input_length;
    pair.their_original = their_original->latency_mean;
    pair.their_optimized = theirs.latency_mean;
    pair.our_original = original_latency(our_original, *ours);
    pair.our_optimized = ours->latency_mean;
    pair.theirs = pair.their_original / pair.their_optimized;
    pair.ours = our_speedup->value;
    pair.ratio.value = pair.ours / pair.theirs;
    if (our_speedup->interval) {
      const double our_half =
          std::log(our_speedup->interval->high / our_speedup->interval->low) / 2;
      const double their_half = repetition ? kTwoSided95 * std::sqrt(2.0) * *repetition : our_half;
      const double half = std::hypot(our_half, their_half) + rounding(digits, pair.their_original) +
                          rounding(digits, pair.their_optimized);
      pair.ratio.interval = {pair.ratio.value * std::exp(-half), pair.ratio.value * std::exp(half)};
      const bool holds_one = pair.ratio.interval->low <= 1 && 1 <= pair.ratio.interval->high;
      pair.agreement = holds_one ? Agreement::kAgrees : Agreement::kDiffers;
    }
    out.speedups.push_back(std::move(pair));
  }
}

/// Largest value of a figure that is a share of the samples: 1, or 100 of one in per cent. 0 for
/// others (correlations, errors) and for values that cannot be a share.
double scale_of(const RunResult& run, const std::string& metric,
                std::initializer_list<double> values) {
  const auto meaning = meaning_of(run, metric);
  if (!meaning || !meaning->is_share) return 0;
  const double scale = whole_of(*meaning);
  return std::min(values) < 0 || std::max(values) > scale ? 0 : scale;
}

void add_changes(Replication& out, const RunResult& card, const Row& their_row,
                 const RunResult& run, const Row& our_row, const Digits& digits,
                 const std::string& name) {
  for (const auto& [metric, their_value] : their_row.evaluation) {
    if (is_time_figure(metric)) continue;
    const auto their_original = figure(original_evaluation(card, their_row), metric);
    const auto our_original = figure(original_evaluation(run, our_row), metric);
    const auto our_value = figure(our_row.evaluation, metric);
    if (!their_original || !our_original || !our_value) continue;
    ChangePair pair{.row = name,
                    .parameters = our_row.parameters,
                    .metric = metric,
                    .their_original = *their_original,
                    .our_original = *our_original,
                    .theirs = their_value - *their_original,
                    .ours = *our_value - *our_original,
                    .noise = {},
                    .agreement = Agreement::kUnknown};
    const double scale =
        scale_of(run, metric, {*their_original, their_value, *our_original, *our_value});
    const auto ours = static_cast<double>(run.evaluation_samples);
    const double theirs =
        card.evaluation_samples > 0 ? static_cast<double>(card.evaluation_samples) : ours;
    if (scale > 0 && ours > 0) {
      const auto variance = [&](double value) { return value / scale * (1 - value / scale); };
      const double sum = (variance(*their_original) + variance(their_value)) / theirs +
                         (variance(*our_original) + variance(*our_value)) / ours;
      // Two figures of the card, each rounded.
      pair.noise = kTwoSided95 * scale * std::sqrt(sum) + std::pow(10.0, -digits(metric));
      pair.agreement = std::abs(pair.ours - pair.theirs) <= *pair.noise ? Agreement::kAgrees
                                                                        : Agreement::kDiffers;
    }
    out.changes.push_back(std::move(pair));
  }
}

std::string beside(const std::string& what, const Json& theirs, const Json& ours) {
  const auto text = [](const Json& value) {
    return value.is_null() || value == "" ? std::string("not stated") : text_of(value);
  };
  return what + ": theirs " + text(theirs) + ", ours " + text(ours);
}

void add_differences(Replication& out, const RunResult& card, const RunResult& run) {
  const auto compare = [&](const char* name, const Json& theirs, const Json& ours) {
    if (theirs != ours) out.differences.push_back(beside(name, theirs, ours));
  };
  const auto of = [](const Json& object, const char* key) {
    return object.is_object() ? object.value(key, Json()) : Json();
  };
  compare("name_or_path", of(card.spec, "name_or_path"), of(run.spec, "name_or_path"));
  compare("dataset.path", of(of(card.spec, "dataset"), "path"),
          of(of(run.spec, "dataset"), "path"));
  compare("evaluation samples",
          of(card.spec, "max_eval_samples").is_null() ? Json("All dataset")
                                                      : of(card.spec, "max_eval_samples"),
          of(run.spec, "max_eval_samples").is_null() ? Json("All dataset")
                                                     : of(run.spec, "max_eval_samples"));
  compare("seconds a timing", of(of(card.spec, "time_benchmark_args"), "duration"),
          of(of(run.spec, "time_benchmark_args"), "duration"));
  compare("backend", of(card.spec, "backend"), of(run.spec, "backend"));
  const Json their_machine = card.machine.empty() ? of(card.spec, "backend_args") : card.machine;
  out.differences.push_back(
      beside("machine", their_machine.empty() ? Json() : their_machine, of(run.machine, "cpu")));
  std::vector<std::string> versions = {"quantbench " + run.quantbench_version};
  for (const Json& runtime : run.runtimes)
    versions.push_back(text_of(of(runtime, "name")) + " " + text_of(of(runtime, "version")));
  out.differences.push_back(beside("versions", Json(), join(versions, ", ")));
}

}  // namespace

Replication replication(const RunResult& card, const RunResult& run, const Digits& digits) {
  const RowPairs pairs = match_rows(card, run);
  if (pairs.both.empty())
    throw Error("no row of the card was run here", "replicate", "did --set change the grid?");
  Replication out;
  const std::optional<double> repetition = repetition_noise(card);
  const Names our_names(run);
  const Names their_names(card);
  for (const auto& [theirs, ours] : pairs.both) {
    add_speedups(out, card, *theirs, run, *ours, repetition, digits, our_names.of(*ours));
    add_changes(out, card, *theirs, run, *ours, digits, our_names.of(*ours));
    if (ours->status != Row::Status::kOk)
      out.notes.push_back("not measured here: " + our_names.of(*ours) + ": " + ours->message);
  }
  for (const Row* row : pairs.only_first)
    out.notes.push_back("only in the card: " + their_names.of(*row));
  add_differences(out, card, run);
  out.notes.push_back(
      repetition
          ? fmt::format("the card's timings scatter by {:.1f} %: it measured the original "
                        "once a row",
                        100 * *repetition)
          : "the card does not give its noise; it is assumed to be as large as the noise here");
  return out;
}

}  // namespace quantbench::analysis
