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
#include "quantbench/search/candidates.h"
#include "quantbench/search/fewest.h"
#include "quantbench/search/gain.h"
#include "quantbench/search/laboratory.h"
#include "quantbench/task/task.h"

namespace quantbench::search {

namespace {

using Step = store::Tuning::Step;
using Clock = std::chrono::steady_clock;

/// Fewer cannot tell a loss of a point from chance in either half.
constexpr std::size_t kFewestSamples = 20;
/// Of the first look at all candidates.
constexpr std::size_t kFirstSamples = 100;
/// Of a split, search and proof together, that is evaluated at once.
constexpr std::size_t kFewSamples = 1000;
/// Each further look at a candidate has as many times the samples of the one before.
constexpr std::size_t kGrowth = 4;
constexpr std::size_t kCalibrationSamples = 128;
/// A moment of timing that tells 3 from 2, not 1.03 from 1.
constexpr double kQuickSeconds = 0.5;
constexpr double kQuickTarget = 0.05;
/// Beyond this share, and beyond the noise, a candidate is slower than the best. Two starts of one
/// model differ by about as much.
constexpr double kStartNoise = 0.02;
/// A candidate outside of the budget is worth mending if it is faster than the best by this share:
/// operators in float cost some of it.
constexpr double kWorthMending = 0.05;
constexpr std::size_t kMended = 3;
/// Two numbers of operators in float take hardly longer than one, on two cores.
constexpr std::size_t kMixedAtATime = 2;
constexpr std::size_t kFinalists = 4;
/// Of the time limit, for the search; the rest is for the proof.
constexpr double kSearchShare = 0.6;
constexpr double kProofShare = 0.25;

/// Losses are differences of sums: what is equal on paper may differ by rounding.
constexpr double kRounding = 1e-12;

constexpr const char* kInterrupted = "interrupted; the same command goes on";
constexpr const char* kKilled = "it was killed; the same command goes on";

struct Loss {
  double value = 0;
  double low = 0;
  double high = 0;
  std::size_t samples = 0;
};

struct Candidate {
  std::size_t cell = 0;
  std::string name;
  /// Why it is out, in words; empty: it is not.
  std::string out = {};
  bool is_outside = false;    ///< it is out for its loss
  bool is_slower = false;     ///< it is out because another one is better in the objective
  bool is_no_better = false;  ///< it is out because it is worse than the original in the objective
  std::optional<Loss> loss = {};
  std::optional<measure::Ratio> gain = {};
  /// Of mixed precision: operators of its model that are left in float for the budget.
  std::size_t in_float = 0;
  std::vector<std::string> quantized_nodes = {};
};

/// The search ends here, with what it has.
struct Ended {
  std::string reason;
};

class Search {
 public:
  /// What a search that goes on has found: called whenever that is better than before.
  using OnBetter = std::function<void(const Search&)>;

  Search(Laboratory& laboratory, const store::RunResult& header, const TuneOptions& asked,
         const execute::Options& options, OnBetter on_better, Clock::time_point started)
      : laboratory_(laboratory),
        asked_(asked),
        options_(options),
        on_better_(std::move(on_better)),
        started_(started),
        header_(header) {
    const std::size_t samples = laboratory.prepared().inputs.evaluation_samples;
    if (samples < kFewestSamples) {
      throw Error("the split has " + std::to_string(samples) +
                      " samples to evaluate, and a search "
                      "needs " +
                      std::to_string(kFewestSamples),
                  "dataset.eval_split", "name a larger split");
    }
    all_samples_ = samples;
    search_samples_ = samples / 2;
    shapes_ = asked.shapes.empty() ? shapes_of(laboratory.spec()) : asked.shapes;
    name_candidates();
  }

