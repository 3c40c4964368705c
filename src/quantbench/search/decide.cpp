#include <algorithm>
#include <utility>

#include "quantbench/analysis/decision.h"
#include "quantbench/analysis/speedup.h"
#include "quantbench/base/text.h"
#include "quantbench/search/gain.h"
#include "quantbench/search/search.h"

namespace quantbench::search {

namespace {

constexpr std::size_t kFinalists = 4;
/// Of the time limit, for the last timing.
constexpr double kProofShare = 0.25;

}  // namespace

Search::Places Search::finalists() const {
  Places out;
  for (const std::size_t i : by_gain(alive())) {
    const Candidate& candidate = candidates_[i];
    const bool is_whole = is_looked_through(candidate) && candidate.gain;
    if (is_whole && out.size() < kFinalists && !is_outrun(candidate)) out.push_back(i);
  }
  return out;
}

std::optional<std::size_t> Search::nearest() const {
  std::optional<std::size_t> out;
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    const Candidate& candidate = candidates_[i];
    if (!candidate.loss || candidate.in_float > 0) continue;
    if (!out || candidate.loss->value < candidates_[*out].loss->value) out = i;
  }
  return out;
}

Effort Search::proof(std::size_t rows) const {
  const spec::Spec& spec = laboratory_.spec();
  Effort effort{.duration_s = spec.duration_s,
                .target = spec.target,
                .starts = spec.starts,
                .shapes = shapes_};
  // They are shown all the same.
  if (is_by_size()) {
    effort.duration_s = std::min(effort.duration_s, kQuickSeconds);
    effort.starts = 1;
  }
  if (asked_.time_limit) {
    const double share =
        kProofShare * *asked_.time_limit / static_cast<double>((rows + 1) * shapes_.size());
    effort.duration_s = std::min(effort.duration_s, std::max(share, kQuickSeconds));
  }
  return effort;
}

void Search::decide() {
  tuning_.objective = name_of(asked_.objective);
  tuning_.seed = asked_.seed;
  tuning_.search_samples = static_cast<std::int64_t>(samples_.search());
  tuning_.confirmation_samples = static_cast<std::int64_t>(samples_.all() - samples_.search());
  rows_ = {};
  row_of_.clear();
  tuning_.tied.clear();
  tuning_.finished = unfinished_.empty();
  tuning_.unfinished_reason = unfinished_;
  const Places last = finalists();
  if (last.empty()) {
    decide_for_the_original();
    return;
  }
  measure_last(last);
  if (choose(last)) return;
  // Refused were only the fastest: what was slower has its turn now, and what can be mended.
  if (!cancelled_ && revive()) decide();
}

void Search::decide_for_the_original() {
  auto shown = best_that_is_no_better();
  const bool is_no_better = shown.has_value();
  if (!shown) shown = nearest();
  measure_last(shown ? Places{*shown} : Places{});
  const bool is_within = shown && judge(*shown, Step::kStopped);
  if (!shown || !unfinished_.empty()) {
    tuning_.outcome = store::Tuning::kNothing;
  } else {
    // One that the first half refused stays refused.
    tuning_.outcome =
        is_no_better && is_within ? store::Tuning::kNotBetter : store::Tuning::kOutside;
  }
}

std::optional<std::size_t> Search::best_that_is_no_better() const {
  std::optional<std::size_t> out;
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    if (!candidates_[i].is_no_better) continue;
    if (!out || candidates_[i].gain_value() > candidates_[*out].gain_value()) out = i;
  }
  return out;
}

void Search::mend_refused(std::size_t place) {
  const Candidate& candidate = candidates_[place];
  const auto known = std::ranges::find(mendings_, place, &Mending::taken);
  if (known != mendings_.end()) {
    known->refuse(candidate.in_float);
  } else if (candidate.in_float == 0) {
    mendings_.emplace_back(place, candidate).refuse(0);
  }
}

bool Search::revive() {
  best_ = std::nullopt;
  bool any = next_to_mend() != nullptr;
  for (Candidate& candidate : candidates_) {
    if (!candidate.is_slower) continue;
    candidate.is_slower = false;
    candidate.out.clear();
    any = true;
  }
  if (!any) return false;
  try {
    race();
  } catch (const Ended& end) {
    unfinished_ = end.reason;
  }
  return best_.has_value();
}

