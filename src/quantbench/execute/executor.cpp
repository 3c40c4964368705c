#include "quantbench/execute/executor.h"

#include <sys/auxv.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "quantbench/base/log.h"
#include "quantbench/base/name_locks.h"
#include "quantbench/base/thread_group.h"
#include "quantbench/measure/memory_limit.h"

namespace quantbench::execute {

namespace {

/// Between two looks at a lock that another run holds.
constexpr std::chrono::milliseconds kLockPause{100};

double monotonic_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Of a stage that the run did not come to.
StageOutcome not_run() {
  StageOutcome out;
  out.message = "the run ended before this row was done";
  return out;
}

/// By the kernel's link, which leads to this very program also when its file was replaced since (an
/// update): a worker of another version must not make results under this one's keys. Without /proc
/// by the path that it was started by.
std::filesystem::path own_program() {
  const char* link = "/proc/self/exe";
  std::error_code failure;
  if (std::filesystem::exists(link, failure)) return link;
  const auto* started_by = reinterpret_cast<const char*>(::getauxval(AT_EXECFN));
  if (started_by == nullptr) throw Error("cannot find this program's own file", link);
  return std::filesystem::absolute(started_by);
}

}  // namespace

const StageOutcome* finished(const std::vector<StageOutcome>& outcomes, std::size_t stage) {
  return stage < outcomes.size() && outcomes[stage].ok ? &outcomes[stage] : nullptr;
}

Executor::Executor(const std::vector<plan::PlannedStage>& stages, const Json& machine,
                   const Options& options, store::StageResults& results)
    : stages_(stages),
      machine_(machine),
      options_(options),
      results_(results),
      cache_(options.cache),
      program_(options.program.empty() ? own_program() : options.program),
      progress_(
          stages, [&](const std::string& stage) { return results.typical_seconds(stage); },
          monotonic_seconds),
      states_(stages.size(), State::kWaiting),
      outcomes_(stages.size(), not_run()) {}

std::vector<StageOutcome> Executor::run() {
  {
    ThreadGroup others;
    others.start(at_a_time_ - 1, [&] { work(); });
    work();
  }
  if (failure_) std::rethrow_exception(failure_);
  return outcomes_;
}

void Executor::work() {
  std::unique_lock lock(mutex_);
  try {
    while (const std::optional<std::size_t> stage = choose(lock)) {
      run_chosen(*stage);
      changed_.notify_all();
    }
  } catch (...) {
    if (!failure_) failure_ = std::current_exception();
    changed_.notify_all();
  }
}

std::optional<std::size_t> Executor::choose(std::unique_lock<std::mutex>& lock) {
  for (;;) {
    bool is_all_begun = true;
    for (std::size_t i = 0; i < stages_.size() && !failure_; ++i) {
      if (states_[i] != State::kWaiting) continue;
      is_all_begun = false;
      if (can_run_now(i)) return i;
    }
    if (is_all_begun || failure_) return std::nullopt;
    changed_.wait(lock);
  }
}

bool Executor::can_run_now(std::size_t stage) {
  const plan::PlannedStage& planned = stages_[stage];
  const auto is_done = [&](std::size_t need) { return states_[need] == State::kDone; };
  if (!std::ranges::all_of(planned.needs, is_done)) return false;
  if (running_ == 0) return true;
  if (runs_alone_ || !planned.group.empty() || !fits_beside_others()) return false;
  const auto key = key_of(planned);
  return !key || !running_keys_.contains(*key);
}

/// What a worker takes is only known when one has ended.
bool Executor::fits_beside_others() const {
  const auto available = measure::available_memory();
  if (!available) return true;
  return largest_ > 0 && static_cast<double>(*available) > kMemoryMargin *
                                                               static_cast<double>(running_ + 1) *
                                                               static_cast<double>(largest_);
}

void Executor::run_chosen(std::size_t stage) {
  if (options_.cancel != nullptr && options_.cancel->load()) throw Cancelled();
  const auto key = key_of(stages_[stage]);
  states_[stage] = State::kRunning;
  ++running_;
  runs_alone_ = !stages_[stage].group.empty();
  if (key) running_keys_.insert(*key);
  const auto end = [&] {
    --running_;
    runs_alone_ = false;
    if (key) running_keys_.erase(*key);
    states_[stage] = State::kDone;
  };
  try {
    outcomes_[stage] = run_stage(stage);
  } catch (...) {
    end();
    throw;
  }
  end();
  largest_ = std::max(largest_, outcomes_[stage].peak_memory_bytes);
  if (outcomes_[stage].ok) finished_.emplace(outcomes_[stage].key, stage);
}

/// Keeps other runs from a stage for as long as it lives. Where the file system has no locks, two
/// runs may do the same: the first result stays.
class Executor::StageLock {
 public:
  /// Waits for another run that is at it. Throws Cancelled.
  StageLock(Executor& executor, const plan::PlannedStage& planned, std::string key)
      : locks_(locks_of(executor, planned)), key_(std::move(key)) {
    while (locks_.attempt(key_) == NameLocks::Outcome::kHeldElsewhere) {
      if (executor.options_.cancel != nullptr && executor.options_.cancel->load()) {
        throw Cancelled();
      }
      if (!std::exchange(executor.said_waiting_, true)) {
        executor.tell(Event::Kind::kStageWaiting, planned);
      }
      const Unlocked unlocked(executor.mutex_);
      std::this_thread::sleep_for(kLockPause);
    }
  }
  ~StageLock() { locks_.release(key_); }
  StageLock(const StageLock&) = delete;
  StageLock& operator=(const StageLock&) = delete;

