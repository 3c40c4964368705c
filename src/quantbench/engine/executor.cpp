#include "quantbench/engine/executor.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace quantbench::engine {

namespace {

double monotonic_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::filesystem::path own_program() {
  std::error_code failure;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", failure);
  if (failure) throw Error("cannot find this program's own file", "/proc/self/exe");
  return program;
}

}  // namespace

Executor::Executor(const Plan& plan, const Inputs& inputs, const Options& options,
                   store::Database& database)
    : plan_(plan),
      inputs_(inputs),
      options_(options),
      database_(database),
      cache_(options.cache),
      program_(options.program.empty() ? own_program() : options.program),
      progress_(
          plan, [&](const std::string& stage) { return database.typical_seconds(stage); },
          monotonic_seconds) {}

std::vector<StageOutcome> Executor::run() {
  for (std::size_t i = 0; i < plan_.stages.size(); ++i) {
    if (options_.cancel != nullptr && options_.cancel->load()) throw Cancelled();
    outcomes_.push_back(run_stage(i));
    if (outcomes_.back().ok) finished_.emplace(outcomes_.back().key, i);
  }
  return outcomes_;
}

StageOutcome Executor::run_stage(std::size_t index) {
  const PlannedStage& planned = plan_.stages[index];
  std::vector<std::string> contents;
  for (const std::size_t need : planned.request.needs) {
    const StageOutcome& needed = outcomes_[need];
    if (!needed.ok) {
      progress_.skip(index);
      StageOutcome failed;
      failed.message = needed.message;
      return failed;
    }
    contents.push_back(content_of(needed));
  }
  const std::string key = stage_key(planned.stage, planned.request.identity, contents);
  if (std::optional<StageOutcome> known = find_known(planned, key)) {
    progress_.skip(index);
    tell(Event::Kind::kStageReused, planned);
    return *std::move(known);
  }
  progress_.start(index);
  tell(Event::Kind::kStageStarted, planned);
  StageOutcome outcome = run_in_worker(planned, key);
  progress_.finish(index);
  tell(outcome.ok ? Event::Kind::kStageFinished : Event::Kind::kStageFailed, planned,
       outcome.message);
  return outcome;
}

std::optional<StageOutcome> Executor::find_known(const PlannedStage& planned,
                                                 const std::string& key) {
  if (const auto found = finished_.find(key); found != finished_.end()) {
    return outcomes_[found->second];
  }
  StageOutcome outcome;
  outcome.ok = true;
  outcome.key = key;
  if (stages().get(planned.stage).makes_artefact()) {
    std::optional<Json> result = cache_.find(key);
    if (!result) return std::nullopt;
    outcome.result = *std::move(result);
    outcome.artefact = cache_.directory(key);
    return outcome;
  }
  if (options_.fresh) return std::nullopt;
  const std::optional<store::StageRecord> record = database_.find_stage(key);
  if (!record) return std::nullopt;
  outcome.result = record->result.at("result");
  outcome.peak_memory_bytes = record->result.at("peak_memory_bytes").get<std::int64_t>();
  drop_stored_only(planned, outcome);
  return outcome;
}

StageOutcome Executor::run_in_worker(const PlannedStage& planned, const std::string& key) {
  const Stage& stage = stages().get(planned.stage);
  Job job{planned.stage, planned.request.identity, planned.request.locations, {}, {}, {}};
  for (const std::size_t need : planned.request.needs) {
    job.results.push_back(outcomes_[need].result);
    job.artefacts.push_back(outcomes_[need].artefact);
  }
  std::optional<Staging> staging;
  if (stage.makes_artefact()) {
    staging.emplace(cache_.stage(key));
    job.output = staging->path();
  }
  WorkerListener listener;
  listener.cancel = options_.cancel;
  listener.progress = [&](double share) {
    progress_.advance(share);
    tell(Event::Kind::kStageProgress, planned);
  };
  listener.warning = [&](const std::string& text) {
    if (std::find(warned_.begin(), warned_.end(), text) != warned_.end()) return;
    warned_.push_back(text);
    tell(Event::Kind::kWarning, planned, text);
  };
  WorkerOutcome worked = run_worker(program_, job, listener);

  StageOutcome outcome;
  outcome.key = key;
  if (worked.kind == WorkerOutcome::Kind::kCancelled) throw Cancelled();
  if (worked.kind == WorkerOutcome::Kind::kError && stage.errors_are_input_faults()) {
    throw *worked.error;
  }
  if (worked.kind != WorkerOutcome::Kind::kDone) {
    outcome.message = planned.stage + ": " + worked.error->what();
    return outcome;
  }
  outcome.ok = true;
  outcome.result = std::move(worked.result);
  outcome.peak_memory_bytes = worked.peak_memory_bytes;
  if (staging) {
    cache_.commit(*std::move(staging), key, outcome.result);
    outcome.artefact = cache_.directory(key);
  }
  keep(planned, outcome, worked.seconds);
  drop_stored_only(planned, outcome);
  return outcome;
}

void Executor::drop_stored_only(const PlannedStage& planned, StageOutcome& outcome) {
  for (const std::string& part : stages().get(planned.stage).stored_only()) {
    outcome.result.erase(part);
  }
}

void Executor::keep(const PlannedStage& planned, StageOutcome& outcome, double seconds) {
  store::StageRecord record;
  record.key = outcome.key;
  record.stage = planned.stage;
  record.subject = planned.request.subject;
  record.machine = inputs_.machine;
  record.seconds = seconds;
  record.result = {{"peak_memory_bytes", outcome.peak_memory_bytes}};
  // It may be large: not twice in memory.
  Json& result = record.result["result"];
  result = std::move(outcome.result);
  database_.put_stage(record);
  outcome.result = std::move(result);
}

std::string Executor::content_of(const StageOutcome& outcome) {
  const auto artefact = outcome.result.find("artefact");
  return artefact == outcome.result.end() ? outcome.key
                                          : artefact->at("content").get<std::string>();
}

void Executor::tell(Event::Kind kind, const PlannedStage& planned, const std::string& message) {
  if (!options_.on_event) return;
  Event event;
  event.kind = kind;
  event.stage = planned.stage;
  event.subject = planned.request.subject;
  event.share = progress_.share();
  event.seconds_left = progress_.seconds_left();
  event.message = message;
  options_.on_event(event);
}

}  // namespace quantbench::engine
