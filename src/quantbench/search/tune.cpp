#include "quantbench/search/tune.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "quantbench/analysis/decision.h"
#include "quantbench/analysis/figures.h"
#include "quantbench/analysis/paired.h"
#include "quantbench/analysis/row_name.h"
#include "quantbench/analysis/speedup.h"
#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/execute/prepare.h"
#include "quantbench/measure/machine.h"
#include "quantbench/metric/outcomes.h"
#include "quantbench/search/budget.h"
#include "quantbench/search/candidate.h"
#include "quantbench/search/candidates.h"
#include "quantbench/search/fewest.h"
#include "quantbench/search/gain.h"
#include "quantbench/search/laboratory.h"
#include "quantbench/search/mending.h"
#include "quantbench/task/task.h"

namespace quantbench::search {

namespace {

using Step = store::Tuning::Step;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kCalibrationSamples = 128;
/// A moment of timing that tells 3 from 2, not 1.03 from 1.
constexpr double kQuickSeconds = 0.25;
constexpr double kQuickTarget = 0.05;
/// Beyond this share, and beyond the noise, a candidate is slower than the best. Two starts of one
/// model differ by about as much.
constexpr double kStartNoise = 0.02;
/// A candidate outside of the budget is worth mending if it is faster than the best by this share:
/// operators in float cost some of it.
constexpr double kWorthMending = 0.05;
constexpr std::ptrdiff_t kMended = 3;
/// Two models take hardly longer to look at than one, on two cores.
constexpr std::size_t kAtATime = 2;
constexpr std::size_t kFinalists = 4;
/// Of the time limit, for the search; the rest is for the proof.
constexpr double kSearchShare = 0.6;
constexpr double kProofShare = 0.25;

constexpr const char* kInterrupted = "interrupted; the same command goes on";
constexpr const char* kKilled = "it was killed; the same command goes on";

/// The search ends here, with what it has.
struct Ended {
  std::string reason;
};

class Search {
 public:
  /// What a search that goes on has found: called whenever that is better than before.
  using OnBetter = std::function<void(const Search&)>;

  Search(Laboratory& laboratory, const TuneOptions& asked, const execute::Options& options,
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
                      " samples to evaluate, and a search needs " +
                      std::to_string(Samples::kFewest),
                  "dataset.eval_split", "name a larger split");
    }
    shapes_ = asked.shapes.empty() ? shapes_of(laboratory.spec()) : asked.shapes;
    name_candidates();
  }

