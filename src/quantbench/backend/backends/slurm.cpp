// Jobs of a Slurm cluster, by its commands sbatch, squeue and scancel. Needs no accounting
// database. https://slurm.schedmd.com/sbatch.html, https://slurm.schedmd.com/squeue.html

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include "quantbench/backend/backend.h"
#include "quantbench/base/command.h"
#include "quantbench/base/error.h"
#include "quantbench/base/fields.h"
#include "quantbench/base/text.h"

namespace quantbench::backend {

namespace {

struct Arguments {
  std::optional<std::string> partition;
  std::optional<std::string> account;
  std::optional<std::string> qos;
  std::vector<std::string> constraint;
  std::optional<std::string> nodelist;
  std::optional<std::string> time;
  std::optional<std::int64_t> cpus;
  std::optional<std::string> mem;
  std::vector<std::string> supported_instructions;
  std::optional<std::string> run_directory;
  std::optional<std::string> program;
  std::int64_t max_jobs = 4;
  std::int64_t retries = 1;
  double grace = 60;
  std::vector<std::string> sbatch_options;
};

Fields<Arguments> fields() {
  return Fields<Arguments>()
      .add(&Arguments::partition,
           {.name = "partition", .help = "Partition", .fallback_help = "the cluster's"})
      .add(&Arguments::account,
           {.name = "account", .help = "Account to charge", .fallback_help = "the user's"})
      .add(&Arguments::qos,
           {.name = "qos", .help = "Quality of service", .fallback_help = "the cluster's"})
      .add(&Arguments::constraint,
           {.name = "constraint",
            .help = "Features that a node must have, as the site names them: `avx512&vnni`. Of "
                    "several, everything is measured on each"})
      .add(&Arguments::nodelist,
           {.name = "nodelist", .help = "Nodes to run on", .fallback_help = "any"})
      .add(&Arguments::time, {.name = "time",
                              .help = "Time limit of a job: minutes, or hours:minutes:seconds",
                              .fallback_help = "the partition's"})
      .add(&Arguments::cpus, {.name = "cpus",
                              .minimum = 1,
                              .maximum = 1e5,
                              .help = "Processors of a job that times nothing. `null`: a whole "
                                      "node, as jobs that time always have"})
      .add(&Arguments::mem, {.name = "mem",
                             .help = "Memory of a job: 16G",
                             .fallback_help = "all of the node, with `cpus` the cluster's default"})
      .add(&Arguments::supported_instructions,
           {.name = "supported_instructions",
            .nullable = true,
            .help = "Instruction sets that the node must have, such as `avx512` or `vnni`. "
                    "Checked there before anything is measured"})
      .add(&Arguments::run_directory, {.name = "run_directory",
                                       .help = "Directory that all nodes see, for the runs' files",
                                       .fallback_help = "`runs` beside the store"})
      .add(&Arguments::program, {.name = "program",
                                 .help = "This program's path on the nodes",
                                 .fallback_help = "the path here"})
      .add(&Arguments::max_jobs, {.name = "max_jobs",
                                  .minimum = 1,
                                  .maximum = 1000,
                                  .help = "Most jobs at the same time. 1: one job does all"})
      .add(&Arguments::retries, {.name = "retries",
                                 .minimum = 0,
                                 .maximum = 100,
                                 .help = "How often a lost job is submitted again"})
      .add(&Arguments::grace,
           {.name = "grace",
            .minimum = 0,
            .maximum = 3600,
            .help = "How long a file of an ended job may take to show up on the shared file system "
                    "before the job counts as lost",
            .unit = "s"})
      .add(&Arguments::sbatch_options,
           {.name = "sbatch_options", .help = "More options of sbatch: `[--gres=gpu:0]`"});
}

/// Variables by which a user's settings would change what the commands do or print.
bool changes_commands(const std::string& name) {
  return name.starts_with("SBATCH_") || name.starts_with("SQUEUE_") ||
         name.starts_with("SCANCEL_") || name == "SLURM_CLUSTERS" || name == "SLURM_TIME_FORMAT";
}

CommandResult slurm(const std::vector<std::string>& arguments, const std::string& input = {}) {
  return run_command(
      arguments, {.input = input, .timeout = std::chrono::seconds(60), .hides = changes_commands});
}

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// Of --output, where % and a backslash have a meaning.
std::string literal_name(const std::string& path) {
  std::string out;
  for (const char c : path) {
    if (c == '%') out += '%';
    out += c;
  }
  return out;
}

/// The scheduler is away, or refuses to answer for the moment.
bool is_passing(const CommandResult& result) {
  if (result.timed_out) return true;
  constexpr std::array<const char*, 7> kPassing = {
      "Unable to contact slurm controller", "Socket timed out", "Connection refused",
      "Zero Bytes were transmitted",        "Communication",    "Slurm backup controller",
      "temporarily unable to accept"};
  return std::any_of(kPassing.begin(), kPassing.end(), [&](const char* words) {
    return result.errors.find(words) != std::string::npos;
  });
}

/// A state of squeue's %T.
State::Kind kind_of(const std::string& state) {
  static const std::set<std::string> kWaiting = {"PENDING",      "REQUEUED",      "CONFIGURING",
                                                 "REQUEUED",     "REQUEUE_FED",   "REQUEUE_HOLD",
                                                 "SPECIAL_EXIT", "RESV_DEL_HOLD", "POWER_UP_NODE"};
  static const std::set<std::string> kRunning = {"RUNNING",   "COMPLETING", "SUSPENDED", "STOPPED",
                                                 "SIGNALING", "STAGE_OUT",  "RESIZING"};
  if (kWaiting.contains(state)) return State::Kind::kWaiting;
  if (kRunning.contains(state)) return State::Kind::kRunning;
  // COMPLETED, FAILED, CANCELLED, TIMEOUT, NODE_FAIL, OUT_OF_MEMORY, PREEMPTED, BOOT_FAIL,
  // DEADLINE, REVOKED
  return State::Kind::kEnded;
}

class SlurmJobs final : public Jobs {
 public:
  explicit SlurmJobs(const RunContext& context) : context_(context) {}