  /// Throws Cancelled if nothing within the budget is known by then.
  void run() {
    try {
      look_at_all();
      time_all();
      find_best();
      mend();
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

  // --- losses

  /// The figure, its meaning and the budget, from the original's first figures.
  void choose_figure(const store::Row& original) {
    header_.rows = {original};
    const auto headline = analysis::headline_figure(header_);
    if (!headline) {
      throw Error("no metric of this run says what is lost", "metrics",
                  "name one: strategy_args.metric");
    }
    figure_ = *headline;
    meaning_ = *analysis::meaning_of(header_, figure_);
    original_outcomes_ = outcomes_of(original, search_samples_);
    if (!original_outcomes_) {
      throw Error("metric '" + figure_ +
                      "' has no value for a single sample, so that a loss cannot "
                      "be proved with it",
                  "strategy_args.metric", "choose another metric, such as accuracy or f1");
    }
    tuning_.figure = figure_;
    header_.rows.clear();
  }

  void set_budget() {
    analysis::Allowance allowance;
    if (asked_.max_drop) {
      allowance = *asked_.max_drop;
    } else if (meaning_.point > 0) {
      allowance.amount = meaning_.point;
    } else {
      throw Error("metric '" + figure_ + "' has no points", "strategy_args.max_drop",
                  "say which loss is accepted, in the metric's unit");
    }
    budget_ = allowance.amount;
    if (allowance.relative) {
      const auto value = analysis::value_on(meaning_, *original_outcomes_);
      budget_ *= std::abs(value.value_or(0));
    }
    tuning_.max_drop = allowance.amount;
    tuning_.max_drop_is_relative = allowance.relative;
    tuning_.budget = budget_;
  }

  /// Number of samples to evaluate for the loss on the first `samples`. A candidate that comes to
  /// the end of the search mostly passes it, and needs the samples of the proof too: opening its
  /// model once more would take longer. Not so where no loss at all is accepted, unless the samples
  /// are few.
  std::size_t evaluated_for(std::size_t samples) const {
    const bool accepts_a_loss = !asked_.max_drop || asked_.max_drop->amount > 0;
    const bool takes_all = accepts_a_loss || all_samples_ <= kFewSamples;
    return takes_all && samples == search_samples_ ? all_samples_ : samples;
  }

  /// Of the first `samples` samples, of a row in which evaluated_for(samples) are evaluated.
  std::optional<metric::Outcomes> outcomes_of(const store::Row& row, std::size_t samples) const {
    const auto found = row.outcomes.find(figure_);
    if (found == row.outcomes.end()) return std::nullopt;
    auto out = metric::outcomes_of_text(found->second, evaluated_for(samples));
    if (out) out->resize(samples);
    return out;
  }

  /// The loss on the first `samples` samples.
  std::optional<Loss> loss_of(const store::Row& row, std::size_t samples) const {
    const auto candidate = outcomes_of(row, samples);
    if (!candidate) return std::nullopt;
    const metric::Outcomes original(
        original_outcomes_->begin(),
        original_outcomes_->begin() + static_cast<std::ptrdiff_t>(samples));
    const auto before = analysis::value_on(meaning_, original);
    const auto after = analysis::value_on(meaning_, *candidate);
    const auto interval = analysis::loss_interval(meaning_, original, *candidate);
    if (!before || !after || !interval) return std::nullopt;
    return Loss{analysis::loss(meaning_, *before, *after), interval->low, interval->high, samples};
  }

  bool is_within(const Loss& loss) const { return loss.value <= budget_ + kRounding; }

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

  std::size_t first_samples() const { return std::min(kFirstSamples, search_samples_); }

  /// Takes over a candidate's figures. false: it is out.
  bool take_loss(Candidate& candidate, const store::Row& row, std::size_t samples,
                 std::string_view kind) {
    if (row.status != store::Row::Status::kOk) {
      stop(kind, candidate, row.message);
      return false;
    }
    if (row.quantization) candidate.quantized_nodes = row.quantization->quantized_nodes;
    candidate.loss = loss_of(row, samples);
    if (!candidate.loss) {
      stop(kind, candidate, "has no " + figure_ + " on " + std::to_string(samples) + " samples");
      return false;
    }
    // On all samples of the search its estimate decides, before that its interval.
    const bool is_last = samples == search_samples_;
    const bool is_out = is_last ? !is_within(*candidate.loss) : candidate.loss->low > budget_;
    if (!is_out) return true;
    stop_for_its_loss(kind, candidate);
    return false;
  }

  void stop_for_its_loss(std::string_view kind, Candidate& candidate) {
    candidate.is_outside = true;
    stop(kind, candidate, words(*candidate.loss) + fmt::format(", more than {:.4g}", budget_));
  }

  void look_at_all() {
    // The original first: without it nothing can be judged.
    const Rows original = laboratory_.measure({original_}, evaluated_for(search_samples_));
    const store::Row& row = original.rows.at(0);
    if (row.status != store::Row::Status::kOk) {
      throw Error("the original cannot be measured: " + row.message);
    }
    choose_figure(row);
    set_budget();
    check_time();
    const std::vector<std::size_t> all = alive();
    const Rows rows = laboratory_.measure(cells_of(all), evaluated_for(first_samples()));
    std::map<std::string, std::string> known;
    for (std::size_t i = 0; i < all.size(); ++i) {
      Candidate& candidate = candidates_[all[i]];
      const store::Row& found = rows.rows[i];
      if (found.status == store::Row::Status::kOk) {
        if (found.quantization && found.quantization->quantized_count() == 0) {
          stop(Step::kEvaluate, candidate, "nothing in it could be quantized");
          continue;
        }
        const spec::Cell& cell = laboratory_.spec().cells[candidate.cell];
        const std::string model = found.model_hash + " " + cell.framework + " " +
                                  found.parameters.value("framework_args", Json()).dump();
        const auto [same, is_new] = known.emplace(model, candidate.name);
        if (!is_new) {
          stop(Step::kEvaluate, candidate, std::string(Step::kSameModel) + same->second);
          continue;
        }
      }
      if (take_loss(candidate, found, first_samples(), Step::kEvaluate)) {
        say(Step::kEvaluate, candidate, Step::kGoesOn, words(*candidate.loss));
      }
    }
  }

  Effort quick() const {
    return {.duration_s = kQuickSeconds,
            .target = kQuickTarget,
            .starts = 1,
            .shapes = {shapes_.front()}};
  }

  /// Those that are out for their loss are timed too: a fast one may be worth mending.
  void time_all() {
    check_time();
    std::vector<std::size_t> timed;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      if (candidates_[i].out.empty() || candidates_[i].is_outside) timed.push_back(i);
    }
    if (timed.empty()) return;
    take_gains(timed);
    for (const std::size_t i : timed) {
      Candidate& candidate = candidates_[i];
      if (!candidate.out.empty() || !candidate.gain) continue;
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

  static double gain_value(const Candidate& candidate) {
    return candidate.gain ? candidate.gain->value : 0;
  }

  std::vector<std::size_t> by_gain(std::vector<std::size_t> indices) const {
    std::stable_sort(indices.begin(), indices.end(), [&](std::size_t a, std::size_t b) {
      return gain_value(candidates_[a]) > gain_value(candidates_[b]);
    });
    return indices;
  }

  /// Evaluates on more and more samples until the candidate is out, or all samples of the search
  /// are in. Returns whether it is within the budget there.
  bool evaluate_fully(Candidate& candidate, std::string_view kind) {
    std::size_t samples = candidate.loss ? candidate.loss->samples : 0;
    while (samples < search_samples_) {
      check_time();
      samples = samples == 0 ? first_samples() : samples * kGrowth;
      // A last step that adds little is not worth one of its own.
      if (samples * 2 > search_samples_) samples = search_samples_;
      const Rows rows = laboratory_.measure({candidate.cell}, evaluated_for(samples));
      if (!take_loss(candidate, rows.rows[0], samples, kind)) return false;
    }
    return true;
  }

  void find_best() {
    for (const std::size_t i : by_gain(alive())) {
      Candidate& candidate = candidates_[i];
      if (is_outrun(candidate)) {
        candidate.is_slower = true;
        stop(Step::kEvaluate, candidate, outrun(candidate));
        continue;
      }
      if (!evaluate_fully(candidate, Step::kEvaluate)) continue;
      say(Step::kEvaluate, candidate, Step::kKept, words(*candidate.loss));
      if (best_) continue;
      best_ = i;
      tell_of_better();
    }
  }

  /// A candidate that loses too much, on its way to fewer operators in eight bits.
  struct Mending {
    std::size_t broken = 0;
    std::vector<std::string> ranked = {};  ///< its operators, the most damaging first
    std::size_t failed = 0;                ///< number of them in float that is too small
    std::size_t step = 1;                  ///< to try next, above that
    std::map<std::size_t, Candidate> tried = {};
    bool is_finished = false;

    /// All of them in float make it the original.
    std::size_t most() const { return ranked.empty() ? 0 : ranked.size() - 1; }
    std::size_t next() const { return std::min(failed + step, most()); }
    bool is_over() const { return failed >= most(); }
  };

  /// Tries the fastest of those that lose too much with operators in float.
  void mend() {
    std::vector<Mending> mendings = start_mending();
    while (true) {
      std::erase_if(mendings, [&](const Mending& one) { return one.is_finished || gives_up(one); });
      // First those that would be the fastest if their next number of operators were enough.
      std::stable_sort(mendings.begin(), mendings.end(), [&](const Mending& a, const Mending& b) {
        return hoped_gain(a, a.next()) > hoped_gain(b, b.next());
      });
      if (mendings.empty()) return;
      const std::size_t now = std::min(mendings.size(), mixed_at_a_time());
      std::vector<Candidate*> candidates;
      for (std::size_t i = 0; i < now; ++i) {
        candidates.push_back(&with(mendings[i], mendings[i].next()));
      }
      const std::vector<bool> accepted = seem_within(candidates);
      for (std::size_t i = 0; i < now; ++i) {
        Mending& one = mendings[i];
        if (accepted[i]) {
          // The one before it may be better than this one can be by now.
          if (hoped_gain(one, one.failed + 1) > least_gain()) finish_mending(one, one.next());
          one.is_finished = true;
        } else {
          one.failed = one.next();
          one.step *= 2;
        }
      }
    }
  }

  /// The fastest that lose too much, ranked.
  std::vector<Mending> start_mending() {
    std::vector<std::size_t> outside;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      const Candidate& candidate = candidates_[i];
      if (!candidate.is_outside || !candidate.gain) continue;
      if (candidate.gain->value > least_gain() * (1 + kWorthMending)) outside.push_back(i);
    }
    outside = by_gain(std::move(outside));
    outside.resize(std::min(outside.size(), kMended));
    if (outside.empty()) return {};
    check_time();
    std::vector<Mending> out;
    std::vector<Laboratory::Ranking> rankings = laboratory_.rank(cells_of(outside));
    for (std::size_t i = 0; i < outside.size(); ++i) {
      const Candidate& candidate = candidates_[outside[i]];
      if (!rankings[i].failure.empty()) {
        say(Step::kMixed, candidate, Step::kStopped,
            "its operators cannot be ranked: " + rankings[i].failure);
        continue;
      }
      Mending& one = out.emplace_back();
      one.broken = outside[i];
      const auto& nodes = candidate.quantized_nodes;
      for (std::string& name : rankings[i].operators) {
        const bool is_quantized = std::find(nodes.begin(), nodes.end(), name) != nodes.end();
        if (is_quantized) one.ranked.push_back(std::move(name));
      }
      // Those that are ranked by another approach than they are quantized by may be missing.
      for (const std::string& name : nodes) {
        if (std::find(one.ranked.begin(), one.ranked.end(), name) == one.ranked.end()) {
          one.ranked.push_back(name);
        }
      }
      one.step =
          std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(std::sqrt(one.most()))));
    }
    return out;
  }

