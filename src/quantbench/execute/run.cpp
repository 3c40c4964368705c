#include "quantbench/execute/run.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <random>

#include "quantbench/base/http.h"
#include "quantbench/base/log.h"
#include "quantbench/base/version.h"
#include "quantbench/execute/cache_directory.h"
#include "quantbench/execute/cache_limit.h"
#include "quantbench/execute/executor.h"
#include "quantbench/execute/explain.h"
#include "quantbench/execute/plan_rows.h"
#include "quantbench/execute/prepare.h"
#include "quantbench/execute/rows.h"
#include "quantbench/execute/sources.h"
#include "quantbench/execute/thread_warning.h"
#include "quantbench/plan/inputs.h"
#include "quantbench/runtime/session.h"
#include "quantbench/store/database.h"
#include "quantbench/store/location.h"

namespace quantbench::execute {

namespace {

/// "20261124-221530-3fa9c1": sorts by time, and two runs of one second differ.
std::string make_run_id(const std::string& started_at) {
  std::string id;
  for (const char c : started_at) {
    if (c >= '0' && c <= '9') id += c;
    if (c == 'T') id += '-';
  }
  std::random_device random;
  return id + "-" + fmt::format("{:06x}", random() & 0xffffffU);
}

/// A value of each row of a framework: one value, or a list where they differ.
Json in_rows(const Plan& plan, const std::string& framework,
             const std::function<Json(const spec::FrameworkArgs&)>& value) {
  Json values = Json::array();
  for (const PlannedRow& row : plan.rows) {
    if (!row.skipped.empty() || row.cell->framework != framework) continue;
    const Json one = value(row.cell->framework_args);
    if (std::find(values.begin(), values.end(), one) == values.end()) values.push_back(one);
  }
  return values.size() == 1 ? values[0] : values;
}

/// Threads of the timings of a framework's rows. Without intra_op_num_threads it is the runtime's
/// own number, as far as it says so.
Json timing_threads(const Plan& plan, const std::string& framework, const Json& facts) {
  return in_rows(plan, framework, [&](const spec::FrameworkArgs& args) {
    const auto& given = args.intra_op_num_threads;
    return given ? Json(*given) : facts.value("threads", Json("default"));
  });
}

/// Facts of every framework that a row ran on, in order of appearance.
Json runtime_facts(const Plan& plan, const plan::Inputs& inputs) {
  std::vector<std::string> names;
  Json facts = Json::array();
  for (const PlannedRow& row : plan.rows) {
    if (!row.skipped.empty()) continue;
    const std::string& name = row.cell->framework;
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    names.push_back(name);
    Json runtime = plan::runtime_facts(inputs, name);
    runtime["threads"] = timing_threads(plan, name, runtime);
    for (const Parameter& own : runtime::runtimes().get(name).parameters()) {
      runtime[own.name] = in_rows(plan, name, [&](const spec::FrameworkArgs& args) {
        return args.own.value(own.name, Json());
      });
    }
    facts.push_back(std::move(runtime));
  }
  return facts;
}

}  // namespace

store::RunResult header(const spec::Spec& spec, const plan::Inputs& inputs, const Plan& plan) {
  store::RunResult result;
  result.started_at = store::now_utc();
  result.run_id = make_run_id(result.started_at);
  result.quantbench_version = version();
  result.spec = spec.to_json();
  result.fixed = spec.fixed;
  result.benchmarked = spec.benchmarked;
  result.model_type = inputs.model_type;
  result.evaluation_samples = inputs.evaluation_samples;
  result.input_size = inputs.input_size;
  result.machine = inputs.machine;
  result.runtimes = runtime_facts(plan, inputs);
  return result;
}

namespace {

/// What is said of the rows of a finished run.
using Explain = std::function<void(store::RunResult& result)>;

/// Fills in the rows and writes the run to the store.
void keep(store::RunResult& result, const Plan& plan, const std::vector<StageOutcome>& outcomes,
          store::RunStatus status, store::Database& database, const Explain& explain = {}) {
  std::vector<std::vector<std::string>> keys;
  result.rows.clear();
  for (const PlannedRow& row : plan.rows) {
    result.rows.push_back(make_row(row, outcomes, result.machine));
    keys.push_back(stage_keys(row, outcomes));
  }
  if (explain) explain(result);
  database.put_run(result, status, keys);
}

}  // namespace

void warn(const Options& options, const std::string& text) {
  if (!options.on_event) return;
  Event event;
  event.kind = Event::Kind::kWarning;
  event.message = text;
  options.on_event(event);
}

namespace {

hub::Options hub_options(const Options& options) {
  hub::Options out = hub::options_from_environment(
      options.on_download, [&options](const std::string& text) { warn(options, text); });
  out.cancel = options.cancel;
  return out;
}

LocatedSpec fetch(const spec::Spec& spec, const Options& options) {
  try {
    return locate(spec, [&] { return hub_options(options); });
  } catch (const Interrupted&) {
    throw Cancelled();
  }
}

/// Runs the plan and keeps its results, whatever its end.
void run_plan(const Plan& plan, store::RunResult& result, store::Database& database,
              Executor& executor, const Explain& explain = {}) {
  database.put_run(result, store::RunStatus::kRunning);
  keeping_its_end(
      [&] { keep(result, plan, executor.run(), store::RunStatus::kFinished, database, explain); },
      [&](store::RunStatus status) { keep(result, plan, executor.outcomes(), status, database); });
}

}  // namespace

void keeping_its_end(const std::function<void()>& body,
                     const std::function<void(store::RunStatus)>& keep) {
  const auto end_as = [&](store::RunStatus status) {
    try {
      keep(status);
    } catch (const std::exception& error) {
      spdlog::debug("the end of the run was not kept: {}", error.what());
    }
  };
  try {
    body();
  } catch (const Cancelled&) {
    end_as(store::RunStatus::kCancelled);
    throw;
  } catch (...) {
    end_as(store::RunStatus::kFailed);
    throw;
  }
}

void tidy_cache(const Options& options, std::chrono::steady_clock::time_point started) {
  using std::chrono::seconds;
  try {
    const std::uintmax_t limit = options.cache_limit ? *options.cache_limit : cache_limit();
    // A second more: the file system's times are whole seconds here.
    const auto kept =
        std::chrono::ceil<seconds>(std::chrono::steady_clock::now() - started) + seconds(1);
    const std::string remark = limit_cache(options.cache, limit, kept);
    if (!remark.empty()) warn(options, remark);
  } catch (const Error& error) {
    warn(options, error.what());
  }
}

Options with_places(Options options) {
  if (options.store.empty()) options.store = store::default_store_path();
  if (options.cache.empty()) options.cache = store::default_cache_path();
  require_cache_directory(options.cache);
  return options;
}

Prepared prepare(const spec::Spec& spec, const Options& options) {
  Prepared prepared{fetch(spec, options), {}};
  prepared.inputs = plan::inspect_inputs(prepared.located.spec, options.strict);
  for (const std::string& remark : prepared.located.remarks) warn(options, remark);
  for (const std::string& remark : prepared.inputs.remarks) warn(options, remark);
  return prepared;
}

store::RunResult collect(const Prepared& prepared, const Plan& plan, const Options& options,
                         store::StageResults& results, store::Database& database,
                         const FindMissing& missing) {
  store::RunResult result = header(prepared.located.spec, prepared.inputs, plan);
  result.sources = prepared.located.sources;
  Executor executor(plan.stages, result.machine, options, results);
  executor.only_find(missing);
  run_plan(plan, result, database, executor);
  return result;
}

store::RunResult run(const spec::Spec& asked, const Options& given) {
  const auto started = std::chrono::steady_clock::now();
  Options options = with_places(given);
  // A wrong limit in the environment is said before anything is measured.
  if (!options.cache_limit) options.cache_limit = cache_limit();
  const Prepared prepared = prepare(asked, options);
  const Plan plan = plan_rows(prepared.located.spec, prepared.inputs);
  if (const std::string text = thread_warning(plan, measure::usable_processors()); !text.empty())
    warn(options, text);
  store::Database database(options.store);
  store::RunResult result = header(prepared.located.spec, prepared.inputs, plan);
  result.sources = prepared.located.sources;
  store::DatabaseResults results(database);
  Executor executor(plan.stages, result.machine, options, results);
  run_plan(plan, result, database, executor, [&](store::RunResult& finished) {
    explain_losses(finished, prepared, options, results);
  });
  tidy_cache(options, started);
  return result;
}

}  // namespace quantbench::execute
