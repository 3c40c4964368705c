#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "quantbench/backend/run_directory.h"
#include "quantbench/backend/shard.h"
#include "quantbench/base/error.h"
#include "quantbench/base/parameter.h"
#include "quantbench/base/registry.h"
#include "quantbench/spec/spec.h"

namespace quantbench::backend {

/// What a scheduler says of a job.
struct State {
  enum class Kind {
    kWaiting,  ///< submitted, not started yet
    kRunning,
    kEnded,   ///< it ended, well or not; the shard's ShardEnd says which
    kGone,    ///< the scheduler does not know it (any more)
    kUnknown  ///< the scheduler does not answer: nothing can be said of the job
  };
  Kind kind = Kind::kUnknown;
  /// The scheduler's word for it: "NODE_FAIL", "TIMEOUT", a FailureReason. For a waiting job why it
  /// waits: "Resources".
  std::string reason = {};
  /// Where it runs; empty: not known.
  std::string node = {};
  /// The scheduler's id of the job, where it knows the job.
  std::string id = {};
};

/// The scheduler could not be reached, which may pass. What it refuses is an Error.
class Unreachable : public Error {
 public:
  using Error::Error;
};

/// What a backend needs to know of a run.
struct RunContext {
  RunDirectory directory;
  RunDescription description;
  /// This program's file on this machine.
  std::filesystem::path program;
  /// Says something to the user, one line.
  std::function<void(const std::string& text)> warn = {};
  /// Set: a call that takes long throws execute::Cancelled. May be nullptr.
  const std::atomic<bool>* cancel = nullptr;
};

/// The jobs of one run. Calls come from one thread. What a job is to run:
///
///     PROGRAM shard RUN/shards/NAME.json --attempt N
///
/// and on a machine that does not see the files of this one, in addition
///
///     --output DIR     in place of RUN for results/, done/ and progress/
///     --cache DIR      in place of RUN/cache
///     --model PATH     in place of RunDescription::model
///     --dataset PATH   in place of RunDescription::dataset
///
/// With --node NAME it says where it is; without, by its host name.
///
/// RUN/run.json must lie above the shard's file. The command ends with 0 when the shard is done
/// (failed rows are results), and with 2 for a fault of the input, after it wrote ShardEnd; any
/// other end leaves no ShardEnd. On SIGTERM it stops, with finished stages kept. A second attempt
/// on the same output finds them.
class Jobs {
 public:
  virtual ~Jobs() = default;

  /// Submits a job and returns the scheduler's id. `after`: jobs that must have ended, well or not,
  /// before it starts. Throws Error, one line, with the scheduler's words; Unreachable where it may
  /// work later. A job that was submitted all the same is found by its name.
  virtual std::string submit(const Shard& shard, const Job& job, const std::vector<Job>& after) = 0;
  /// States by Job::name, of all jobs given. Throws nothing for a scheduler that does not answer:
  /// kUnknown.
  virtual std::map<std::string, State> poll(const std::vector<Job>& jobs) = 0;
  /// Ends jobs that have not ended, also while RunContext::cancel is set. Throws Error.
  virtual void cancel(const std::vector<Job>& jobs) = 0;
  /// Brings what the shards have written so far into the run's directory: results/, done/,
  /// progress/, log/. A record that lies there already stays. Called before each look into the
  /// directory.
  virtual void fetch() {}
};

/// A place where benchmarks run: a value of the spec's `backend`.
class Backend {
 public:
  virtual ~Backend() = default;
  /// What it is, as a noun phrase.
  virtual std::string summary() const = 0;
  /// Meant by a spec that names none. True for one backend.
  virtual bool is_default() const { return false; }
  /// It runs nothing on the word of a spec, only where the user asks for it with --backend: cards
  /// of 2022 name it, and replaying one must cost nothing.
  virtual bool must_be_asked_for() const { return false; }

  /// The keys of backend_args.
  virtual Parameters parameters() const { return {}; }
  /// Names of those that results and cards show. Never accounts, roles, addresses or paths.
  virtual std::vector<std::string> public_parameters() const { return {}; }
  /// What a single parameter does not tell. `args` have known keys with values of the right type,
  /// and the defaults. Throws Error naming the key. Costs nothing and connects to nothing.
  virtual void check(const Json& args) const { static_cast<void>(args); }

  /// One for each kind of machine that the arguments list ("instance_type: [ml.m5.large,
  /// ml.c7i.large]"): the arguments with this kind alone. Every shard gets one (Shard::args).
  virtual std::vector<Json> variants(const Json& args) const { return {args}; }
  /// Instruction sets that the machine must have (measure::machine_facts, instruction_sets), in any
  /// spelling of case and dashes: checked on the node before anything is measured.
  virtual std::vector<std::string> wanted_instructions(const Json& args) const {
    static_cast<void>(args);
    return {};
  }

  /// It runs everything in this process, on this machine: `open` is never called.
  virtual bool is_this_machine() const { return false; }
  /// Directory of the runs' directories; empty: beside the store.
  virtual std::filesystem::path run_directory(const Json& args) const {
    static_cast<void>(args);
    return {};
  }
  /// Most jobs of a run at the same time.
  virtual std::size_t max_jobs(const Json& args) const {
    static_cast<void>(args);
    return 1;
  }
  /// How often a lost shard is submitted again.
  virtual int retries(const Json& args) const {
    static_cast<void>(args);
    return 1;
  }
  /// Seconds for which the end of a shard may take to become visible after its job has ended.
  virtual double grace_seconds(const Json& args) const {
    static_cast<void>(args);
    return 60;
  }
  /// Takes up a run that is new or was left. Uploads what the nodes need, once a run. Throws Error.
  virtual std::unique_ptr<Jobs> open(const RunContext& context) const = 0;
};

using BackendRegistry = Registry<Backend>;
void register_builtin_backends(BackendRegistry& registry);
BackendRegistry& backends();

}  // namespace quantbench::backend