  /// Of the best so far; the original's.
  double least_gain() const { return best_ ? gain_value(candidates_[*best_]) : 1; }

  /// Its gain with this number of operators in float, if each of them takes an equal part of it;
  /// the operators that are mended first may take less.
  double hoped_gain(const Mending& mending, std::size_t in_float) const {
    constexpr double kRoom = 1.5;
    const double gain = gain_value(candidates_[mending.broken]);
    const double share = static_cast<double>(in_float) / static_cast<double>(mending.ranked.size());
    return 1 / (1 / gain + share / kRoom * (1 - 1 / gain));
  }

  /// Says so.
  bool gives_up(const Mending& mending) {
    const auto give_up = [&](const char* why) {
      say(Step::kMixed, candidates_[mending.broken], Step::kStopped,
          fmt::format("{} of its {} operators in float are too few{}", mending.failed,
                      mending.ranked.size(), why));
      return true;
    };
    if (mending.is_over()) return give_up("");
    if (hoped_gain(mending, mending.next()) <= least_gain()) {
      return give_up(", and with more of them another one is faster");
    }
    return false;
  }

  static std::size_t mixed_at_a_time() { return std::min(kMixedAtATime, Laboratory::at_a_time()); }

  Candidate& with(Mending& mending, std::size_t count) {
    const auto known = mending.tried.find(count);
    if (known != mending.tried.end()) return known->second;
    return mending.tried.emplace(count, with_in_float(mending.broken, mending.ranked, count))
        .first->second;
  }