  /// `header`: what a result of this run says. Throws Cancelled if nothing within the budget is
  /// known by then.
  void run(const store::RunResult& header) {
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

  /// What was found. Its header says what was measured.
  store::RunResult result(store::RunResult out) const {
    out.rows = rows_.rows;
    out.tuning = tuning_;
    out.evaluation_samples = last_samples();
    list_values(out);
    return out;
  }
  const std::vector<std::vector<std::string>>& keys() const { return rows_.keys; }
  bool was_cancelled() const { return cancelled_; }

 private:
  /// Called where the user cancels. Throws Cancelled again if nothing good enough is known.
  void take_what_there_is() {
    if (!best_) throw;
    unfinished_ = kInterrupted;
    laboratory_.ignore_cancelling();
    cancelled_ = true;
  }

  /// A process that is killed cannot hand over anything. So the result that it would have if it
  /// ended here is handed over now, from what is known already.
  void tell_of_better() const {
    if (!on_better_) return;
    Search ended = *this;
    ended.is_silent_ = true;
    ended.cancelled_ = true;
    ended.unfinished_ = kKilled;
    ended.decide();
    if (ended.tuning_.outcome != store::Tuning::kOutside) on_better_(ended);
  }

  static std::vector<analysis::Shape> shapes_of(const spec::Spec& spec) {
    std::vector<analysis::Shape> out;
    for (const std::int64_t batch : spec.batch_sizes) {
      for (const std::int64_t length : spec.input_lengths) out.push_back({batch, length});
    }
    return out;
  }

  /// Every row has every key, and `benchmarked` every value: operators in float are not in the
  /// grid.
  static void list_values(store::RunResult& result) {
    for (const store::Row& row : result.rows) spec::add_values(result.benchmarked, row.parameters);
    for (store::Row& row : result.rows) {
      for (const auto& [key, values] : result.benchmarked.items()) {
        if (!row.parameters.contains(key)) row.parameters[key] = nullptr;
      }
    }
  }

  // --- names and words

  void name_candidates() {
    store::RunResult named;
    named.benchmarked = laboratory_.spec().benchmarked;
    for (const spec::Cell& cell : laboratory_.spec().cells) {
      store::Row& row = named.rows.emplace_back();
      row.parameters = cell.parameters;
      row.quantized = cell.apply_quantization;
    }
    const std::vector<std::string> names = analysis::row_names(named);
    bool has_original = false;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (laboratory_.spec().cells[i].apply_quantization) {
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

  double seconds() const { return std::chrono::duration<double>(Clock::now() - started_).count(); }

  /// Ends the search where its time is over.
  void check_time() const {
    if (asked_.time_limit && seconds() > kSearchShare * *asked_.time_limit) {
      throw Ended{fmt::format("the time limit of {:g} s", *asked_.time_limit)};
    }
  }

  std::string in_unit(double value) const { return fmt::format("{:.4g}", value); }

  std::string words(const Loss& loss) const {
    const std::string amount = loss.value <= 0 ? "loses nothing" : "loses " + in_unit(loss.value);
    return fmt::format("{} on {} samples ({} to {})", amount, loss.samples, in_unit(loss.low),
                       in_unit(loss.high));
  }

  /// Whether latencies decide nothing.
  bool is_by_size() const {
    return asked_.objective == Objective::kSize || asked_.objective == Objective::kMemory;
  }

  std::string words(const measure::Ratio& gain) const {
    std::string out = fmt::format("{:.2f} x {}", gain.value, is_by_size() ? "smaller" : "faster");
    if (gain.interval && !is_by_size()) {
      out += fmt::format(" ({:.2f} to {:.2f})", gain.interval->low, gain.interval->high);
    }
    return out;
  }

  void say(std::string_view kind, const Candidate& candidate, std::string_view verdict,
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
    event.message =
        fmt::format("{:5.1f} s  {}: {}, {}", seconds(), candidate.name, reason, verdict);
    options_.on_event(event);
  }

  void stop(std::string_view kind, Candidate& candidate, const std::string& why) {
    candidate.out = why;
    say(kind, candidate, Step::kStopped, why);
  }

  // --- steps

  std::vector<std::size_t> alive() const {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      if (candidates_[i].out.empty()) out.push_back(i);
    }
    return out;
  }

  std::vector<std::size_t> cells_of(const std::vector<std::size_t>& candidates) const {
    std::vector<std::size_t> cells;
    for (const std::size_t i : candidates) cells.push_back(candidates_[i].cell);
    return cells;
  }

  /// Takes over a candidate's figures. false: it is out.
  bool take_loss(Candidate& candidate, const store::Row& row, std::size_t samples,
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

  void stop_for_its_loss(std::string_view kind, Candidate& candidate) {
    candidate.is_outside = true;
    stop(kind, candidate,
         words(*candidate.loss) + fmt::format(", more than {:.4g}", budget_->value()));
  }

  /// Without the original nothing can be judged.
  void look_at_original(const store::RunResult& header) {
    const Rows original =
        laboratory_.measure({original_}, samples_.evaluated_for(samples_.search()));
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

  /// Makes the models of all candidates. Out are those that are not new.
  void make_all() {
    check_time();
    const std::vector<std::size_t> all = alive();
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

  Effort quick() const {
    return {.duration_s = kQuickSeconds,
            .target = kQuickTarget,
            .starts = 1,
            .shapes = {shapes_.front()}};
  }

  void time_all() {
    check_time();
    const std::vector<std::size_t> timed = alive();
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

  static bool is_worse_than_original(const Candidate& candidate) {
    return is_worse(*candidate.gain, {1, {}}, 0);
  }

  /// It is worse than the best so far, beyond what two starts differ by.
  bool is_outrun(const Candidate& candidate) const {
    return best_ && is_worse(*candidate.gain, *candidates_[*best_].gain, kStartNoise);
  }

  /// Why it is left out then.
  std::string outrun(const Candidate& candidate) const {
    const Candidate& best = candidates_[*best_];
    return words(*candidate.gain) + ", and " + best.name + " is " + words(*best.gain);
  }

  /// Why a row has no gain.
  static std::string not_timed(const store::Row& row) {
    return row.message.empty() ? "could not be timed beside the original" : row.message;
  }

  /// Times candidates for a moment, together.
  void take_gains(const std::vector<std::size_t>& timed) {
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

  std::vector<std::size_t> by_gain(std::vector<std::size_t> indices) const {
    std::stable_sort(indices.begin(), indices.end(), [&](std::size_t a, std::size_t b) {
      return candidates_[a].gain_value() > candidates_[b].gain_value();
    });
    return indices;
  }

  bool is_looked_through(const Candidate& candidate) const {
    return candidate.loss && candidate.loss->samples == samples_.search();
  }

  /// Evaluates on more and more samples until the candidate is out, or all samples of the search
  /// are in. Returns whether it is within the budget there.
  bool evaluate_fully(Candidate& candidate, std::string_view kind) {
    while (!is_looked_through(candidate)) {
      check_time();
      const std::size_t samples = samples_.after(candidate.loss ? candidate.loss->samples : 0);
      const Rows rows = laboratory_.measure({candidate.cell}, samples_.evaluated_for(samples));
      if (!take_loss(candidate, rows.rows[0], samples, kind)) return false;
    }
    return true;
  }

  static std::size_t at_a_time() { return std::min(kAtATime, Laboratory::at_a_time()); }

  /// What may still be the best comes next: a candidate that is not looked through, or a mended one
  /// of which no more operators are in float than it may be hoped for.
  void race() {
    for (const std::size_t i : by_gain(alive())) {
      if (!best_ && is_looked_through(candidates_[i])) take_if_better(i);
    }
    while (true) {
      check_time();
      const std::vector<std::size_t> next = next_to_look_at();
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

  /// The fastest that are not looked through, at most at_a_time(). Stops those that are outrun.
  std::vector<std::size_t> next_to_look_at() {
    std::vector<std::size_t> out;
    for (const std::size_t i : by_gain(alive())) {
      Candidate& candidate = candidates_[i];
      if (is_looked_through(candidate)) continue;
      if (stops_outrun(candidate, Step::kEvaluate)) continue;
      if (out.size() < at_a_time()) out.push_back(i);
    }
    return out;
  }

  /// Whether it is outrun. Says so.
  bool stops_outrun(Candidate& candidate, std::string_view kind) {
    if (!is_outrun(candidate)) return false;
    candidate.is_slower = true;
    stop(kind, candidate, outrun(candidate));
    return true;
  }

  void look_at(const std::vector<std::size_t>& places) {
    std::vector<std::size_t> fresh;
    for (const std::size_t i : places) {
      if (!candidates_[i].loss) fresh.push_back(i);
    }
    const Rows rows =
        laboratory_.measure(cells_of(fresh), samples_.evaluated_for(samples_.first()));
    for (std::size_t i = 0; i < fresh.size(); ++i) {
      Candidate& candidate = candidates_[fresh[i]];
      if (take_loss(candidate, rows.rows[i], samples_.first(), Step::kEvaluate)) {
        say(Step::kEvaluate, candidate, Step::kGoesOn, words(*candidate.loss));
      }
    }
    for (const std::size_t i : places) {
      Candidate& candidate = candidates_[i];
      const bool goes_on = candidate.out.empty() && !stops_outrun(candidate, Step::kEvaluate);
      if (goes_on && evaluate_fully(candidate, Step::kEvaluate)) {
        say(Step::kEvaluate, candidate, Step::kKept, words(*candidate.loss));
        take_if_better(i);
      }
      if (candidate.is_outside) mendings_.emplace_back(i, candidate);
    }
  }

  void take_if_better(std::size_t place) {
    if (best_ && candidates_[place].gain_value() <= candidates_[*best_].gain_value()) return;
    best_ = place;
    tell_of_better();
  }

  // --- mixed precision

  /// Gain of the best so far; the original's.
  double least_gain() const { return best_ ? candidates_[*best_].gain_value() : 1; }

  /// The one that would be the fastest if its next number of operators in float were enough.
  /// nullptr: none can win any more.
  Mending* next_to_mend() {
    const auto ranked = std::ranges::count_if(mendings_, &Mending::is_ranked);
    Mending* out = nullptr;
    for (Mending& mending : mendings_) {
      if (mending.is_finished() || mending.hoped_gain() <= least_gain()) continue;
      if (!mending.is_ranked()) {
        const double gain = candidates_[mending.broken()].gain_value();
        if (ranked >= kMended || gain <= least_gain() * (1 + kWorthMending)) continue;
      }
      if (out == nullptr || mending.hoped_gain() > out->hoped_gain()) out = &mending;
    }
    return out;
  }

  /// The next step of a mending.
  void go_on(Mending& mending) {
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

  void rank(Mending& mending) {
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

  /// Says so where its operators in float were not enough.
  void say_why_it_ended(const Mending& mending) {
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

  Candidate& with(Mending& mending, std::size_t count) {
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

  /// `enough` operators in float seem enough. Finds out whether they are, or how many are, and then
  /// whether fewer are. After a refusal the first number that holds is taken: see Mending::refuse.
  void finish(Mending& mending, std::size_t enough) {
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
    const std::size_t fewer = *fewest({.failed = mending.failed(),
                                       .enough = enough,
                                       .from_above = true,
                                       .at_a_time = at_a_time()},
                                      seem_enough);
    const std::size_t least = *fewest({.failed = fewer - 1, .enough = enough}, is_enough);
    if (least < enough) take_mended(mending, least);
  }

  /// On all samples of the search.
  bool holds_in_float(Mending& mending, std::size_t count) {
    Candidate& candidate = with(mending, count);
    if (!evaluate_fully(candidate, Step::kMixed)) return false;
    say(Step::kMixed, candidate, Step::kGoesOn, words(*candidate.loss));
    return true;
  }

  /// Of each number of operators in float, whether the loss on the first samples, less its standard
  /// error, is within the budget.
  std::vector<bool> seem_within(Mending& mending, const std::vector<std::size_t>& counts) {
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

  bool seems_within(Candidate& candidate, const store::Row& row) {
    if (!take_loss(candidate, row, samples_.first(), Step::kMixed)) return false;
    if (!budget_->may_hold(*candidate.loss)) {
      stop_for_its_loss(Step::kMixed, candidate);
      return false;
    }
    say(Step::kMixed, candidate, Step::kGoesOn, words(*candidate.loss));
    return true;
  }

  /// Times it beside the best so far. One that was taken before and has more operators in float is
  /// out.
  void take_mended(Mending& mending, std::size_t count) {
    check_time();
    const std::size_t place = candidates_.size();
    candidates_.push_back(with(mending, count));
    std::vector<std::size_t> timed = {place};
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

  // --- the end

  /// Candidates within the budget that may still be the best, the best first.
  std::vector<std::size_t> finalists() const {
    std::vector<std::size_t> out;
    for (const std::size_t i : by_gain(alive())) {
      const Candidate& candidate = candidates_[i];
      const bool is_whole = is_looked_through(candidate) && candidate.gain;
      if (is_whole && out.size() < kFinalists && !is_outrun(candidate)) out.push_back(i);
    }
    return out;
  }

  /// Of those that ran, the one that loses least.
  std::optional<std::size_t> nearest() const {
    std::optional<std::size_t> out;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      const Candidate& candidate = candidates_[i];
      if (!candidate.loss || candidate.in_float > 0) continue;
      if (!out || candidate.loss->value < candidates_[*out].loss->value) out = i;
    }
    return out;
  }

  Effort proof(std::size_t rows) const {
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

  void decide() {
    tuning_.objective = name_of(asked_.objective);
    tuning_.seed = asked_.seed;
    tuning_.search_samples = static_cast<std::int64_t>(samples_.search());
    tuning_.confirmation_samples = static_cast<std::int64_t>(samples_.all() - samples_.search());
    rows_ = {};
    row_of_.clear();
    tuning_.tied.clear();
    tuning_.finished = unfinished_.empty();
    tuning_.unfinished_reason = unfinished_;
    const std::vector<std::size_t> last = finalists();
    if (last.empty()) {
      decide_for_the_original();
      return;
    }
    measure_last(last);
    if (choose(last)) return;
    // Refused were only the fastest: what stopped because it was slower has its turn now.
    if (!cancelled_ && revive()) decide();
  }

  /// No candidate is left: shows the one that came nearest to being chosen.
  void decide_for_the_original() {
    auto shown = best_that_is_no_better();
    const bool is_no_better = shown.has_value();
    if (!shown) shown = nearest();
    measure_last(shown ? std::vector{*shown} : std::vector<std::size_t>{});
    const bool is_within = shown && judge(*shown, Step::kStopped);
    if (!shown || !unfinished_.empty()) {
      tuning_.outcome = store::Tuning::kNothing;
    } else {
      // One that the first half refused stays refused.
      tuning_.outcome =
          is_no_better && is_within ? store::Tuning::kNotBetter : store::Tuning::kOutside;
    }
  }

  /// Of those that are out only because the original is better.
  std::optional<std::size_t> best_that_is_no_better() const {
    std::optional<std::size_t> out;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      if (!candidates_[i].is_no_better) continue;
      if (!out || candidates_[i].gain_value() > candidates_[*out].gain_value()) out = i;
    }
    return out;
  }

  /// A refused candidate may be within the budget with operators in float, or with more of them.
  void mend_refused(std::size_t place) {
    const Candidate& candidate = candidates_[place];
    const auto known = std::ranges::find(mendings_, place, &Mending::taken);
    if (known != mendings_.end()) {
      known->refuse(candidate.in_float);
    } else if (candidate.in_float == 0) {
      mendings_.emplace_back(place, candidate).refuse(0);
    }
  }

  /// Goes on after a refusal, with those that stopped because the refused one was better, and with
  /// what can be mended. false: none of them keeps the budget.
  bool revive() {
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

  /// Rows of the result: the original, the last candidates measured, the others left out.
  void measure_last(const std::vector<std::size_t>& last) {
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

  std::string left_out(const Candidate& candidate) const {
    if (!candidate.out.empty()) return candidate.out;
    if (!best_ || !candidate.gain) return "the search ended before it was its turn";
    return outrun(candidate);
  }

  /// Of the rows: all, or as many as are evaluated already.
  std::size_t last_samples() const {
    return cancelled_ ? samples_.evaluated_for(samples_.search()) : samples_.all();
  }

  const store::Row& row(std::size_t candidate) const {
    return rows_.rows.at(row_of_.at(candidate));
  }

  /// The best first; of those as fast as it, in the order of their gains.
  bool choose(const std::vector<std::size_t>& last) {
    std::vector<std::size_t> order;
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

  /// Judges a candidate on the samples that had no part in its choice. false: it is outside there.
  /// Else it has the given verdict.
  bool judge(std::size_t index, std::string_view verdict_within) {
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

  void find_tied(std::size_t chosen, const std::vector<std::size_t>& last) {
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

  Laboratory& laboratory_;
  const TuneOptions& asked_;
  const execute::Options& options_;
  OnBetter on_better_;
  Clock::time_point started_;
  Samples samples_;
  std::vector<analysis::Shape> shapes_;

  std::size_t original_ = 0;
  std::vector<Candidate> candidates_;
  std::optional<std::size_t> best_;

  /// From the original's figures on.
  std::optional<Budget> budget_;
  std::vector<Mending> mendings_;

  /// Names of those that the second half refused.
  std::vector<std::string> refused_;
  std::string unfinished_;
  bool cancelled_ = false;
  bool is_silent_ = false;  ///< no event tells of its steps
  store::Row whole_;
  Rows rows_;
  std::vector<std::size_t> row_of_;
  store::Tuning tuning_;
};

/// The spec that is searched: its cells, its metric first, its samples drawn by the seed.
spec::Spec searched(spec::Spec spec, const TuneOptions& asked) {
  spec.sample_seed = asked.seed;
  if (!asked.metric.empty()) {
    std::erase(spec.metrics, asked.metric);
    spec.metrics.insert(spec.metrics.begin(), asked.metric);
  }
  if (!asked.shapes.empty()) {
    std::set<std::int64_t> batches;
    std::set<std::int64_t> lengths;
    for (const analysis::Shape& shape : asked.shapes) {
      batches.insert(shape.batch_size);
      lengths.insert(shape.input_length);
    }
    spec.batch_sizes.assign(batches.begin(), batches.end());
    spec.input_lengths.assign(lengths.begin(), lengths.end());
  }
  if (spec.benchmarked.empty()) {
    const auto frameworks = asked.frameworks.empty() ? usual_frameworks() : asked.frameworks;
    require_frameworks(frameworks, "strategy_args.frameworks");
    spec = spec::with_points(std::move(spec), starting_points(frameworks, measure::machine_facts(),
                                                              kCalibrationSamples));
  }
  // Without a split for it, calibration takes samples of the search; they prove nothing.
  if (!spec.dataset.calibration_split) spec.dataset.calibration_split = spec.dataset.eval_split;
  return spec;
}

/// Calibration that takes samples of the evaluated split takes samples of the first half.
void keep_calibration_off_the_proof(execute::Prepared& prepared) {
  spec::Spec& spec = prepared.located.spec;
  if (spec.dataset.calibration_split != spec.dataset.eval_split) return;
  const char* key = "num_calibration_samples";
  const auto most = static_cast<std::int64_t>(prepared.inputs.evaluation_samples / 2);
  for (spec::Cell& cell : spec.cells) {
    if (!cell.calibration) continue;
    Json& calibration = *cell.calibration;
    calibration[key] = std::min(most, calibration.value(key, most));
    if (cell.parameters.contains("calibration") && cell.parameters["calibration"].is_object()) {
      cell.parameters["calibration"][key] = calibration[key];
    }
  }
}

store::RunResult header_of(const Laboratory& laboratory) {
  execute::Plan plan;
  for (const spec::Cell& cell : laboratory.spec().cells) plan.rows.emplace_back().cell = &cell;
  const execute::Prepared& prepared = laboratory.prepared();
  store::RunResult header = execute::header(laboratory.spec(), prepared.inputs, plan);
  header.sources = prepared.located.sources;
  return header;
}

}  // namespace

std::string name_of(Objective objective) {
  switch (objective) {
    case Objective::kLatency:
      return std::string(store::Tuning::kLatency);
    case Objective::kThroughput:
      return std::string(store::Tuning::kThroughput);
    case Objective::kSize:
      return std::string(store::Tuning::kSize);
    case Objective::kMemory:
      break;
  }
  return std::string(store::Tuning::kMemory);
}

store::RunResult tune(const spec::Spec& spec, const TuneOptions& asked,
                      const execute::Options& given) {
  const auto started = Clock::now();
  execute::Options options = execute::with_places(given);
  // Each step is a plan of its own: what all of them say is said once.
  std::set<std::string> said;
  options.on_event = [&](const execute::Event& event) {
    const bool is_warning = event.kind == execute::Event::Kind::kWarning;
    if (is_warning && !said.insert(event.message).second) return;
    // A search says what it decides, not each stage that it needs for it.
    const bool is_end = event.kind == execute::Event::Kind::kStageFinished ||
                        event.kind == execute::Event::Kind::kStageReused ||
                        event.kind == execute::Event::Kind::kStageFailed;
    execute::Event told = event;
    if (is_end) told.kind = execute::Event::Kind::kStageProgress;
    if (given.on_event) given.on_event(told);
  };
  execute::Prepared prepared = execute::prepare(searched(spec, asked), options);
  keep_calibration_off_the_proof(prepared);
  store::Database database(options.store);
  Laboratory laboratory(std::move(prepared), options, database);
  store::RunResult header = header_of(laboratory);
  database.put_run(header, store::RunStatus::kRunning);
  store::RunResult result;
  std::vector<std::vector<std::string>> keys;  // of its rows
  execute::keeping_its_end(
      [&] {
        const auto on_better = [&](const Search& better) {
          result = better.result(header);
          keys = better.keys();
          database.put_run(result, store::RunStatus::kRunning, keys);
          if (options.on_better) options.on_better(result);
        };
        Search search(laboratory, asked, options, on_better, started);
        search.run(header);
        result = search.result(header);
        keys = search.keys();
        const auto status =
            search.was_cancelled() ? store::RunStatus::kCancelled : store::RunStatus::kFinished;
        database.put_run(result, status, keys);
      },
      [&](store::RunStatus status) {
        database.put_run(result.rows.empty() ? header : result, status, keys);
      });
  execute::tidy_cache(options, started);
  return result;
}

}  // namespace quantbench::search
