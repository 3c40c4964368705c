#include "quantbench/execute/plan_progress.h"

#include <algorithm>
#include <utility>

namespace quantbench::execute {

PlanProgress::PlanProgress(
    const std::vector<plan::PlannedStage>& stages,
    const std::function<std::optional<double>(const std::string& stage)>& typical, Clock clock)
    : clock_(std::move(clock)), begin_(clock_()) {
  std::map<std::string, std::optional<double>> known;
  for (const plan::PlannedStage& planned : stages) {
    Step step{planned.name(), planned.expected_seconds, false};
    // Earlier runs predict better than a guess.
    if (!planned.declaration().takes_the_planned_time) {
      const auto [found, is_new] = known.emplace(step.kind, std::nullopt);
      if (is_new) found->second = typical(step.kind);
      step.expected = found->second.value_or(step.expected);
    }
    steps_.push_back(std::move(step));
  }
}

void PlanProgress::start(std::size_t stage) { running_[stage] = {.begin = clock_()}; }

void PlanProgress::advance(std::size_t stage, double share) {
  double& known = running_.at(stage).share;
  known = std::clamp(share, known, 1.0);
}

void PlanProgress::finish(std::size_t stage) {
  Step& step = steps_.at(stage);
  step.done = true;
  Observed& observed = observed_[step.kind];
  observed.actual += clock_() - running_.at(stage).begin;
  observed.expected += step.expected;
  running_.erase(stage);
}

void PlanProgress::skip(std::size_t stage) {
  steps_.at(stage).done = true;
  running_.erase(stage);
}

double PlanProgress::corrected(const Step& step) const {
  const auto found = observed_.find(step.kind);
  if (found == observed_.end() || found->second.expected <= 0) return step.expected;
  return step.expected * found->second.actual / found->second.expected;
}

double PlanProgress::left_of(std::size_t stage, const Running& running) const {
  const double elapsed = clock_() - running.begin;
  if (running.share > 0.05) return elapsed * (1 - running.share) / running.share;
  return std::max(0.0, corrected(steps_[stage]) - elapsed);
}

double PlanProgress::seconds_left() const {
  double left = 0;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (steps_[i].done) continue;
    const auto running = running_.find(i);
    left += running == running_.end() ? corrected(steps_[i]) : left_of(i, running->second);
  }
  return left;
}

double PlanProgress::share() {
  const double spent = clock_() - begin_;
  const double left = seconds_left();
  const bool done = std::all_of(steps_.begin(), steps_.end(), [](const Step& s) { return s.done; });
  const double now = done ? 1.0 : spent + left > 0 ? spent / (spent + left) : 0.0;
  told_share_ = std::max(told_share_, std::min(now, 1.0));
  return told_share_;
}

}  // namespace quantbench::execute