 private:
  /// An artefact is kept in the cache, every other result in the store.
  static NameLocks& locks_of(Executor& executor, const plan::PlannedStage& planned) {
    return planned.declaration().makes_artefact ? executor.cache_.stage_locks()
                                                : executor.results_.locks();
  }

  NameLocks& locks_;
  std::string key_;
};

std::optional<std::string> Executor::key_of(const plan::PlannedStage& planned) const {
  std::vector<std::string> contents;
  for (const std::size_t need : planned.needs) {
    if (finished(outcomes_, need) == nullptr) return std::nullopt;
    contents.push_back(content_of(outcomes_[need]));
  }
  const std::string key = plan::stage_key(*planned.stage, planned.params, contents);
  if (!planned.beside) return key;
  const auto beside = key_of(stages_[*planned.beside]);
  return beside ? plan::key_beside(key, *beside) : key;
}

StageOutcome Executor::leave_out(std::size_t index, const std::string& message) {
  progress_.skip(index);
  StageOutcome outcome;
  outcome.message = message;
  return outcome;
}

std::optional<StageOutcome> Executor::settle(std::size_t index, Pending& pending) {
  const plan::PlannedStage& planned = stages_[index];
  bool distrusts = false;
  for (const std::size_t need : planned.needs) {
    const StageOutcome& needed = outcomes_[need];
    if (!needed.ok) {
      return leave_out(index, needed.message);
    }
    distrusts |= needed.distrusts_earlier_runs;
  }
  pending = {index, key_of(planned).value(), distrusts};
  if (const auto found = finished_.find(pending.key); found != finished_.end()) {
    return reuse(index, outcomes_[found->second]);
  }
  if (distrusts) {
    if (planned.declaration().makes_artefact) cache_.discard(pending.key);
  } else if (std::optional<StageOutcome> known = find_known(planned, pending.key)) {
    return reuse(index, *std::move(known));
  }
  if (missing_) {
    const Missing missing = missing_(index);
    if (!missing.other_key.empty()) {
      if (auto other = find_result(planned, missing.other_key))
        return reuse(index, *std::move(other));
    }
    return leave_out(index, missing.message);
  }
  return std::nullopt;
}

StageOutcome Executor::reuse(std::size_t index, StageOutcome known) {
  progress_.skip(index);
  tell(Event::Kind::kStageReused, stages_[index]);
  return known;
}

StageOutcome Executor::run_stage(std::size_t index) {
  const plan::PlannedStage& planned = stages_[index];
  if (!is_selected(index))
    return leave_out(index, planned.name() + ": not in this part of the run");
  if (!planned.group.empty()) {
    if (!ahead_.contains(index)) run_group(index);
    return std::move(ahead_.extract(index).mapped());
  }
  Pending pending;
  if (std::optional<StageOutcome> settled = settle(index, pending)) return *std::move(settled);
  if (options_.fresh && !planned.declaration().makes_artefact) {
    return run_alone(index, pending.key, pending.distrusts);
  }
  const StageLock lock(*this, planned, pending.key);
  pending.distrusts |= damaged_.contains(pending.key);
  if (!pending.distrusts) {
    // Another run may have finished it since.
    if (std::optional<StageOutcome> known = find_known(planned, pending.key)) {
      return reuse(index, *std::move(known));
    }
  }
  return run_alone(index, pending.key, pending.distrusts);
}

void Executor::run_group(std::size_t first) {
  if (pending_of_group(first).empty()) return;
  // Timings that run at the same time disturb one another: one run of this store at a time.
  const StageLock lock(*this, stages_[first], "timings of one machine");
  // Another run may have finished some since.
  run_together(pending_of_group(first));
}

StageOutcome Executor::run_alone(std::size_t index, const std::string& key, bool distrusts) {
  const plan::PlannedStage& planned = stages_[index];
  progress_.start(index);
  tell(Event::Kind::kStageStarted, planned);
  StageOutcome outcome = run_in_worker(index, key);
  outcome.distrusts_earlier_runs = distrusts;
  progress_.finish(index);
  tell(outcome.ok ? Event::Kind::kStageFinished : Event::Kind::kStageFailed, planned,
       outcome.message);
  return outcome;
}

std::optional<StageOutcome> Executor::find_known(const plan::PlannedStage& planned,
                                                 const std::string& key) {
  if (missing_) return find_result(planned, key);
  if (planned.declaration().makes_artefact) return find_artefact(planned, key);
  if (options_.fresh) return std::nullopt;
  return find_result(planned, key);
}

std::optional<StageOutcome> Executor::find_result(const plan::PlannedStage& planned,
                                                  const std::string& key) {
  try {
    std::optional<store::StageRecord> record = results_.find(key);
    if (!record) return std::nullopt;
    auto answer = record_from_json<StageAnswer>(std::move(record->result), "the stored result");
    planned.stage->drop_large_fields(answer.result);
    planned.stage->check_result(answer.result);
    return outcome_of(key, std::move(answer));
  } catch (const Error& error) {
    spdlog::debug("{}: the stored result is not used: {}", planned.name(), error.what());
    return std::nullopt;
  }
}

std::optional<StageOutcome> Executor::find_artefact(const plan::PlannedStage& planned,
                                                    const std::string& key) {
  CachedArtefactResult cached = cache_.look_up(key);
  if (cached.found) {
    try {
      planned.stage->check_result(cached.found->result);
    } catch (const Error& error) {
      cached.damage = error.what();
    }
  }
  if (!cached.damage.empty()) replace_damaged(planned, key, cached.damage);
  if (!cached.found || !cached.damage.empty()) return std::nullopt;
  return outcome_of(key, {std::move(cached.found->result), std::move(cached.found->artefact)});
}

StageOutcome Executor::outcome_of(const std::string& key, StageAnswer answer) {
  StageOutcome outcome;
  outcome.ok = true;
  outcome.key = key;
  outcome.result = std::move(answer.result);
  outcome.artefact = std::move(answer.artefact);
  outcome.peak_memory_bytes = answer.peak_memory_bytes;
  return outcome;
}

void Executor::replace_damaged(const plan::PlannedStage& planned, const std::string& key,
                               const std::string& damage) {
  std::string text = "the cached model was changed or damaged: " + damage + "; it is made again";
  if (cache_.has_written_sizes(key)) {
    text += ", and what was measured on it is measured again";
    damaged_.insert(key);
  }
  tell(Event::Kind::kWarning, planned, text);
  cache_.discard(key);
}

std::string Executor::damage_of_needs(const plan::PlannedStage& planned) {
  for (const std::size_t need : planned.needs) {
    const StageOutcome* needed = finished(outcomes_, need);
    if (needed == nullptr || !needed->artefact) continue;
    const CachedArtefactResult now = cache_.look_up(needed->key);
    if (!now.damage.empty()) return now.damage;
    if (!now.found) return cache_.directory(needed->key).string() + ": was removed";
  }
  return {};
}

Job Executor::job_of(const plan::PlannedStage& planned) {
  Job job{
      planned.name(), {.params = planned.params, .places = planned.places}, !planned.group.empty()};
  for (const std::size_t need : planned.needs) {
    const StageOutcome& needed = outcomes_[need];
    job.work.results.push_back(needed.result);
    job.work.artefacts.push_back(needed.artefact ? cache_.directory(needed.key)
                                                 : std::filesystem::path());
  }
  return job;
}

WorkerListener Executor::listener_for(std::size_t index) {
  const plan::PlannedStage& planned = stages_[index];
  WorkerListener listener;
  listener.cancel = options_.cancel;
  listener.progress = [&, index](double share) {
    const std::scoped_lock lock(mutex_);
    progress_.advance(index, share);
    tell(Event::Kind::kStageProgress, planned);
  };
  listener.warning = [&](const std::string& text) {
    const std::scoped_lock lock(mutex_);
    if (std::find(warned_.begin(), warned_.end(), text) != warned_.end()) return;
    warned_.push_back(text);
    tell(Event::Kind::kWarning, planned, text);
  };
  return listener;
}

StageOutcome Executor::changed_meanwhile(const plan::PlannedStage& planned, const std::string& key,
                                         const std::string& damage) {
  StageOutcome outcome;
  outcome.key = key;
  outcome.message = planned.name() +
                    ": the cached model was changed while the run used it: " + damage +
                    " (run it again)";
  return outcome;
}

StageOutcome Executor::run_in_worker(std::size_t index, const std::string& key) {
  const plan::PlannedStage& planned = stages_[index];
  Job job = job_of(planned);
  std::optional<Staging> staging;
  if (planned.declaration().makes_artefact) {
    staging.emplace(cache_.stage(key));
    job.work.output = staging->path();
  }
  if (const std::string damage = damage_of_needs(planned); !damage.empty()) {
    return changed_meanwhile(planned, key, damage);
  }
  const WorkerListener listener = listener_for(index);
  WorkerOutcome worked;
  {
    const Unlocked unlocked(mutex_);
    worked = run_worker(program_, job, listener);
  }
  if (worked.kind == WorkerOutcome::Kind::kCancelled) throw Cancelled();
  // The result is kept under the key of the content that the model had.
  if (const std::string damage = damage_of_needs(planned); !damage.empty()) {
    return changed_meanwhile(planned, key, damage);
  }
  if (staging && worked.kind == WorkerOutcome::Kind::kDone) {
    cache_.commit(*std::move(staging), key, {worked.answer.result, worked.answer.artefact.value()});
  }
  return take_answer(planned, key, std::move(worked));
}

StageOutcome Executor::take_answer(const plan::PlannedStage& planned, const std::string& key,
                                   WorkerOutcome worked) {
  if (worked.kind == WorkerOutcome::Kind::kError && planned.declaration().errors_are_input_faults) {
    throw *worked.error;
  }
  if (worked.kind != WorkerOutcome::Kind::kDone) {
    StageOutcome outcome;
    outcome.key = key;
    outcome.message = planned.name() + ": " + worked.error->what();
    return outcome;
  }
  keep(planned, key, worked);
  planned.stage->drop_large_fields(worked.answer.result);
  return outcome_of(key, std::move(worked.answer));
}

void Executor::keep(const plan::PlannedStage& planned, const std::string& key,
                    WorkerOutcome& worked) {
  store::StageRecord record;
  record.key = key;
  record.stage = planned.name();
  record.subject = planned.subject;
  record.machine = machine_;
  record.seconds = worked.seconds;
  // It may be large: not twice in memory.
  record.result = record_to_json(std::move(worked.answer));
  results_.put(record);
  worked.answer = record_from_json<StageAnswer>(std::move(record.result), planned.name());
}

std::string Executor::content_of(const StageOutcome& outcome) {
  return outcome.artefact ? outcome.artefact->content : outcome.key;
}

void Executor::tell(Event::Kind kind, const plan::PlannedStage& planned,
                    const std::string& message) {
  if (!options_.on_event) return;
  Event event;
  event.kind = kind;
  event.stage = planned.name();
  event.subject = planned.subject;
  event.share = progress_.share();
  event.seconds_left = progress_.seconds_left();
  event.message = message;
  options_.on_event(event);
}

}  // namespace quantbench::execute
