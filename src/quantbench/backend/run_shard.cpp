#include "quantbench/backend/run_shard.h"

#include <unistd.h>

#include <array>
#include <chrono>
#include <optional>
#include <set>

#include "quantbench/backend/backend.h"
#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/text.h"
#include "quantbench/base/version.h"
#include "quantbench/execute/executor.h"
#include "quantbench/execute/prepare.h"
#include "quantbench/execute/strategy.h"
#include "quantbench/measure/instructions.h"
#include "quantbench/measure/machine.h"
#include "quantbench/store/database.h"
#include "quantbench/store/stage_results.h"

namespace quantbench::backend {

namespace {

using Clock = std::chrono::steady_clock;

/// Between two rewrites of the progress file while a stage goes on.
constexpr std::chrono::seconds kProgressPause{2};

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return {};
  return name.data();
}

/// Tells the coordinator how far the shard is. A fault here costs only the display.
class ProgressFile {
 public:
  ProgressFile(std::filesystem::path file, std::string node)
      : file_(std::move(file)), node_(std::move(node)) {}

  void show(const execute::Event& event) {
    if (event.stage.empty()) return;
    const auto now = Clock::now();
    const std::string at = event.stage + event.subject;
    const bool is_new = at != at_ && event.kind != execute::Event::Kind::kStageReused;
    if (last_ && !is_new && now - *last_ < kProgressPause) return;
    last_ = now;
    at_ = at;
    const ShardProgress progress{event.stage, event.subject, event.share, event.seconds_left,
                                 node_};
    try {
      write_text(file_, to_line(record_to_json(progress)) + "\n", AtomicFile::Target::kReplaced);
    } catch (const Error&) {
      // The next one may work.
    }
  }

 private:
  std::filesystem::path file_;
  std::string node_;
  std::optional<Clock::time_point> last_;
  std::string at_;
};

/// The run's spec with the places that count on this machine.
spec::Spec placed_spec(const RunDescription& run, const ShardOptions& options) {
  spec::Spec spec = spec::parse(run.spec, "spec of run " + run.run_id);
  spec.name_or_path = (options.model.empty() ? run.model : options.model).string();
  spec.dataset.path = (options.dataset.empty() ? run.dataset : options.dataset).string();
  spec.dataset.name = run.dataset_name;
  // Of names of the Hub, which these are not.
  spec.revision = std::nullopt;
  spec.dataset.revision = std::nullopt;
  return spec;
}

void require_version(const RunDescription& run) {
  if (run.quantbench_version == version()) return;
  throw Error("run " + run.run_id + " was planned by quantbench " + run.quantbench_version +
                  ", and the program here is quantbench " + std::string(version()),
              {}, "use the same program in both places");
}

void require_instructions(const RunDescription& run, const Shard& shard, const Json& facts) {
  const Backend* backend = backends().find(run.backend);
  if (backend == nullptr) return;
  const auto missing =
      measure::missing_instructions(facts, backend->wanted_instructions(shard.args));
  if (missing.empty()) return;
  throw Error("the machine has no " + join(missing, ", ") + ": " +
                  facts.value("cpu", std::string("unknown CPU")),
              "supported_instructions", "ask for another kind of machine");
}

/// Models that the cache had already are results as well: the coordinator does not see the cache.
void add_found_artefacts(const std::vector<plan::PlannedStage>& stages,
                         const std::vector<execute::StageOutcome>& outcomes, const Json& machine,
                         store::StageResults& results) {
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const execute::StageOutcome& outcome = outcomes[i];
    if (!outcome.ok || !outcome.artefact || results.find(outcome.key)) continue;
    store::StageRecord record;
    record.key = outcome.key;
    record.stage = stages[i].name();
    record.subject = stages[i].subject;
    record.machine = machine;
    record.result = record_to_json(
        execute::StageAnswer{outcome.result, outcome.artefact, outcome.peak_memory_bytes});
    results.put(record);
  }
}

/// How this machine runs a part. `scratch` is removed afterwards.
execute::Options options_here(const RunDescription& run, const ShardOptions& options,
                              const std::filesystem::path& scratch, ProgressFile& progress) {
  execute::Options running;
  running.cache = options.cache.empty()
                      ? RunDirectory(options.file.parent_path().parent_path()).cache()
                      : options.cache;
  running.store = scratch / "results.sqlite";
  running.program = options.program;
  running.strict = run.strict;
  running.cancel = options.cancel;
  running.on_event = [&](const execute::Event& event) {
    progress.show(event);
    if (options.on_event) options.on_event(event);
  };
  return execute::with_places(std::move(running));
}