  /// `enough` operators in float seem enough: finds out whether fewer are, and proves it.
  void finish_mending(Mending& mending, std::size_t enough) {
    const auto seem_enough = [&](const std::vector<std::size_t>& counts) {
      std::vector<Candidate*> candidates;
      for (const std::size_t count : counts) candidates.push_back(&with(mending, count));
      return seem_within(candidates);
    };
    const auto is_enough = [&](const std::vector<std::size_t>& counts) {
      Candidate& candidate = with(mending, counts.at(0));
      if (!evaluate_fully(candidate, Step::kMixed)) return std::vector{false};
      say(Step::kMixed, candidate, Step::kGoesOn, words(*candidate.loss));
      return std::vector{true};
    };
    enough =
        *fewest(Fewest{.failed = mending.failed, .enough = enough, .at_a_time = mixed_at_a_time()},
                seem_enough);
    // Few samples are noisy: what they allow is proved on all of the search, or needs more, as long
    // as it may still be the fastest.
    std::size_t most = mending.most();
    while (most > enough && hoped_gain(mending, most) <= least_gain()) --most;
    const auto proved = fewest(Fewest{.failed = enough - 1, .most = most}, is_enough);
    if (!proved) {
      say(Step::kMixed, candidates_[mending.broken], Step::kStopped,
          fmt::format("even with {} of its {} operators in float it loses too much", most,
                      mending.ranked.size()));
      return;
    }
    take_mended(std::move(mending.tried.at(*proved)));
  }

