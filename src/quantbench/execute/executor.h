#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "quantbench/execute/artefacts.h"
#include "quantbench/execute/plan_progress.h"
#include "quantbench/execute/run.h"
#include "quantbench/execute/worker.h"
#include "quantbench/plan/plan.h"
#include "quantbench/store/database.h"

namespace quantbench::execute {

/// What became of a planned stage.
struct StageOutcome {
  bool ok = false;
  /// Why not, one line: "quantize: worker killed by signal 9 (out of memory?)".
  std::string message;
  Json result;
  /// Key of the stored result. It covers the content of the inputs.
  std::string key;
  std::filesystem::path artefact;
  std::int64_t peak_memory_bytes = 0;
  /// What it was made from was found damaged in the cache, or it was damaged itself: results of
  /// earlier runs may come from the damaged file and are not used.
  bool distrusts_earlier_runs = false;
};

/// Runs the stages of a plan in order, each in a worker, unless its result is known: from an
/// earlier run, or from a stage of this one that turned out to read the same content. Of several
/// runs that share store and cache one runs a stage, the others wait for its result.
class Executor {
 public:
  Executor(const plan::Plan& plan, const plan::Inputs& inputs, const Options& options,
           store::Database& database);

  /// Throws Error for faults of the input, Cancelled, and when store or cache fail.
  std::vector<StageOutcome> run();

  /// Outcomes so far, for when `run` throws.
  const std::vector<StageOutcome>& outcomes() const { return outcomes_; }

 private:
  class StageLock;

  StageOutcome run_stage(std::size_t index);
  StageOutcome run_alone(std::size_t index, const std::string& key, bool distrusts);
  std::optional<StageOutcome> find_known(const plan::PlannedStage& planned, const std::string& key);
  /// A cached artefact was damaged: says so, and makes room for a new one.
  void replace_damaged(const plan::PlannedStage& planned, const std::string& key,
                       const std::string& damage);
  StageOutcome run_in_worker(const plan::PlannedStage& planned, const std::string& key);
  /// Why the artefacts that a stage needs are no longer what they were; empty: they are.
  std::string damage_of_needs(const plan::PlannedStage& planned);
  /// Writes the result to the store.
  void keep(const plan::PlannedStage& planned, StageOutcome& outcome, double seconds);
  /// Takes out of a result what is in the store and nowhere needed: all outcomes stay to the end.
  static void drop_stored_only(const plan::PlannedStage& planned, StageOutcome& outcome);
  /// What a finished stage contributes to the keys of those that need it.
  static std::string content_of(const StageOutcome& outcome);
  void tell(Event::Kind kind, const plan::PlannedStage& planned, const std::string& message = {});

  const plan::Plan& plan_;
  const plan::Inputs& inputs_;
  const Options& options_;
  store::Database& database_;
  ArtefactCache cache_;
  std::filesystem::path program_;
  PlanProgress progress_;
  std::vector<StageOutcome> outcomes_;
  /// Of this run, by key.
  std::map<std::string, std::size_t> finished_;
  std::vector<std::string> warned_;
  /// Keys of artefacts that were changed when this run found them, so that an earlier run may have
  /// measured the changed file.
  std::set<std::string> damaged_;
  /// It was said that another run is at a stage that this one needs.
  bool said_waiting_ = false;
};

}  // namespace quantbench::execute
