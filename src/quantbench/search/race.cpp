#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/search/gain.h"
#include "quantbench/search/search.h"

namespace quantbench::search {

namespace {

/// Beyond this share, and beyond the noise, a candidate is slower than the best. Two starts of one
/// model differ by about as much.
constexpr double kStartNoise = 0.02;
/// Two models take hardly longer to look at than one, on two cores.
constexpr std::size_t kAtATime = 2;

}  // namespace

bool Search::take_loss(Candidate& candidate, const store::Row& row, std::size_t samples,
                       std::string_view kind) {
  if (row.status != store::Row::Status::kOk) {
    stop(kind, candidate, row.message);
    return false;
  }
  if (row.quantization) candidate.quantized_nodes = row.quantization->quantized_nodes;
  candidate.loss = budget_->loss_of(row, samples);
  if (!candidate.loss) {
    stop(kind, candidate,
         "has no " + budget_->figure() + " on " + std::to_string(samples) + " samples");
    return false;
  }
  // On all samples of the search its estimate decides, before that its interval.
  const bool is_last = samples == samples_.search();
  const bool is_out =
      is_last ? !budget_->holds(*candidate.loss) : budget_->is_broken_by(*candidate.loss);
  if (!is_out) return true;
  stop_for_its_loss(kind, candidate);
  return false;
}

void Search::stop_for_its_loss(std::string_view kind, Candidate& candidate) {
  candidate.is_outside = true;
  stop(kind, candidate,
       words(*candidate.loss) + fmt::format(", more than {:.4g}", budget_->value()));
}

void Search::look_at_original(const store::RunResult& header) {
  const Rows original = laboratory_.measure({original_}, samples_.evaluated_for(samples_.search()));
  const store::Row& row = original.rows.at(0);
  if (row.status != store::Row::Status::kOk) {
    throw Error("the original cannot be measured: " + row.message);
  }
  budget_ = Budget(header, row, samples_, asked_.max_drop);
  tuning_.figure = budget_->figure();
  tuning_.max_drop = budget_->allowance().amount;
  tuning_.max_drop_is_relative = budget_->allowance().relative;
  tuning_.budget = budget_->value();
}

void Search::make_all() {
  check_time();
  const Places all = alive();
  const Rows rows = laboratory_.measure(cells_of(all), std::nullopt);
  std::map<std::string, std::string> known;
  for (std::size_t i = 0; i < all.size(); ++i) {
    Candidate& candidate = candidates_[all[i]];
    const store::Row& made = rows.rows[i];
    if (made.status != store::Row::Status::kOk) {
      stop(Step::kEvaluate, candidate, made.message);
      continue;
    }
    if (made.quantization) {
      candidate.quantized_nodes = made.quantization->quantized_nodes;
      if (made.quantization->quantized_count() == 0) {
        stop(Step::kEvaluate, candidate, "nothing in it could be quantized");
        continue;
      }
    }
    const spec::Cell& cell = laboratory_.spec().cells[candidate.cell];
    const std::string model = made.model_hash + " " + cell.framework + " " +
                              made.parameters.value("framework_args", Json()).dump();
    const auto [same, is_new] = known.emplace(model, candidate.name);
    if (!is_new) stop(Step::kEvaluate, candidate, std::string(Step::kSameModel) + same->second);
  }
}

Effort Search::quick() const {
  return {.duration_s = kQuickSeconds,
          .target = kQuickTarget,
          .starts = 1,
          .shapes = {shapes_.front()}};
}

void Search::time_all() {
  check_time();
  const Places timed = alive();
  if (timed.empty()) return;
  take_gains(timed);
  for (const std::size_t i : timed) {
    Candidate& candidate = candidates_[i];
    if (!candidate.out.empty()) continue;
    if (is_worse_than_original(candidate)) {
      candidate.is_no_better = true;
      stop(Step::kTime, candidate, words(*candidate.gain) + ", worse than the original");
    } else {
      say(Step::kTime, candidate, Step::kGoesOn, words(*candidate.gain));
    }
  }
}

bool Search::is_worse_than_original(const Candidate& candidate) {
  return is_worse(*candidate.gain, {1, {}}, 0);
}

bool Search::is_outrun(const Candidate& candidate) const {
  return best_ && is_worse(*candidate.gain, *candidates_[*best_].gain, kStartNoise);
}

std::string Search::outrun(const Candidate& candidate) const {
  const Candidate& best = candidates_[*best_];
  return words(*candidate.gain) + ", and " + best.name + " is " + words(*best.gain);
}

std::string Search::not_timed(const store::Row& row) const {
  if (!row.message.empty()) return row.message;
  if (asked_.objective == Objective::kSize) return "its size is not known";
  if (asked_.objective == Objective::kMemory) return "its memory is not known";
  return "could not be timed beside the original";
}

void Search::take_gains(const Places& timed) {
  std::vector<std::size_t> cells = cells_of(timed);
  cells.insert(cells.begin(), original_);
  const Rows rows = laboratory_.measure(cells, std::nullopt, quick());
  for (std::size_t i = 0; i < timed.size(); ++i) {
    Candidate& candidate = candidates_[timed[i]];
    const store::Row& row = rows.rows[i + 1];
    if (row.status == store::Row::Status::kOk) {
      candidate.gain = gain_of(asked_.objective, rows.rows[0], row);
    }
    if (!candidate.gain && candidate.out.empty()) {
      stop(Step::kTime, candidate, not_timed(row));
    }
  }
}

bool Search::evaluate_fully(Candidate& candidate, std::string_view kind) {
  while (!is_looked_through(candidate)) {
    check_time();
    const std::size_t samples = samples_.after(candidate.loss ? candidate.loss->samples : 0);
    const Rows rows = laboratory_.measure({candidate.cell}, samples_.evaluated_for(samples));
    if (!take_loss(candidate, rows.rows[0], samples, kind)) return false;
  }
  return true;
}

std::size_t Search::at_a_time() { return std::min(kAtATime, Laboratory::at_a_time()); }

void Search::race() {
  for (const std::size_t i : by_gain(alive())) {
    if (!best_ && is_looked_through(candidates_[i])) take_if_better(i);
  }
  while (true) {
    check_time();
    const Places next = next_to_look_at();
    Mending* mending = next_to_mend();
    const double hope = mending == nullptr ? 0 : mending->hoped_gain();
    if (!next.empty() && candidates_[next[0]].gain_value() >= hope) {
      look_at(next);
    } else if (mending != nullptr) {
      go_on(*mending);
    } else {
      break;
    }
  }
  for (const Mending& mending : mendings_) say_why_it_ended(mending);
}

Search::Places Search::next_to_look_at() {
  Places out;
  for (const std::size_t i : by_gain(alive())) {
    Candidate& candidate = candidates_[i];
    if (is_looked_through(candidate)) continue;
    if (stops_outrun(candidate, Step::kEvaluate)) continue;
    if (out.size() < at_a_time()) out.push_back(i);
  }
  return out;
}

bool Search::stops_outrun(Candidate& candidate, std::string_view kind) {
  if (!is_outrun(candidate)) return false;
  candidate.is_slower = true;
  stop(kind, candidate, outrun(candidate));
  return true;
}

void Search::look_at(const Places& candidates) {
  Places fresh;
  for (const std::size_t i : candidates) {
    if (!candidates_[i].loss) fresh.push_back(i);
  }
  Rows rows;
  if (!fresh.empty()) {
    rows = laboratory_.measure(cells_of(fresh), samples_.evaluated_for(samples_.first()));
  }
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    Candidate& candidate = candidates_[fresh[i]];
    if (take_loss(candidate, rows.rows[i], samples_.first(), Step::kEvaluate)) {
      say(Step::kEvaluate, candidate, Step::kGoesOn, words(*candidate.loss));
    }
  }
  for (const std::size_t i : candidates) {
    Candidate& candidate = candidates_[i];
    const bool goes_on = candidate.out.empty() && !stops_outrun(candidate, Step::kEvaluate);
    if (goes_on && evaluate_fully(candidate, Step::kEvaluate)) {
      say(Step::kEvaluate, candidate, Step::kKept, words(*candidate.loss));
      take_if_better(i);
    }
    if (candidate.is_outside) mendings_.emplace_back(i, candidate);
  }
}

void Search::take_if_better(std::size_t place) {
  if (best_ && candidates_[place].gain_value() <= candidates_[*best_].gain_value()) return;
  best_ = place;
  tell_of_better();
}

}  // namespace quantbench::search
