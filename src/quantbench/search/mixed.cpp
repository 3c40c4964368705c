#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "quantbench/search/candidates.h"
#include "quantbench/search/fewest.h"
#include "quantbench/search/search.h"

namespace quantbench::search {

namespace {

/// A candidate outside of the budget is worth mending if it is faster than the best by this share:
/// operators in float cost some of it.
constexpr double kWorthMending = 0.05;
/// Candidates that are being mended, at most: a ranking takes as long as some evaluations.
constexpr std::ptrdiff_t kMended = 3;

}  // namespace

Mending* Search::next_to_mend() {
  const auto begun = std::ranges::count_if(
      mendings_, [](const Mending& one) { return one.is_ranked() && !one.is_finished(); });
  Mending* out = nullptr;
  for (Mending& mending : mendings_) {
    if (mending.is_finished() || mending.hoped_gain() <= least_gain()) continue;
    if (!mending.is_ranked()) {
      const double gain = candidates_[mending.broken()].gain_value();
      if (begun >= kMended || gain <= least_gain() * (1 + kWorthMending)) continue;
    }
    if (out == nullptr || mending.hoped_gain() > out->hoped_gain()) out = &mending;
  }
  return out;
}

void Search::go_on(Mending& mending) {
  if (!mending.is_ranked()) {
    rank(mending);
    return;
  }
  const std::vector<std::size_t> counts = mending.next(at_a_time());
  const std::vector<bool> accepted = seem_within(mending, counts);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (accepted[i]) {
      finish(mending, counts[i]);
      return;
    }
    mending.fail(counts[i]);
  }
}

void Search::rank(Mending& mending) {
  const Candidate& candidate = candidates_[mending.broken()];
  const Laboratory::Ranking ranking = laboratory_.rank(candidate.cell);
  if (ranking.failure.empty()) {
    mending.rank(ranking.operators, ranking.broken, candidate.quantized_nodes);
  } else {
    mending.finish();
    say(Step::kMixed, candidate, Step::kStopped,
        "its operators cannot be ranked: " + ranking.failure);
  }
}

void Search::say_why_it_ended(const Mending& mending) {
  if (mending.is_finished() || !mending.is_ranked()) return;
  const std::size_t failed = mending.failed();
  std::string why =
      fmt::format("{} of its {} operators in float are too few", failed, mending.operators());
  if (failed == 0) {
    why = "with operators in float another one is faster";
  } else if (!mending.next(1).empty()) {
    why += ", and with more of them another one is faster";
  }
  say(Step::kMixed, candidates_[mending.broken()], Step::kStopped, why);
}

Candidate& Search::with(Mending& mending, std::size_t count) {
  const auto known = mending.tried.find(count);
  if (known != mending.tried.end()) return known->second;
  const Candidate& broken = candidates_[mending.broken()];
  Candidate out;
  out.cell =
      laboratory_.add(with_excluded(laboratory_.spec().cells[broken.cell], mending.first(count)));
  out.name = broken.name + fmt::format(", {} operator{} in float", count, count == 1 ? "" : "s");
  out.in_float = count;
  return mending.tried.emplace(count, std::move(out)).first->second;
}

void Search::finish(Mending& mending, std::size_t enough) {
  const auto is_enough = [&](const std::vector<std::size_t>& counts) {
    return std::vector{holds_in_float(mending, counts.at(0))};
  };
  const auto seem_enough = [&](const std::vector<std::size_t>& counts) {
    return seem_within(mending, counts);
  };
  const bool holds = holds_in_float(mending, enough);
  if (!holds && mending.was_refused()) {
    mending.fail(enough);
    return;
  }
  mending.finish();
  if (!holds) {
    // Few samples are noisy: it needs more of them, as long as it may still be the fastest.
    const std::size_t most = mending.most_with_gain_above(least_gain(), enough);
    const auto proved = fewest({.failed = enough, .most = most}, is_enough);
    if (proved) {
      take_mended(mending, *proved);
    } else {
      say(Step::kMixed, candidates_[mending.broken()], Step::kStopped,
          fmt::format("even with {} of its {} operators in float it loses too much", most,
                      mending.operators()));
    }
    return;
  }
  take_mended(mending, enough);
  if (mending.was_refused()) return;
  const std::size_t fewer = *fewest(
      {.failed = mending.failed(), .enough = enough, .from_above = true, .at_a_time = at_a_time()},
      seem_enough);
  const std::size_t least = *fewest({.failed = fewer - 1, .enough = enough}, is_enough);
  if (least < enough) take_mended(mending, least);
}

bool Search::holds_in_float(Mending& mending, std::size_t count) {
  Candidate& candidate = with(mending, count);
  if (!evaluate_fully(candidate, Step::kMixed)) return false;
  say(Step::kMixed, candidate, Step::kGoesOn, words(*candidate.loss));
  return true;
}

std::vector<bool> Search::seem_within(Mending& mending, const std::vector<std::size_t>& counts) {
  check_time();
  std::vector<std::size_t> cells;
  for (const std::size_t count : counts) cells.push_back(with(mending, count).cell);
  const Rows rows = laboratory_.measure(cells, samples_.evaluated_for(samples_.first()));
  std::vector<bool> out;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    out.push_back(seems_within(with(mending, counts[i]), rows.rows[i]));
  }
  return out;
}

bool Search::seems_within(Candidate& candidate, const store::Row& row) {
  if (!take_loss(candidate, row, samples_.first(), Step::kMixed)) return false;
  if (!budget_->may_hold(*candidate.loss)) {
    stop_for_its_loss(Step::kMixed, candidate);
    return false;
  }
  say(Step::kMixed, candidate, Step::kGoesOn, words(*candidate.loss));
  return true;
}

void Search::take_mended(Mending& mending, std::size_t count) {
  check_time();
  const std::size_t place = candidates_.size();
  candidates_.push_back(with(mending, count));
  Places timed = {place};
  if (best_) timed.push_back(*best_);
  take_gains(timed);
  Candidate& candidate = candidates_[place];
  if (!candidate.out.empty() || stops_outrun(candidate, Step::kMixed)) return;
  say(Step::kMixed, candidate, Step::kKept, words(*candidate.gain));
  if (mending.taken) {
    Candidate& before = candidates_[*mending.taken];
    before.is_slower = true;
    stop(Step::kMixed, before, fmt::format("{} operators in float are enough", count));
    if (best_ == mending.taken) best_ = std::nullopt;
  }
  mending.taken = place;
  take_if_better(place);
}

}  // namespace quantbench::search