void Search::measure_last(const Places& last) {
  std::vector<std::size_t> cells = cells_of(last);
  cells.insert(cells.begin(), original_);
  Rows measured =
      laboratory_.measure(cells, last_samples(), cancelled_ ? quick() : proof(last.size()));
  whole_ = measured.rows.at(0);
  rows_.rows.push_back(std::move(measured.rows[0]));
  rows_.keys.push_back(std::move(measured.keys[0]));
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    const auto found = std::find(last.begin(), last.end(), i);
    row_of_.push_back(rows_.rows.size());
    if (found != last.end()) {
      const auto place = static_cast<std::size_t>(found - last.begin()) + 1;
      rows_.rows.push_back(std::move(measured.rows[place]));
      rows_.keys.push_back(std::move(measured.keys[place]));
      continue;
    }
    store::Row& row = rows_.rows.emplace_back();
    row.parameters = laboratory_.spec().cells[candidates_[i].cell].parameters;
    row.quantized = true;
    row.status = store::Row::Status::kSkipped;
    row.message = left_out(candidates_[i]);
    rows_.keys.emplace_back();
  }
}

std::string Search::left_out(const Candidate& candidate) const {
  if (!candidate.out.empty()) return candidate.out;
  if (!best_ || !candidate.gain) return "the search ended before it was its turn";
  return outrun(candidate);
}

std::size_t Search::last_samples() const {
  return cancelled_ ? samples_.evaluated_for(samples_.search()) : samples_.all();
}

const store::Row& Search::row(std::size_t candidate) const {
  return rows_.rows.at(row_of_.at(candidate));
}

bool Search::choose(const Places& last) {
  Places order;
  for (const std::size_t i : last) {
    Candidate& candidate = candidates_[i];
    candidate.gain = row(i).status == store::Row::Status::kOk
                         ? gain_of(asked_.objective, whole_, row(i))
                         : std::nullopt;
    if (candidate.gain) {
      say(Step::kTime, candidate, Step::kKept, words(*candidate.gain));
      order.push_back(i);
    } else {
      stop(Step::kTime, candidate, not_timed(row(i)));
    }
  }
  for (const std::size_t i : by_gain(std::move(order))) {
    const bool is_no_better = is_worse_than_original(candidates_[i]);
    if (judge(i, is_no_better ? Step::kStopped : Step::kChosen)) {
      tuning_.refused = join(refused_, "; ");
      if (is_no_better) tuning_.outcome = store::Tuning::kNotBetter;
      find_tied(i, last);
      return true;
    }
    refused_.push_back(candidates_[i].name);
    candidates_[i].out = "refused: " + tuning_.steps.back().reason;
    mend_refused(i);
  }
  tuning_.refused = join(refused_, "; ");
  tuning_.row = static_cast<std::int64_t>(row_of_.at(last.front()));
  tuning_.outcome = store::Tuning::kOutside;
  return false;
}

bool Search::judge(std::size_t index, std::string_view verdict_within) {
  const std::size_t refused = refused_.size();
  Candidate& candidate = candidates_[index];
  const std::size_t samples = last_samples();
  const auto before = budget_->outcomes_of(whole_, samples);
  const auto after = budget_->outcomes_of(row(index), samples);
  std::optional<analysis::Bound> bound;
  if (samples == samples_.all() && before && after) {
    bound = analysis::bound_of_loss(budget_->meaning(),
                                    analysis::halves_of(*before, samples_.search()).confirmation,
                                    analysis::halves_of(*after, samples_.search()).confirmation,
                                    analysis::kConfidence, asked_.seed);
  }
  const analysis::Decision decision = analysis::decide(bound, budget_->value(), refused);
  tuning_.row = static_cast<std::int64_t>(row_of_.at(index));
  tuning_.outcome = analysis::name_of(decision.outcome);
  tuning_.confidence = analysis::kConfidence;
  tuning_.loss = std::nullopt;
  tuning_.bound = std::nullopt;
  if (bound) {
    tuning_.loss = bound->loss;
    tuning_.bound = bound->upper;
    candidate.loss = Loss{bound->loss, bound->loss, bound->upper, bound->samples};
  }
  tuning_.samples_needed = decision.samples_needed;
  const bool is_out = decision.outcome == analysis::Outcome::kOutside;
  say(Step::kConfirm, candidate, is_out ? Step::kRefused : verdict_within,
      bound ? analysis::sentence(decision) : std::string("not judged on samples of their own"));
  return !is_out;
}

void Search::find_tied(std::size_t chosen, const Places& last) {
  const store::Row& best = row(chosen);
  for (const std::size_t i : last) {
    if (i == chosen || !candidates_[i].out.empty()) continue;
    const store::Row& other = row(i);
    bool is_tied = best.timings.size() == other.timings.size() && !best.timings.empty();
    for (std::size_t t = 0; is_tied && t < best.timings.size(); ++t) {
      is_tied = analysis::not_told_apart(best.timings[t], other.timings[t]);
    }
    if (is_tied) tuning_.tied.push_back(static_cast<std::int64_t>(row_of_.at(i)));
  }
}

}  // namespace quantbench::search
