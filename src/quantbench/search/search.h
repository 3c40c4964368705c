#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quantbench/analysis/shape.h"
#include "quantbench/execute/run.h"
#include "quantbench/search/budget.h"
#include "quantbench/search/candidate.h"
#include "quantbench/search/laboratory.h"
#include "quantbench/search/mending.h"
#include "quantbench/search/tune.h"
#include "quantbench/store/result.h"
#include "quantbench/store/tuning.h"

namespace quantbench::search {

/// The search of `tune`. Its parts are files: what all of them need (search.cpp), the race
/// (race.cpp), mixed precision (mixed.cpp), and the end (decide.cpp). Candidates are named by their
/// places in one list, which grows by the mended ones.
class Search {
 public:
  using Clock = std::chrono::steady_clock;
  /// What a search that goes on has found: called whenever that is better than before.
  using OnBetter = std::function<void(const Search&)>;

  /// All but `on_better` and `started` must outlive it. Throws Error: too few samples, no original,
  /// or no candidate.
  Search(Laboratory& laboratory, const TuneOptions& asked, const execute::Options& options,
         OnBetter on_better, Clock::time_point started);

  /// `header`: what a result of this run says. Throws Cancelled if nothing within the budget is
  /// known by then.
  void run(const store::RunResult& header);

  /// What was found. Its header says what was measured.
  store::RunResult result(store::RunResult out) const;
  const std::vector<std::vector<std::string>>& keys() const { return rows_.keys; }
  bool was_cancelled() const { return cancelled_; }

 private:
  using Step = store::Tuning::Step;
  using Places = std::vector<std::size_t>;

  /// The search ends here, with what it has.
  struct Ended {
    std::string reason;
  };

  /// A moment of timing that tells 3 from 2, not 1.03 from 1.
  static constexpr double kQuickSeconds = 0.25;
  static constexpr double kQuickTarget = 0.05;

  /// Called where the user cancels. Throws Cancelled again if nothing good enough is known.
  void take_what_there_is();
  /// A process that is killed cannot hand over anything. So the result that it would have if it
  /// ended here is handed over now, from what is known already.
  void tell_of_better() const;

  /// Makes the candidates, with names.
  void name_candidates();
  double seconds() const { return std::chrono::duration<double>(Clock::now() - started_).count(); }
  /// Throws Ended where its time is over.
  void check_time() const;
  /// Whether latencies decide nothing.
  bool is_by_size() const {
    return asked_.objective == Objective::kSize || asked_.objective == Objective::kMemory;
  }

  static std::string words(const Loss& loss);
  std::string words(const measure::Ratio& gain) const;
  /// One decision: a step of the result, and an event.
  void say(std::string_view kind, const Candidate& candidate, std::string_view verdict,
           const std::string& reason);
  void stop(std::string_view kind, Candidate& candidate, const std::string& why);

  /// Candidates that are not out.
  Places alive() const;
  std::vector<std::size_t> cells_of(const Places& candidates) const;
  /// The best in the objective first.
  Places by_gain(Places candidates) const;

  // --- the race

