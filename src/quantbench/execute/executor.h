#pragma once

#include <condition_variable>
#include <exception>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "quantbench/execute/artefacts.h"
#include "quantbench/execute/plan_progress.h"
#include "quantbench/execute/run.h"
#include "quantbench/execute/worker.h"
#include "quantbench/plan/builder.h"
#include "quantbench/store/stage_results.h"

namespace quantbench::execute {

/// What became of a planned stage.
struct StageOutcome {
  bool ok = false;
  /// Why not, one line: "quantize: worker killed by signal 9 (out of memory?)".
  std::string message;
  /// Without its large fields. A stage's type reads it: result_of.
  Json result;
  /// Key of the stored result. It covers the content of the inputs.
  std::string key;
  /// Of stages that make an artefact.
  std::optional<ArtefactDescription> artefact;
  std::int64_t peak_memory_bytes = 0;
  /// What it was made from was found damaged in the cache, or it was damaged itself: results of
  /// earlier runs may come from the damaged file and are not used.
  bool distrusts_earlier_runs = false;
};

/// What is known of a stage without a result under its key.
struct Missing {
  /// A result that may stand for it, such as the same stage on another machine; empty: there is
  /// none.
  std::string other_key;
  /// Why it is missing.
  std::string message;
};
using FindMissing = std::function<Missing(std::size_t stage)>;

/// The outcome of a stage that finished; nullptr: it failed or did not run.
const StageOutcome* finished(const std::vector<StageOutcome>& outcomes, std::size_t stage);

/// Its result. Throws Error when it is not one of S.
template <typename S>
typename S::Result result_of(const StageOutcome& outcome) {
  return record_from_json<typename S::Result>(outcome.result, std::string(S::kDeclaration.name));
}

/// Runs the stages of a plan in order, each in a worker, unless its result is known: from an
/// earlier run, or from a stage of this one that turned out to read the same content. Of several
/// runs that share store and cache one runs a stage, the others wait for its result.
///
/// Stages that are timed run alone. Of the others several may run at a time (run_at_a_time): most
/// of them open files and models on one core for most of their time.
class Executor {
 public:
  /// `machine`: measure::machine_facts. All must outlive the executor.
  Executor(const std::vector<plan::PlannedStage>& stages, const Json& machine,
           const Options& options, store::StageResults& results);

  /// Of the plan only these stages run, true by place; the others get no outcome that is ok. What a
  /// stage needs must be among them.
  void select(std::vector<bool> stages) { selected_ = std::move(stages); }

  /// Most stages that run at a time, if they need nothing of each other and the memory holds them;
  /// 1 unless it is said. `largest`: bytes that a worker of such stages took before; 0: not known,
  /// so that the first one runs alone. What an evaluation says of its own speed is then not to be
  /// trusted. Events come from several threads.
  void run_at_a_time(std::size_t stages, std::int64_t largest = 0) {
    at_a_time_ = stages;
    largest_ = largest;
  }
  /// Bytes, of the largest worker so far.
  std::int64_t largest() const { return largest_; }

  /// Nothing is run: results were measured elsewhere, and `results` has them, also of stages that
  /// make artefacts too. A missing one is a failed stage, by what `missing` says for its place in
  /// the plan.
  void only_find(FindMissing missing) { missing_ = std::move(missing); }

  /// Throws Error for faults of the input, Cancelled, and when store or cache fail.
  std::vector<StageOutcome> run();

  /// One a stage, for when `run` throws. If a stage did not run, its outcome says so.
  const std::vector<StageOutcome>& outcomes() const { return outcomes_; }

 private:
  class StageLock;

  /// Lets the other threads go on while it lives.
  class Unlocked {
   public:
    explicit Unlocked(std::mutex& mutex) : mutex_(mutex) { mutex_.unlock(); }
    ~Unlocked() { mutex_.lock(); }
    Unlocked(const Unlocked&) = delete;
    Unlocked& operator=(const Unlocked&) = delete;

   private:
    std::mutex& mutex_;
  };

  /// A stage whose needs are done and whose result is not known.
  struct Pending {
    std::size_t stage = 0;
    std::string key;
    bool distrusts = false;
  };

