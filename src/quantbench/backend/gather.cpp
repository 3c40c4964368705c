#include "quantbench/backend/gather.h"

#include <algorithm>
#include <set>
#include <utility>

#include "quantbench/backend/arguments.h"
#include "quantbench/backend/backend.h"
#include "quantbench/base/error.h"
#include "quantbench/measure/machine.h"
#include "quantbench/store/stage_results.h"

namespace quantbench::backend {

namespace {

struct EndedShard {
  const Shard* shard = nullptr;
  ShardEnd end;
  std::string machine_key;
};

/// What shards did on one kind of machine.
struct Machine {
  std::string key;
  Json facts;
  Json runtimes;
  std::size_t shapes = 0;
  std::vector<Json> args;  ///< of its shards, each once; those that time, where any does
};

std::vector<EndedShard> ended_shards(const RunDirectory& directory, const RunDescription& run) {
  std::vector<EndedShard> out;
  for (const Shard& shard : run.shards) {
    auto end = directory.end_of(shard.name);
    if (!end) continue;
    const std::string key = measure::machine_key(end->machine);
    out.push_back({&shard, *std::move(end), key});
  }
  return out;
}

/// Those that timed; where nothing was timed, the first that did something.
std::vector<Machine> machines_of(const std::vector<EndedShard>& ended) {
  std::vector<Machine> out;
  for (const EndedShard& one : ended) {
    auto known = std::find_if(out.begin(), out.end(),
                              [&](const Machine& m) { return m.key == one.machine_key; });
    if (known == out.end()) {
      out.push_back({one.machine_key, one.end.machine, one.end.runtimes, 0, {}});
      known = std::prev(out.end());
    }
    const bool times = !one.shard->shapes.empty();
    if (times && known->shapes == 0) known->args.clear();
    const bool counts = times || known->shapes == 0;
    if (counts &&
        std::find(known->args.begin(), known->args.end(), one.shard->args) == known->args.end()) {
      known->args.push_back(one.shard->args);
    }
    known->shapes += one.shard->shapes.size();
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const Machine& a, const Machine& b) { return a.shapes > b.shapes; });
  const auto first_without = std::find_if(
      out.begin(), out.end(), [](const Machine& machine) { return machine.shapes == 0; });
  if (first_without == out.begin()) {
    if (!out.empty()) out.resize(1);
  } else {
    out.erase(first_without, out.end());
  }
  return out;
}

/// What became of the run's stages, by the key that is the same on every machine.
class Ends {
 public:
  Ends(const std::vector<EndedShard>& ended, const std::map<std::string, std::string>& lost)
      : lost_(lost) {
    for (const EndedShard& one : ended) {
      for (const ShardEnd::Stage& stage : one.end.stages) {
        if (!stage.key.empty()) {
          keys_.emplace(stage.plan_key, std::pair(stage.key, &one.end.machine));
        } else {
          messages_.emplace(stage.plan_key, stage.message);
        }
        machines_[stage.plan_key].insert(one.machine_key);
      }
    }
  }

  /// Whether a stage was at work on other machines only.
  bool only_elsewhere(const std::string& plan_key, const std::string& machine) const {
    const auto found = machines_.find(plan_key);
    return found != machines_.end() && !found->second.contains(machine);
  }
  /// The result, from any machine, and the facts of that machine; nullptr without a result.
  const std::pair<std::string, const Json*>* result(const std::string& plan_key) const {
    const auto found = keys_.find(plan_key);
    return found == keys_.end() ? nullptr : &found->second;
  }
  std::string message(const std::string& plan_key, const std::string& stage) const {
    if (const auto found = messages_.find(plan_key); found != messages_.end()) return found->second;
    if (!lost_.empty()) return stage + ": " + lost_.begin()->second;
    return stage + ": no job has sent its result";
  }