  std::vector<bool> seem_within(const std::vector<Candidate*>& candidates) {
    check_time();
    std::vector<std::size_t> cells;
    for (const Candidate* candidate : candidates) cells.push_back(candidate->cell);
    const Rows rows = laboratory_.measure(cells, evaluated_for(first_samples()));
    std::vector<bool> out;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      out.push_back(seems_within(*candidates[i], rows.rows[i]));
    }
    return out;
  }

  /// Whether the loss on the first samples, less its standard error, is within the budget.
  bool seems_within(Candidate& candidate, const store::Row& row) {
    if (!take_loss(candidate, row, first_samples(), Step::kMixed)) return false;
    const Loss& loss = *candidate.loss;
    const double error = (loss.value - loss.low) / analysis::kTwoSided95;
    if (loss.value - error > budget_ + kRounding) {
      stop_for_its_loss(Step::kMixed, candidate);
      return false;
    }
    say(Step::kMixed, candidate, Step::kGoesOn, words(loss));
    return true;
  }

  Candidate with_in_float(std::size_t broken, const std::vector<std::string>& ranked,
                          std::size_t count) {
    const std::vector<std::string> nodes(ranked.begin(),
                                         ranked.begin() + static_cast<std::ptrdiff_t>(count));
    Candidate out;
    out.cell =
        laboratory_.add(with_excluded(laboratory_.spec().cells[candidates_[broken].cell], nodes));
    out.name = candidates_[broken].name +
               fmt::format(", {} operator{} in float", count, count == 1 ? "" : "s");
    out.in_float = count;
    return out;
  }