  /// Runs stages until none is left. Several threads do this.
  void work();
  /// The next stage that can run now, once there is one; nullopt: nothing is left to do.
  std::optional<std::size_t> choose(std::unique_lock<std::mutex>& lock);
  bool can_run_now(std::size_t stage);
  bool fits_beside_others() const;
  void run_chosen(std::size_t stage);
  bool is_selected(std::size_t stage) const { return selected_.empty() || selected_.at(stage); }
  StageOutcome run_stage(std::size_t index);
  /// A stage that does not run, and has no result.
  StageOutcome leave_out(std::size_t index, const std::string& message);
  /// Says that the stage does not have to run.
  StageOutcome reuse(std::size_t index, StageOutcome known);
  /// Its outcome where nothing has to be run for it; else fills `pending`.
  std::optional<StageOutcome> settle(std::size_t index, Pending& pending);
  /// The key by the content of what it needs; nullopt: that was not made.
  std::optional<std::string> key_of(const plan::PlannedStage& planned) const;
  /// Runs those stages of the group of `first` whose results are not known, in turns.
  void run_group(std::size_t first);
  /// The stages of a group that have to run. What became of the others goes into `ahead_`.
  std::vector<Pending> pending_of_group(std::size_t first);
  void run_together(const std::vector<Pending>& pending);
  /// The same of stages with different keys.
  void take_turns(const std::vector<Pending>& pending);
  Job job_of(const plan::PlannedStage& planned);
  StageOutcome run_alone(std::size_t index, const std::string& key, bool distrusts);
  /// The same of what `results` keeps.
  std::optional<StageOutcome> find_result(const plan::PlannedStage& planned,
                                          const std::string& key);
  /// What an earlier run found. A result that the stage cannot read is as good as none.
  std::optional<StageOutcome> find_known(const plan::PlannedStage& planned, const std::string& key);
  /// The same of a stage that makes an artefact.
  std::optional<StageOutcome> find_artefact(const plan::PlannedStage& planned,
                                            const std::string& key);
  /// A cached artefact was damaged: says so, and makes room for a new one.
  void replace_damaged(const plan::PlannedStage& planned, const std::string& key,
                       const std::string& damage);
  StageOutcome run_in_worker(std::size_t index, const std::string& key);
  /// Why the artefacts that a stage needs are no longer what they were; empty: they are.
  std::string damage_of_needs(const plan::PlannedStage& planned);
  static StageOutcome outcome_of(const std::string& key, StageAnswer answer);
  /// Writes the answer to the store.
  void keep(const plan::PlannedStage& planned, const std::string& key, WorkerOutcome& worked);
  /// What a worker's end means for its stage. Keeps the result. Throws Error for faults of the
  /// input.
  StageOutcome take_answer(const plan::PlannedStage& planned, const std::string& key,
                           WorkerOutcome worked);
  static StageOutcome changed_meanwhile(const plan::PlannedStage& planned, const std::string& key,
                                        const std::string& damage);
  WorkerListener listener_for(std::size_t index);
  /// What a finished stage contributes to the keys of those that need it.
  static std::string content_of(const StageOutcome& outcome);
  void tell(Event::Kind kind, const plan::PlannedStage& planned, const std::string& message = {});

  const std::vector<plan::PlannedStage>& stages_;
  const Json& machine_;
  const Options& options_;
  store::StageResults& results_;
  std::vector<bool> selected_;
  FindMissing missing_;
  ArtefactCache cache_;
  std::filesystem::path program_;
  PlanProgress progress_;
  std::size_t at_a_time_ = 1;

  /// Of all below. Only free while a worker works, or while nothing can be done but to wait.
  std::mutex mutex_;
  std::condition_variable changed_;
  enum class State { kWaiting, kRunning, kDone };
  std::vector<State> states_;
  std::size_t running_ = 0;
  bool runs_alone_ = false;  ///< a stage that takes no other one beside it
  std::set<std::string> running_keys_;
  std::int64_t largest_ = 0;
  std::exception_ptr failure_;
  std::vector<StageOutcome> outcomes_;
  /// Of this run, by key.
  std::map<std::string, std::size_t> finished_;
  /// Of stages that ran with an earlier one of their group, by place in the plan.
  std::map<std::size_t, StageOutcome> ahead_;
  std::vector<std::string> warned_;
  /// Keys of artefacts that were changed when this run found them, so that an earlier run may have
  /// measured the changed file.
  std::set<std::string> damaged_;
  /// It was said that another run is at a stage that this one needs.
  bool said_waiting_ = false;
};

}  // namespace quantbench::execute