/// Plans, runs, and fills in what became of the stages.
void run_stages(const RunDescription& run, const Shard& shard, const RunDirectory& output,
                const ShardOptions& options, const std::string& node, ShardEnd& end) {
  const TemporaryDirectory scratch;
  ProgressFile progress(output.progress_file(shard.name), node);
  const execute::Options running = options_here(run, options, scratch.path(), progress);
  execute::Prepared prepared = execute::prepare(placed_spec(run, options), running);
  if (!options.machine.is_null()) plan::set_machine(prepared.inputs, options.machine);
  end.machine = prepared.inputs.machine;
  end.runtimes = plan::all_runtime_facts();
  require_instructions(run, shard, prepared.inputs.machine);
  const spec::Spec& spec = prepared.located.spec;
  const execute::Plan plan = execute::plan_rows(spec, prepared.inputs);
  const std::vector<std::string> plan_keys = neutral_keys(spec, prepared.inputs);
  const std::vector<bool> selected = stages_of(shard, spec, plan);
  store::FileResults results(output.results(), scratch.path() / "locks");
  execute::Executor executor(plan.stages, prepared.inputs.machine, running, results);
  executor.select(selected);
  const std::vector<execute::StageOutcome> outcomes = executor.run();
  add_found_artefacts(plan.stages, outcomes, prepared.inputs.machine, results);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (!selected[i]) continue;
    end.stages.push_back(
        {plan_keys.at(i), outcomes[i].ok ? outcomes[i].key : std::string(), outcomes[i].message});
  }
}

/// The results of a search, which keeps them in a store of its own on this machine: as files, so
/// that they leave the machine, and back when a later attempt goes on.
class SearchResults {
 public:
  SearchResults(const std::filesystem::path& store, store::FileResults& files)
      : database_(store), files_(files) {
    for (const std::string& key : files_.keys()) {
      const auto record = files_.find(key);
      if (!record) continue;
      database_.add_stage(*record);
      left_.insert(key);
    }
  }
  void leave() {
    for (const std::string& key : database_.stage_keys()) {
      if (!left_.insert(key).second) continue;
      files_.put(database_.find_stage(key).value());
    }
  }

 private:
  store::Database database_;
  store::FileResults& files_;
  std::set<std::string> left_;
};

/// Runs the whole benchmark by its strategy, as on the user's machine.
void run_search(const RunDescription& run, const Shard& shard, const RunDirectory& output,
                const ShardOptions& options, const std::string& node, ShardEnd& end) {
  const TemporaryDirectory scratch;
  ProgressFile progress(output.progress_file(shard.name), node);
  execute::Options running = options_here(run, options, scratch.path(), progress);
  end.machine = measure::machine_facts();
  end.runtimes = plan::all_runtime_facts();
  require_instructions(run, shard, end.machine);
  spec::Spec spec = placed_spec(run, options);
  // The result names the model as the user does.
  spec.fixed = run.fixed;
  store::FileResults files(output.results(), scratch.path() / "locks");
  SearchResults results(running.store, files);
  const auto tell = running.on_event;
  running.on_event = [&](const execute::Event& event) {
    results.leave();
    tell(event);
  };
  store::RunResult result;
  try {
    result = execute::strategies().get(spec.strategy).run(spec, running);
  } catch (...) {
    results.leave();
    throw;
  }
  results.leave();
  // It may have ended with what it had. The next attempt goes on.
  if (options.cancel != nullptr && *options.cancel) throw execute::Cancelled();
  end.result = result.to_json();
}

}  // namespace

void run_shard(const ShardOptions& options) {
  const std::filesystem::path file = std::filesystem::absolute(options.file);
  ShardOptions placed = options;
  placed.file = file;
  const RunDirectory directory(file.parent_path().parent_path());
  const RunDescription run = directory.description();
  const auto shard = record_from_json<Shard>(read_json(file), file.string());
  const RunDirectory output(options.output.empty() ? directory.root() : options.output);
  for (const auto& needed : {output.results(), output.done(), output.progress()}) {
    std::error_code failure;
    std::filesystem::create_directories(needed, failure);
    if (failure) {
      throw Error("cannot create the directory: " + failure.message(), needed.string());
    }
  }
  if (output.end_of(shard.name)) return;
  ShardEnd end;
  end.attempt = options.attempt;
  end.node = options.node.empty() ? host_name() : options.node;
  const auto write_end = [&] {
    store::write_first(output.done_file(shard.name), to_line(record_to_json(end)) + "\n");
  };
  try {
    require_version(run);
    const auto& work = shard.searches ? run_search : run_stages;
    work(run, shard, output, placed, end.node, end);
  } catch (const execute::Cancelled&) {
    throw;
  } catch (const Error& error) {
    end.fault = error.what();
    write_end();
    throw;
  }
  write_end();
}

}  // namespace quantbench::backend
