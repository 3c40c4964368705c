#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/backend/shard.h"
#include "quantbench/base/record.h"

namespace quantbench::backend {

/// What a run on a backend is: RUN/run.json, written once.
struct RunDescription {
  /// Same spec, same version, same backend and arguments: same id. Twelve hexadecimal digits, and
  /// "-2" and so on for what --fresh started again.
  std::string run_id;
  std::string quantbench_version;
  /// The spec as YAML, all defaults written out. It names the model and the data set as on the
  /// machine that submitted it; `model` and `dataset` are the places that count.
  std::string spec;
  /// spec::Spec::fixed: names as the user wrote them.
  Json fixed = Json::object();
  /// Local files or directories, absolute.
  std::filesystem::path model;
  std::filesystem::path dataset;
  /// spec::DatasetSpec::name as it is for that place.
  std::optional<std::string> dataset_name;
  /// Hub sources (store::RunResult::sources).
  Json sources = Json::object();
  bool strict = false;
  std::string backend;
  /// With the defaults.
  Json backend_args = Json::object();
  std::vector<Shard> shards;

  static constexpr auto fields() {
    return std::tuple(
        field("run_id", &RunDescription::run_id),
        field("quantbench_version", &RunDescription::quantbench_version),
        field("spec", &RunDescription::spec), field("fixed", &RunDescription::fixed),
        field("model", &RunDescription::model), field("dataset", &RunDescription::dataset),
        field("dataset_name", &RunDescription::dataset_name),
        field("sources", &RunDescription::sources), field("strict", &RunDescription::strict),
        field("backend", &RunDescription::backend),
        field("backend_args", &RunDescription::backend_args),
        field("shards", &RunDescription::shards));
  }
};

/// The last thing that a shard writes: RUN/done/NAME.json. The shard has ended when it is there.
struct ShardEnd {
  /// What became of one of its stages.
  struct Stage {
    /// The same on every machine: the key of the plan without the machine.
    std::string plan_key;
    /// Key of its record in results/; empty: it failed.
    std::string key;
    /// Why it failed, one line.
    std::string message;

    static constexpr auto fields() {
      return std::tuple(field("plan_key", &Stage::plan_key), field("key", &Stage::key),
                        field("message", &Stage::message));
    }
  };
  /// A fault of the input or of the backend, which ends the run; empty: none. Failed stages are
  /// results.
  std::string fault;
  std::vector<Stage> stages;
  int attempt = 1;
  std::string node;
  Json machine = Json::object();   ///< measure::machine_facts
  Json runtimes = Json::object();  ///< framework -> its facts there
  /// Of a shard that searches: the run as it came out there (store::RunResult). Else null.
  Json result = {};

  static constexpr auto fields() {
    return std::tuple(field("fault", &ShardEnd::fault), field("stages", &ShardEnd::stages),
                      field("attempt", &ShardEnd::attempt), field("node", &ShardEnd::node),
                      field("machine", &ShardEnd::machine), field("runtimes", &ShardEnd::runtimes),
                      field("result", &ShardEnd::result));
  }
};

/// RUN/progress/NAME.json, rewritten while the shard runs: for each stage, and every two seconds of
/// a long one.
struct ShardProgress {
  std::string stage;
  std::string subject;
  double share = 0;  ///< of the shard, 0 to 1
  double seconds_left = 0;
  std::string node;

  static constexpr auto fields() {
    return std::tuple(
        field("stage", &ShardProgress::stage), field("subject", &ShardProgress::subject),
        field("share", &ShardProgress::share), field("seconds_left", &ShardProgress::seconds_left),
        field("node", &ShardProgress::node));
  }
};

/// A job of a shard, written to RUN/jobs.jsonl before it is submitted, and again with its id.
struct Job {
  std::string shard;
  /// From 1. 0 in a line that takes back the one before: the scheduler refused the job.
  int attempt = 1;
  /// "qb-RUNID-SHARD-aN": fixed before it is submitted, so that a run whose coordinator died finds
  /// it again.
  std::string name;
  /// The scheduler's own; empty: not known yet.
  std::string id;

  static constexpr auto fields() {
    return std::tuple(field("shard", &Job::shard), field("attempt", &Job::attempt),
                      field("name", &Job::name), field("id", &Job::id));
  }
};

/// A run's files. Each is written beside its place and renamed into it.
///
///     RUN/run.json               RunDescription
///         shards/NAME.json       Shard: what `quantbench shard` is given
///         jobs.jsonl             Job, one a line, appended by the coordinator
///         results/KEY.json       store::StageRecord, by stage key, from the nodes (FileResults)
///         done/NAME.json         ShardEnd
///         progress/NAME.json     ShardProgress
///         log/NAME-aN.txt        what a job prints
///         cancelled              empty: the user has cancelled the run
///         cache/                 models that the shards share (execute::ArtefactCache)
///
/// On a shared file system nodes write there themselves. Else Jobs::fetch brings results/, done/,
/// progress/ and log/ here.
class RunDirectory {
 public:
  explicit RunDirectory(std::filesystem::path root) : root_(std::move(root)) {}

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path run_file() const { return root_ / "run.json"; }
  std::filesystem::path shards() const { return root_ / "shards"; }
  std::filesystem::path shard_file(const std::string& shard) const;
  std::filesystem::path jobs_file() const { return root_ / "jobs.jsonl"; }
  std::filesystem::path results() const { return root_ / "results"; }
  std::filesystem::path done() const { return root_ / "done"; }
  std::filesystem::path done_file(const std::string& shard) const;
  std::filesystem::path progress() const { return root_ / "progress"; }
  std::filesystem::path progress_file(const std::string& shard) const;
  std::filesystem::path log() const { return root_ / "log"; }
  std::filesystem::path log_file(const std::string& shard, int attempt) const;
  std::filesystem::path cache() const { return root_ / "cache"; }
  /// There: the user has cancelled the run.
  std::filesystem::path cancelled_file() const { return root_ / "cancelled"; }

  /// Writes a new run with its shards. Throws Error.
  void create(const RunDescription& description) const;
  bool exists() const;
  /// Throws Error naming the file.
  RunDescription description() const;

  /// Gives this run the results that other runs of the same model, data set and version left beside
  /// it, so that a larger grid measures only what is new. Those that cannot be read are skipped.
  void take_over_results() const;

  /// nullopt: the shard has not ended, or has not begun.
  std::optional<ShardEnd> end_of(const std::string& shard) const;
  std::optional<ShardProgress> progress_of(const std::string& shard) const;

  /// The latest job of each shard, as jobs.jsonl tells it. A line that a killed coordinator left
  /// half is not counted.
  std::vector<Job> jobs() const;
  /// Appends a line, on the disk when it returns. Throws Error.
  void append(const Job& job) const;

 private:
  std::filesystem::path root_;
};

/// "qb-RUNID-SHARD-aN".
std::string job_name(const std::string& run_id, const std::string& shard, int attempt);

}  // namespace quantbench::backend
