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

void PlanProgress::start(std::size_t stage) {
  current_ = stage;
  current_begin_ = clock_();
  current_share_ = 0;
}

void PlanProgress::advance(double share) {
  current_share_ = std::clamp(share, current_share_, 1.0);
}

void PlanProgress::finish(std::size_t stage) {
  Step& step = steps_.at(stage);
  step.done = true;
  Observed& observed = observed_[step.kind];
  observed.actual += clock_() - current_begin_;
  observed.expected += step.expected;
  current_.reset();
}

void PlanProgress::skip(std::size_t stage) {
  steps_.at(stage).done = true;
  if (current_ == stage) current_.reset();
}

double PlanProgress::corrected(const Step& step) const {
  const auto found = observed_.find(step.kind);
  if (found == observed_.end() || found->second.expected <= 0) return step.expected;
  return step.expected * found->second.actual / found->second.expected;
}

double PlanProgress::current_left() const {
  const double elapsed = clock_() - current_begin_;
  if (current_share_ > 0.05) return elapsed * (1 - current_share_) / current_share_;
  return std::max(0.0, corrected(steps_[*current_]) - elapsed);
}

double PlanProgress::seconds_left() const {
  double left = 0;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (steps_[i].done) continue;
    left += current_ == i ? current_left() : corrected(steps_[i]);
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
