// Executor: the stages of a group, which are measured in turns.

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <utility>

#include "quantbench/execute/executor.h"
#include "quantbench/execute/time_group.h"
#include "quantbench/stages/time.h"

namespace quantbench::execute {

namespace {

stages::Time::Params time_params(const plan::PlannedStage& planned) {
  return record_from_json<stages::Time::Params>(planned.params,
                                                std::string(stages::Time::kDeclaration.name));
}

}  // namespace

std::vector<Executor::Pending> Executor::pending_of_group(std::size_t first) {
  std::vector<Pending> out;
  for (std::size_t i = first; i < stages_.size(); ++i) {
    if (stages_[i].group != stages_[first].group || ahead_.contains(i)) continue;
    if (!is_selected(i)) continue;
    const bool ready = std::all_of(stages_[i].needs.begin(), stages_[i].needs.end(),
                                   [&](std::size_t need) { return states_[need] == State::kDone; });
    if (!ready) continue;
    Pending pending;
    if (std::optional<StageOutcome> settled = settle(i, pending)) {
      ahead_.emplace(i, *std::move(settled));
    } else {
      out.push_back(std::move(pending));
    }
  }
  return out;
}

void Executor::run_together(const std::vector<Pending>& pending) {
  /// Rows of one content are timed once: the first of them is, the others get its result.
  std::map<std::string, std::size_t> first;
  std::vector<Pending> distinct;
  for (const Pending& one : pending) {
    if (first.emplace(one.key, one.stage).second) distinct.push_back(one);
  }
  if (distinct.empty()) return;
  take_turns(distinct);
  for (const Pending& one : pending) {
    if (ahead_.contains(one.stage)) continue;
    ahead_.emplace(one.stage, reuse(one.stage, ahead_.at(first.at(one.key))));
  }
}

void Executor::take_turns(const std::vector<Pending>& pending) {
  std::vector<TimedModel> models;
  std::map<std::string, std::size_t> places;  // key -> among the models
  const auto place_of = [&](std::size_t stage, const std::string& key) {
    const auto [found, is_new] = places.emplace(key, models.size());
    if (is_new) {
      models.push_back({.job = job_of(stages_[stage]),
                        .original = std::nullopt,
                        .threads = time_params(stages_[stage]).intra_op_num_threads});
    }
    return found->second;
  };
  std::vector<std::size_t> place;
  for (const Pending& one : pending) {
    place.push_back(place_of(one.stage, one.key));
    const auto& beside = stages_[one.stage].beside;
    if (!beside) continue;
    // Timed again with its rows, whatever is known of it: figures of two days give no ratio.
    const auto key = key_of(stages_[*beside]);
    if (!key || *key == one.key) continue;
    const std::size_t original = place_of(*beside, *key);
    models[place.back()].original = original;
  }
  const stages::Time::Params params = time_params(stages_[pending.front().stage]);
  TimeGroupOptions options;
  options.duration_s = params.duration;
  options.warmup_runs = params.warmup_runs;
  options.target = params.target.value();
  options.starts = params.starts;
  options.affinity = params.affinity;
  options.seed = std::random_device()();
  std::size_t current = 0;
  const auto start = [&](std::size_t i) {
    progress_.start(pending[i].stage);
    tell(Event::Kind::kStageStarted, stages_[pending[i].stage]);
  };
  start(0);
  WorkerListener listener = listener_for(pending.front().stage);
  listener.progress = [&](double share) {
    const std::scoped_lock lock(mutex_);
    const double at = share * static_cast<double>(pending.size());
    while (current + 1 < pending.size() && at >= static_cast<double>(current + 1)) {
      progress_.finish(pending[current].stage);
      start(++current);
    }
    progress_.advance(pending[current].stage, std::min(1.0, at - static_cast<double>(current)));
    tell(Event::Kind::kStageProgress, stages_[pending[current].stage]);
  };
  const auto damage_now = [&](const Pending& one) {
    const plan::PlannedStage& planned = stages_[one.stage];
    std::string found = damage_of_needs(planned);
    if (found.empty() && planned.beside) found = damage_of_needs(stages_[*planned.beside]);
    return found;
  };
  std::vector<std::string> damage;
  for (const Pending& one : pending) damage.push_back(damage_now(one));
  std::vector<WorkerOutcome> worked;
  {
    const Unlocked unlocked(mutex_);
    worked = time_together(program_, models, options, listener);
  }
  if (options_.cancel != nullptr && options_.cancel->load()) throw Cancelled();
  while (current + 1 < pending.size()) {
    progress_.finish(pending[current].stage);
    start(++current);
  }
  progress_.finish(pending[current].stage);
  for (std::size_t i = 0; i < pending.size(); ++i) {
    const plan::PlannedStage& planned = stages_[pending[i].stage];
    // The result is kept under the key of the content that the models had.
    if (damage[i].empty()) damage[i] = damage_now(pending[i]);
    StageOutcome outcome = damage[i].empty()
                               ? take_answer(planned, pending[i].key, std::move(worked[place[i]]))
                               : changed_meanwhile(planned, pending[i].key, damage[i]);
    outcome.distrusts_earlier_runs = pending[i].distrusts;
    tell(outcome.ok ? Event::Kind::kStageFinished : Event::Kind::kStageFailed, planned,
         outcome.message);
    ahead_.emplace(pending[i].stage, std::move(outcome));
  }
}

}  // namespace quantbench::execute