  std::string submit(const Shard& shard, const Job& job, const std::vector<Job>& after) override {
    const Arguments arguments = fields().read(shard.args);
    const CommandResult result =
        slurm(command(shard, job, after, arguments), script(job, arguments));
    if (result.ok()) {
      // "ID" or "ID;CLUSTER"
      const std::string id(trim(result.output.substr(0, result.output.find(';'))));
      if (!id.empty()) return id;
    }
    const std::string reason = result.reason();
    if (is_passing(result)) throw Unreachable("does not answer: " + reason, "sbatch");
    throw Error("refuses job " + shard.name + ": " + reason, "sbatch",
                result.status == 127 ? "run this where the commands of Slurm are installed"
                                     : "see backend_args");
  }

  std::map<std::string, State> poll(const std::vector<Job>& jobs) override {
    std::map<std::string, State> states;
    std::vector<std::string> names;
    for (const Job& job : jobs) names.push_back(job.name);
    if (names.empty()) return states;
    const CommandResult result = slurm({"squeue", "--noheader", "--array", "--states=all",
                                        "--name=" + join(names, ","), "--format=%i|%j|%T|%r|%N"});
    for (const std::string& name : names) {
      states[name].kind = result.ok() ? State::Kind::kGone : State::Kind::kUnknown;
      if (!result.ok()) states[name].reason = result.reason();
    }
    if (!result.ok()) return states;
    for (const std::string& line : split(result.output, '\n')) take(line, states);
    return states;
  }

  void cancel(const std::vector<Job>& jobs) override {
    std::vector<std::string> names;
    for (const Job& job : jobs) names.push_back(job.name);
    // By name: ids of jobs that a killed coordinator submitted may be unknown.
    for (const std::string& name : names) {
      const CommandResult result = slurm({"scancel", "--quiet", "--name=" + name});
      if (!result.ok()) throw Error("cannot cancel " + name + ": " + result.reason(), "scancel");
    }
  }

 private:
  static void take(const std::string& line, std::map<std::string, State>& states) {
    const std::vector<std::string> parts = split(line, '|');
    if (parts.size() != 5) return;
    const auto found = states.find(std::string(trim(parts[1])));
    if (found == states.end()) return;
    State state;
    state.kind = kind_of(parts[2]);
    state.id = std::string(trim(parts[0]));
    const bool says_why = !parts[3].empty() && parts[3] != "None";
    state.reason = state.kind == State::Kind::kEnded || !says_why ? parts[2] : parts[3];
    state.node = std::string(trim(parts[4]));
    // Of several jobs with one name, one that lives.
    const bool lives =
        found->second.kind == State::Kind::kWaiting || found->second.kind == State::Kind::kRunning;
    if (!lives) found->second = std::move(state);
  }

