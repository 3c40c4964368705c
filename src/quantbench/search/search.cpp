#include "quantbench/search/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "quantbench/analysis/row_name.h"
#include "quantbench/base/error.h"
#include "quantbench/stages/common/model.h"

namespace quantbench::search {

namespace {

/// Of the time limit, for the search; the rest is for the proof.
constexpr double kSearchShare = 0.6;

constexpr const char* kInterrupted = "interrupted; the same command goes on";
constexpr const char* kKilled = "it was killed; the same command goes on";

std::vector<analysis::Shape> shapes_of(const spec::Spec& spec) {
  std::vector<analysis::Shape> out;
  for (const std::int64_t batch : spec.batch_sizes) {
    for (const std::int64_t length : spec.input_lengths) out.push_back({batch, length});
  }
  return out;
}

/// Every row has every key, and `benchmarked` every value: operators in float are not in the
/// grid.
void list_values(store::RunResult& result) {
  for (const store::Row& row : result.rows) spec::add_values(result.benchmarked, row.parameters);
  for (store::Row& row : result.rows) {
    for (const auto& [key, values] : result.benchmarked.items()) {
      if (!row.parameters.contains(key)) row.parameters[key] = nullptr;
    }
  }
}

std::string in_unit(double value) { return fmt::format("{:.4g}", value); }

}  // namespace

Search::Search(Laboratory& laboratory, const TuneOptions& asked, const execute::Options& options,
               OnBetter on_better, Clock::time_point started)
    : laboratory_(laboratory),
      asked_(asked),
      options_(options),
      on_better_(std::move(on_better)),
      started_(started),
      samples_(laboratory.prepared().inputs.evaluation_samples,
               !asked.max_drop || asked.max_drop->amount > 0) {
  if (samples_.all() < Samples::kFewest) {
    throw Error("the split has " + std::to_string(samples_.all()) +
                    " samples to evaluate, and a search needs " + std::to_string(Samples::kFewest),
                "dataset.eval_split", "name a larger split");
  }
  shapes_ = asked.shapes.empty() ? shapes_of(laboratory.spec()) : asked.shapes;
  name_candidates();
}

void Search::run(const store::RunResult& header) {
  try {
    look_at_original(header);
    make_all();
    time_all();
    race();
  } catch (const Ended& end) {
    unfinished_ = end.reason;
  } catch (const execute::Cancelled&) {
    take_what_there_is();
  }
  try {
    decide();
  } catch (const execute::Cancelled&) {
    take_what_there_is();
    decide();
  }
}

store::RunResult Search::result(store::RunResult out) const {
  out.rows = rows_.rows;
  out.tuning = tuning_;
  out.evaluation_samples = last_samples();
  list_values(out);
  return out;
}

void Search::take_what_there_is() {
  if (!best_) throw;
  unfinished_ = kInterrupted;
  laboratory_.ignore_cancelling();
  cancelled_ = true;
}

void Search::tell_of_better() const {
  if (!on_better_) return;
  Search ended = *this;
  ended.is_silent_ = true;
  ended.cancelled_ = true;
  ended.unfinished_ = kKilled;
  ended.decide();
  if (ended.tuning_.outcome != store::Tuning::kOutside) on_better_(ended);
}

void Search::name_candidates() {
  store::RunResult named;
  named.benchmarked = laboratory_.spec().benchmarked;
  for (const spec::Cell& cell : laboratory_.spec().cells) {
    store::Row& row = named.rows.emplace_back();
    row.parameters = cell.parameters;
    row.quantized = stages::is_quantized(cell);
  }
  const std::vector<std::string> names = analysis::row_names(named);
  bool has_original = false;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (named.rows[i].quantized) {
      candidates_.push_back({.cell = i, .name = names[i]});
    } else if (!has_original) {
      original_ = i;
      has_original = true;
    }
  }
  if (!has_original) {
    throw Error("the spec has no original to compare with", "apply_quantization",
                "let it be [false, true]");
  }
  if (candidates_.empty()) {
    throw Error("the spec has no quantized model to search for", "apply_quantization",
                "let it be [false, true]");
  }
}

void Search::check_time() const {
  if (asked_.time_limit && seconds() > kSearchShare * *asked_.time_limit) {
    throw Ended{fmt::format("the time limit of {:g} s", *asked_.time_limit)};
  }
}

std::string Search::words(const Loss& loss) {
  const std::string amount = loss.value <= 0 ? "loses nothing" : "loses " + in_unit(loss.value);
  return fmt::format("{} on {} samples ({} to {})", amount, loss.samples, in_unit(loss.low),
                     in_unit(loss.high));
}

std::string Search::words(const measure::Ratio& gain) const {
  std::string out = fmt::format("{:.2f} x {}", gain.value, is_by_size() ? "smaller" : "faster");
  if (gain.interval && !is_by_size()) {
    out += fmt::format(" ({:.2f} to {:.2f})", gain.interval->low, gain.interval->high);
  }
  return out;
}

void Search::say(std::string_view kind, const Candidate& candidate, std::string_view verdict,
                 const std::string& reason) {
  Step step;
  step.kind = kind;
  step.candidate = candidate.name;
  step.verdict = verdict;
  step.reason = reason;
  if (candidate.loss) {
    step.samples = static_cast<std::int64_t>(candidate.loss->samples);
    step.loss = candidate.loss->value;
    step.loss_low = candidate.loss->low;
    step.loss_high = candidate.loss->high;
  }
  if (candidate.gain) {
    step.speedup = candidate.gain->value;
    if (candidate.gain->interval) {
      step.speedup_low = candidate.gain->interval->low;
      step.speedup_high = candidate.gain->interval->high;
    }
  }
  step.operators_in_float = static_cast<std::int64_t>(candidate.in_float);
  step.seconds = seconds();
  tuning_.steps.push_back(std::move(step));
  if (is_silent_ || !options_.on_event) return;
  execute::Event event;
  event.kind = execute::Event::Kind::kDecision;
  event.message = fmt::format("{:5.1f} s  {}: {}, {}", seconds(), candidate.name, reason, verdict);
  options_.on_event(event);
}

void Search::stop(std::string_view kind, Candidate& candidate, const std::string& why) {
  candidate.out = why;
  say(kind, candidate, Step::kStopped, why);
}

Search::Places Search::alive() const {
  Places out;
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    if (candidates_[i].out.empty()) out.push_back(i);
  }
  return out;
}

std::vector<std::size_t> Search::cells_of(const Places& candidates) const {
  std::vector<std::size_t> cells;
  for (const std::size_t i : candidates) cells.push_back(candidates_[i].cell);
  return cells;
}

Search::Places Search::by_gain(Places candidates) const {
  std::stable_sort(candidates.begin(), candidates.end(), [&](std::size_t a, std::size_t b) {
    return candidates_[a].gain_value() > candidates_[b].gain_value();
  });
  return candidates;
}

}  // namespace quantbench::search