 private:
  const std::map<std::string, std::string>& lost_;
  std::map<std::string, std::pair<std::string, const Json*>> keys_;
  std::map<std::string, std::string> messages_;
  std::map<std::string, std::set<std::string>> machines_;
};

/// Takes out the timings that were made on other machines only.
void keep_own_timings(execute::Plan& plan, const std::vector<std::string>& keys, const Ends& ends,
                      const std::string& machine) {
  const auto elsewhere = [&](const auto& stage) {
    return ends.only_elsewhere(keys.at(stage.index), machine);
  };
  for (execute::PlannedRow& row : plan.rows) {
    std::erase_if(row.times, elsewhere);
    std::erase_if(row.streams, elsewhere);
  }
}

std::set<std::size_t> timed_stages(const execute::Plan& plan) {
  std::set<std::size_t> out;
  for (const execute::PlannedRow& row : plan.rows) {
    for (const auto& time : row.times) out.insert(time.index);
    for (const auto& streams : row.streams) out.insert(streams.index);
  }
  return out;
}

/// The same CPU with the same instructions computes the same.
bool computes_alike(const Json& one, const Json& other) {
  const auto same = [&](const char* fact) {
    return one.value(fact, Json()) == other.value(fact, Json());
  };
  return same("cpu") && same("instruction_sets");
}

void warn_of_other_cpu(store::RunResult& result, const execute::Plan& plan,
                       const std::map<std::size_t, const Json*>& borrowed) {
  for (std::size_t i = 0; i < plan.rows.size(); ++i) {
    if (!plan.rows[i].skipped.empty()) continue;
    const auto found = borrowed.find(plan.rows[i].evaluate.value().index);
    if (found == borrowed.end() || computes_alike(*found->second, result.machine)) continue;
    result.rows[i].warnings.push_back(
        "its accuracy was computed on another CPU than its latencies: " +
        value_or<std::string>(*found->second, "cpu", "unknown", "machine"));
  }
}

/// The arguments as the run gave them; where they list several kinds of machine, those that turned
/// out to be this one.
Json arguments_of(const Machine& machine, Json args) {
  for (auto& [key, value] : args.items()) {
    if (!value.is_array() || value.size() < 2) continue;
    Json own = Json::array();
    for (const Json& shard : machine.args) {
      const Json one = shard.value(key, Json());
      if (!one.is_array() || one.size() != 1) break;
      if (std::find(own.begin(), own.end(), one[0]) == own.end()) own.push_back(one[0]);
    }
    if (!own.empty()) value = own.size() == 1 ? own[0] : own;
  }
  return args;
}

/// What the shards of a search found, each the whole run on its machine.
std::vector<store::RunResult> gather_searches(const std::vector<EndedShard>& ended,
                                              const RunDescription& run, const spec::Spec& spec,
                                              store::Database& database) {
  std::vector<store::RunResult> out;
  for (const EndedShard& one : ended) {
    if (one.end.result.is_null()) continue;
    store::RunResult result =
        store::RunResult::from_json(one.end.result, "the result of job " + one.shard->name);
    const Machine machine{one.machine_key, {}, {}, 0, {one.shard->args}};
    const Backend* backend = backends().find(run.backend);
    result.spec["backend"] = run.backend;
    result.spec["backend_args"] =
        backend == nullptr ? Json::object()
                           : shown_arguments(*backend, arguments_of(machine, spec.backend_args));
    if (!spec.price_per_hour.empty()) result.spec[spec::kPricePerHour] = spec.price_per_hour;
    result.sources = run.sources;
    database.put_run(result, store::RunStatus::kFinished);
    out.push_back(std::move(result));
  }
  return out;
}

store::RunResult gather_for(const Machine& machine, const RunDirectory& directory,
                            const RunDescription& run, const execute::Prepared& prepared,
                            const Ends& ends, const execute::Options& options,
                            store::Database& database) {
  execute::Prepared there = prepared;
  plan::set_machine(there.inputs, machine.facts);
  there.inputs.runtimes = machine.runtimes;
  there.located.sources = run.sources;
  const Backend* backend = backends().find(run.backend);
  if (backend != nullptr) {
    spec::Spec& spec = there.located.spec;
    spec.backend_args = shown_arguments(*backend, arguments_of(machine, spec.backend_args));
  }
  const spec::Spec& spec = there.located.spec;
  execute::Plan plan = execute::plan_rows(spec, there.inputs);
  const std::vector<std::string> keys = neutral_keys(spec, there.inputs);
  const std::set<std::size_t> timed = timed_stages(plan);
  keep_own_timings(plan, keys, ends, machine.key);
  store::FileResults results(directory.results(), {});
  std::map<std::size_t, const Json*> borrowed;
  const auto missing = [&](std::size_t stage) {
    execute::Missing out;
    out.message = ends.message(keys.at(stage), plan.stages[stage].name());
    if (timed.contains(stage)) return out;
    if (const auto* other = ends.result(keys.at(stage))) {
      out.other_key = other->first;
      borrowed[stage] = other->second;
    }
    return out;
  };
  store::RunResult result = execute::collect(there, plan, options, results, database, missing);
  warn_of_other_cpu(result, plan, borrowed);
  return result;
}

}  // namespace

std::vector<store::RunResult> gather(const RunDirectory& directory, const RunDescription& run,
                                     const execute::Prepared& prepared,
                                     const std::map<std::string, std::string>& lost,
                                     const execute::Options& options, store::Database& database) {
  const std::vector<EndedShard> ended = ended_shards(directory, run);
  if (ended.empty()) {
    throw Error("no job of run " + run.run_id + " has ended" +
                    (lost.empty() ? std::string() : ": " + lost.begin()->second),
                directory.root().string(), "the jobs' own output is in log/");
  }
  const bool searches = std::any_of(ended.begin(), ended.end(),
                                    [](const EndedShard& one) { return one.shard->searches; });
  if (searches) return gather_searches(ended, run, prepared.located.spec, database);
  const Ends ends(ended, lost);
  // That every result is found again is not worth a line each.
  execute::Options quiet = options;
  quiet.on_event = [&options](const execute::Event& event) {
    if (event.kind == execute::Event::Kind::kWarning && options.on_event) options.on_event(event);
  };
  std::vector<store::RunResult> out;
  for (const Machine& machine : machines_of(ended)) {
    out.push_back(gather_for(machine, directory, run, prepared, ends, quiet, database));
  }
  return out;
}

}  // namespace quantbench::backend