  std::vector<std::string> command(const Shard& shard, const Job& job,
                                   const std::vector<Job>& after,
                                   const Arguments& arguments) const {
    const RunDirectory& directory = context_.directory;
    std::vector<std::string> out = {
        "sbatch",
        "--parsable",
        "--job-name=" + job.name,
        "--ntasks=1",
        "--nodes=1",
        "--requeue",
        "--open-mode=append",
        "--output=" + literal_name(directory.log_file(shard.name, job.attempt).string()),
        "--chdir=" + directory.root().string()};
    const auto add = [&](const char* option, const std::optional<std::string>& value) {
      if (value) out.push_back("--" + std::string(option) + "=" + *value);
    };
    add("partition", arguments.partition);
    add("account", arguments.account);
    add("qos", arguments.qos);
    if (!arguments.constraint.empty()) add("constraint", arguments.constraint.front());
    add("nodelist", arguments.nodelist);
    add("time", arguments.time);
    if (shard.exclusive || !arguments.cpus) {
      out.emplace_back("--exclusive");
      add("mem", arguments.mem ? arguments.mem : std::optional<std::string>("0"));
    } else {
      out.push_back("--cpus-per-task=" + std::to_string(*arguments.cpus));
      add("mem", arguments.mem);
    }
    if (!after.empty()) {
      std::vector<std::string> ids;
      for (const Job& one : after) ids.push_back(one.id);
      // Whatever their end: what they should have made, this job makes itself.
      out.push_back("--dependency=afterany:" + join(ids, ":"));
    }
    out.insert(out.end(), arguments.sbatch_options.begin(), arguments.sbatch_options.end());
    return out;
  }

  std::string script(const Job& job, const Arguments& arguments) const {
    const std::string program = arguments.program.value_or(context_.program.string());
    return "#!/bin/sh\nexec " + quoted(program) + " shard " +
           quoted(context_.directory.shard_file(job.shard).string()) + " --attempt " +
           std::to_string(job.attempt) + " --node \"$SLURMD_NODENAME\"\n";
  }

  const RunContext& context_;
};

class Slurm final : public Backend {
 public:
  std::string summary() const override { return "jobs of a Slurm cluster"; }
  Parameters parameters() const override { return fields().parameters(); }
  std::vector<std::string> public_parameters() const override {
    return {"constraint", "supported_instructions", "cpus", "mem"};
  }

  void check(const Json& args) const override {
    for (const std::string& option : fields().read(args).sbatch_options) {
      if (option.starts_with("-")) continue;
      throw Error("'" + option + "' is not an option", "backend_args.sbatch_options",
                  "write each as one text: --gres=gpu:1");
    }
  }

  std::vector<Json> variants(const Json& args) const override {
    const std::vector<std::string> constraints = fields().read(args).constraint;
    if (constraints.size() < 2) return {args};
    std::vector<Json> out;
    for (const std::string& constraint : constraints) {
      out.push_back(args);
      out.back()["constraint"] = Json::array({constraint});
    }
    return out;
  }

  std::vector<std::string> wanted_instructions(const Json& args) const override {
    return fields().read(args).supported_instructions;
  }
  std::filesystem::path run_directory(const Json& args) const override {
    return fields().read(args).run_directory.value_or("");
  }
  std::size_t max_jobs(const Json& args) const override {
    return static_cast<std::size_t>(fields().read(args).max_jobs);
  }
  int retries(const Json& args) const override {
    return static_cast<int>(fields().read(args).retries);
  }
  double grace_seconds(const Json& args) const override { return fields().read(args).grace; }

  std::unique_ptr<Jobs> open(const RunContext& context) const override {
    return std::make_unique<SlurmJobs>(context);
  }
};

}  // namespace

void register_slurm(BackendRegistry& registry) { registry.add("slurm", std::make_unique<Slurm>()); }

}  // namespace quantbench::backend