  /// Takes over a candidate's figures. false: it is out.
  bool take_loss(Candidate& candidate, const store::Row& row, std::size_t samples,
                 std::string_view kind);
  void stop_for_its_loss(std::string_view kind, Candidate& candidate);
  /// Without the original nothing can be judged.
  void look_at_original(const store::RunResult& header);
  /// Makes the models of all candidates. Out are those that are not new.
  void make_all();
  void time_all();
  Effort quick() const;
  static bool is_worse_than_original(const Candidate& candidate);
  /// It is worse than the best so far, beyond what two starts differ by.
  bool is_outrun(const Candidate& candidate) const;
  /// Why it is left out then.
  std::string outrun(const Candidate& candidate) const;
  /// Why a row has no gain.
  std::string not_timed(const store::Row& row) const;
  /// Times candidates for a moment, together.
  void take_gains(const Places& timed);
  bool is_looked_through(const Candidate& candidate) const {
    return candidate.loss && candidate.loss->samples == samples_.search();
  }
  /// Evaluates on more and more samples until the candidate is out, or all samples of the search
  /// are in. Returns whether it is within the budget there.
  bool evaluate_fully(Candidate& candidate, std::string_view kind);
  /// Models that are looked at together.
  static std::size_t at_a_time();
  /// Goes on with what may become the fastest: the next candidates that are not looked through, or
  /// the mending with the highest hoped gain. Ends when nothing can be faster than the best.
  void race();
  /// The fastest that are not looked through, at most at_a_time(). Stops those that are outrun.
  Places next_to_look_at();
  /// Whether it is outrun. Says so.
  bool stops_outrun(Candidate& candidate, std::string_view kind);
  /// Evaluates them on the first samples, and then those that may be the best on all.
  void look_at(const Places& candidates);
  void take_if_better(std::size_t place);

  // --- mixed precision

  /// Gain of the best so far; the original's.
  double least_gain() const { return best_ ? candidates_[*best_].gain_value() : 1; }
  /// The one that would be the fastest if its next number of operators in float were enough.
  /// nullptr: none can win any more.
  Mending* next_to_mend();
  /// The next step of a mending.
  void go_on(Mending& mending);
  void rank(Mending& mending);
  /// Says so where its operators in float were not enough.
  void say_why_it_ended(const Mending& mending);
  /// Its candidate with `count` operators in float.
  Candidate& with(Mending& mending, std::size_t count);
  /// `enough` operators in float seem enough. Finds out whether they are, or how many are, and then
  /// whether fewer are. After a refusal the first number that holds is taken: see Mending::refuse.
  void finish(Mending& mending, std::size_t enough);
  /// On all samples of the search.
  bool holds_in_float(Mending& mending, std::size_t count);
  /// Of each number of operators in float, whether the loss on the first samples, less its standard
  /// error, is within the budget.
  std::vector<bool> seem_within(Mending& mending, const std::vector<std::size_t>& counts);
  bool seems_within(Candidate& candidate, const store::Row& row);
  /// Times it beside the best so far. One that was taken before and has more operators in float is
  /// out.
  void take_mended(Mending& mending, std::size_t count);

  // --- the end

  /// Candidates within the budget that may still be the best, the best first.
  Places finalists() const;
  /// Of those that ran, the one that loses least.
  std::optional<std::size_t> nearest() const;
  /// Times what is left, and judges it.
  void decide();
  /// Of the last timing.
  Effort proof(std::size_t rows) const;
  /// No candidate is left: shows the one that came nearest to being chosen.
  void decide_for_the_original();
  /// Of those that are out only because the original is better.
  std::optional<std::size_t> best_that_is_no_better() const;
  /// A refused candidate may be within the budget with operators in float, or with more of them.
  void mend_refused(std::size_t place);
  /// Goes on after a refusal, with those that stopped because the refused one was better, and with
  /// what can be mended. false: none of them keeps the budget.
  bool revive();
  /// Rows of the result: the original, the last candidates measured, the others left out.
  void measure_last(const Places& last);
  std::string left_out(const Candidate& candidate) const;
  /// Of the rows: all, or as many as are evaluated already.
  std::size_t last_samples() const;
  const store::Row& row(std::size_t candidate) const;
  /// Judges the last candidates, the best first, until one is within the budget. false: none is.
  bool choose(const Places& last);
  /// Judges a candidate on the samples that had no part in its choice. false: it is outside there.
  /// Else it has the given verdict.
  bool judge(std::size_t index, std::string_view verdict_within);
  void find_tied(std::size_t chosen, const Places& last);

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
  store::Row whole_;        ///< the original's, of the last measurement
  Rows rows_;
  Places row_of_;  ///< by the candidate's place
  store::Tuning tuning_;
};

}  // namespace quantbench::search