  /// Times it beside the best so far.
  void take_mended(Candidate mended) {
    check_time();
    candidates_.push_back(std::move(mended));
    const std::size_t place = candidates_.size() - 1;
    std::vector<std::size_t> timed = {place};
    if (best_) timed.push_back(*best_);
    take_gains(timed);
    Candidate& candidate = candidates_[place];
    if (!candidate.out.empty()) return;
    if (is_outrun(candidate)) {
      stop(Step::kMixed, candidate, outrun(candidate));
      return;
    }
    say(Step::kMixed, candidate, Step::kKept, words(*candidate.gain));
    if (best_ && gain_value(candidate) <= gain_value(candidates_[*best_])) return;
    best_ = place;
    tell_of_better();
  }

  // --- the end

  /// Candidates within the budget that may still be the best, the best first.
  std::vector<std::size_t> finalists() const {
    std::vector<std::size_t> out;
    for (const std::size_t i : by_gain(alive())) {
      const Candidate& candidate = candidates_[i];
      const bool is_whole = candidate.loss && candidate.loss->samples == search_samples_;
      if (!is_whole || !candidate.gain || out.size() == kFinalists) continue;
      if (!is_outrun(candidate)) out.push_back(i);
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
    tuning_.search_samples = static_cast<std::int64_t>(search_samples_);
    tuning_.confirmation_samples = static_cast<std::int64_t>(all_samples_ - search_samples_);
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
      if (!out || gain_value(candidates_[i]) > gain_value(candidates_[*out])) out = i;
    }
    return out;
  }

  /// Brings back candidates that stopped because a refused one was better. false: there are none
  /// that keep the budget.
  bool revive() {
    best_ = std::nullopt;
    bool any = false;
    for (Candidate& candidate : candidates_) {
      if (!candidate.is_slower) continue;
      candidate.is_slower = false;
      candidate.out.clear();
      any = true;
    }
    if (!any) return false;
    try {
      find_best();
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
    return cancelled_ ? evaluated_for(search_samples_) : all_samples_;
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
    const auto before = outcomes_of(whole_, samples);
    const auto after = outcomes_of(row(index), samples);
    std::optional<analysis::Bound> bound;
    if (samples == all_samples_ && before && after) {
      bound = analysis::bound_of_loss(meaning_,
                                      analysis::halves_of(*before, search_samples_).confirmation,
                                      analysis::halves_of(*after, search_samples_).confirmation,
                                      analysis::kConfidence, asked_.seed);
    }
    const analysis::Decision decision = analysis::decide(bound, budget_, refused);
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
  std::size_t all_samples_ = 0;
  std::size_t search_samples_ = 0;
  std::vector<analysis::Shape> shapes_;

  std::size_t original_ = 0;
  std::vector<Candidate> candidates_;
  std::optional<std::size_t> best_;

  std::string figure_;
  metric::Figure meaning_;
  double budget_ = 0;
  std::optional<metric::Outcomes> original_outcomes_;

  /// Names of those that the second half refused.
  std::vector<std::string> refused_;
  std::string unfinished_;
  bool cancelled_ = false;
  bool is_silent_ = false;  ///< no event tells of its steps
  store::Row whole_;
  Rows rows_;
  std::vector<std::size_t> row_of_;
  store::Tuning tuning_;

  /// What a result of this run says, to know the metrics.
  store::RunResult header_;
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
        Search search(laboratory, header, asked, options, on_better, started);
        search.run();
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
