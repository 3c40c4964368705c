#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/plan/builder.h"

namespace quantbench::execute {

/// Progress and remaining time of a plan. Starts from the plan's guesses, or the times of earlier
/// runs, and corrects them per kind of stage with this run's times.
class PlanProgress {
 public:
  using Clock = std::function<double()>;  ///< seconds, monotonic
  /// `typical` gives the mean seconds of earlier stages of a kind, if known.
  PlanProgress(const std::vector<plan::PlannedStage>& stages,
               const std::function<std::optional<double>(const std::string& stage)>& typical,
               Clock clock);

  /// Several stages may run at a time.
  void start(std::size_t stage);
  void advance(std::size_t stage, double share);
  void finish(std::size_t stage);
  /// The stage's result exists, or the stage cannot run.
  void skip(std::size_t stage);

  /// Fraction of the whole plan, 0 to 1. Never decreases.
  double share();
  double seconds_left() const;

 private:
  struct Step {
    std::string kind;
    double expected = 0;
    bool done = false;
  };
  struct Observed {
    double actual = 0;
    double expected = 0;
  };

  struct Running {
    double begin = 0;
    double share = 0;
  };

  double corrected(const Step& step) const;
  double left_of(std::size_t stage, const Running& running) const;

  Clock clock_;
  std::vector<Step> steps_;
  std::map<std::string, Observed> observed_;
  std::map<std::size_t, Running> running_;
  double begin_ = 0;
  double told_share_ = 0;
};

}  // namespace quantbench::execute
