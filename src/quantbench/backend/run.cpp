#include "quantbench/backend/run.h"

#include <algorithm>
#include <system_error>

#include "quantbench/backend/arguments.h"
#include "quantbench/backend/coordinator.h"
#include "quantbench/backend/gather.h"
#include "quantbench/base/error.h"
#include "quantbench/base/file.h"
#include "quantbench/base/hash.h"
#include "quantbench/base/text.h"
#include "quantbench/base/version.h"
#include "quantbench/execute/prepare.h"
#include "quantbench/execute/strategy.h"
#include "quantbench/runtime/session.h"

namespace quantbench::backend {

namespace {

constexpr std::size_t kIdDigits = 12;

/// Where a run's directory is, and where its files go: STORE's directory/runs/ID.run.json.
struct Pointer {
  std::filesystem::path directory;
  std::filesystem::path out;

  static constexpr auto fields() {
    return std::tuple(field("directory", &Pointer::directory), field("out", &Pointer::out));
  }
};
constexpr const char* kPointerSuffix = ".run.json";

std::filesystem::path runs_directory(const std::filesystem::path& store) {
  return std::filesystem::absolute(store).parent_path() / "runs";
}

std::filesystem::path own_program(const execute::Options& options) {
  if (!options.program.empty()) return std::filesystem::absolute(options.program);
  std::error_code failure;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", failure);
  if (failure) throw Error("cannot find this program's own file", "/proc/self/exe");
  return program;
}

/// The plan as far as it decides what jobs there are: every framework counts as installed where
/// the jobs run.
execute::Plan plan_of_jobs(const spec::Spec& spec, plan::Inputs inputs) {
  inputs.runtimes = Json::object();
  for (const std::string& name : runtime::runtimes().names()) {
    inputs.runtimes[name] = {{"name", name}};
  }
  return execute::plan_rows(spec, inputs);
}

/// Everything that decides what the jobs do: not what an hour costs.
std::string identity(const RunDescription& run, spec::Spec spec, const plan::Inputs& inputs) {
  spec.price_per_hour = Json::object();
  const Json whole = {{"spec", spec.resolved_yaml()},
                      {"quantbench", run.quantbench_version},
                      {"model", run.model.string()},
                      {"model_hash", inputs.model_hash},
                      {"preprocessing", inputs.preprocessing_hash},
                      {"dataset", run.dataset.string()},
                      {"dataset_name", run.dataset_name.value_or("")},
                      {"dataset_hash", inputs.evaluation_hash},
                      {"strict", run.strict},
                      {"backend", run.backend},
                      {"backend_args", run.backend_args}};
  return sha256(to_line(whole)).substr(0, kIdDigits);
}

/// The run's directory: the latest with this identity, or a new one for `fresh`.
RunDirectory place_of(const std::filesystem::path& root, RunDescription& run, bool fresh) {
  const std::string base = run.run_id;
  RunDirectory latest(root / base);
  for (int generation = 2;; ++generation) {
    const std::string next = base + "-" + std::to_string(generation);
    const bool is_there = RunDirectory(root / next).exists();
    if (!is_there && !(fresh && latest.exists())) return latest;
    run.run_id = next;
    latest = RunDirectory(root / next);
    if (!is_there) return latest;
  }
}

void remember(const KnownRun& run, const std::string& run_id, const std::filesystem::path& store) {
  const Pointer pointer{run.directory.root(), run.out};
  write_text(runs_directory(store) / (run_id + kPointerSuffix),
             to_lines(record_to_json(pointer)) + "\n", AtomicFile::Target::kReplaced);
}

RunContext context_of(const RunDirectory& directory, RunDescription description,
                      const RunOptions& options) {
  RunContext context{directory, std::move(description), own_program(options.execute)};
  context.warn = [&options](const std::string& text) { execute::warn(options.execute, text); };
  context.cancel = options.execute.cancel;
  return context;
}

/// From submission to the results. `spec` is the run's, as it was given.
RunOutcome follow(const RunDirectory& directory, const RunDescription& description,
                  const spec::Spec& spec, const Backend& backend, const execute::Prepared& prepared,
                  const RunOptions& options) {
  store::Database database(options.execute.store);
  const RunContext context = context_of(directory, description, options);
  const std::unique_ptr<Jobs> jobs = backend.open(context);
  Coordinator coordinator(context, backend, options, *jobs, database);
  RunOutcome outcome;
  outcome.run_id = description.run_id;
  outcome.spec = as_shown(spec);
  const Coordinator::End end = coordinator.run();
  outcome.jobs = coordinator.jobs_known();
  if (end == Coordinator::End::kDetached) return outcome;
  outcome.results =
      gather(directory, description, prepared, coordinator.lost(), options.execute, database);
  return outcome;
}

/// A spec at the places that this machine has for a known run.
spec::Spec spec_of(const RunDescription& run) {
  spec::Spec spec = spec::parse(run.spec, "spec of run " + run.run_id);
  spec.fixed = run.fixed;
  spec.name_or_path = run.model.string();
  spec.dataset.path = run.dataset.string();
  spec.dataset.name = run.dataset_name;
  spec.revision = std::nullopt;
  spec.dataset.revision = std::nullopt;
  return spec;
}

}  // namespace

namespace {

/// The spec's arguments without the keys that only the backend it names has. A key that neither
/// backend knows stays, and is refused where it is used.
Json arguments_for(const Backend& wanted, const spec::Spec& spec) {
  const Parameters known = wanted.parameters();
  const Backend* named = backends().find(spec.backend);
  const Parameters former = named == nullptr ? Parameters() : named->parameters();
  Json out = Json::object();
  for (const auto& [key, value] : spec.backend_args.items()) {
    const bool is_wanted = find_parameter(known, key) != nullptr;
    const bool is_former = named == nullptr || find_parameter(former, key) != nullptr;
    if (is_wanted || !is_former) out[key] = value;
  }
  return out;
}

}  // namespace

spec::Spec as_run(spec::Spec spec, const std::string& backend, std::string* remark) {
  if (!backend.empty()) {
    const Backend& wanted = with_context(
        "--backend", [&]() -> auto& { return backends().get(backend); });
    if (spec.backend != backend) spec.backend_args = arguments_for(wanted, spec);
    spec.backend = backend;
    if (wanted.is_this_machine()) spec.backend_args = Json::object();
    return spec;
  }
  const Backend* named = backends().find(spec.backend);
  if (named != nullptr && !named->must_be_asked_for()) return spec;
  const std::string asked = spec.backend;
  spec.backend = backends().default_name();
  spec.backend_args = Json::object();
  if (remark == nullptr) return spec;
  if (named == nullptr) {
    *remark = "there is no backend '" + asked +
              "' in this build: the benchmark runs on this machine, and its results say backend " +
              spec.backend;
  } else {
    *remark = "the spec names backend '" + asked +
              "', which runs only when it is asked for: the benchmark runs on this machine, and "
              "its results say backend " +
              spec.backend + " (--backend " + asked + " runs it there)";
  }
  return spec;
}

spec::Spec as_shown(spec::Spec spec) {
  const Backend* backend = backends().find(spec.backend);
  if (backend != nullptr && !backend->is_this_machine()) {
    spec.backend_args = shown_arguments(*backend, spec.backend_args);
  }
  return spec;
}

RunOutcome run(const spec::Spec& asked, const RunOptions& given) {
  std::string remark;
  const spec::Spec spec = as_run(asked, given.backend, &remark);
  if (!remark.empty()) execute::warn(given.execute, remark);
  const Backend& backend = backends().get(spec.backend);
  const execute::Strategy& strategy = with_context(
      "strategy", [&]() -> auto& { return execute::strategies().get(spec.strategy); });
  if (backend.is_this_machine()) {
    if (given.detach) {
      throw Error("a run on this machine ends with its command", "--detach",
                  "name another place with --backend");
    }
    return {{strategy.run(spec, given.execute)}, spec, {}, 0};
  }
  RunOptions options = given;
  RunDescription run;
  run.backend_args = checked_arguments(backend, spec.backend_args);
  options.execute = execute::with_places(options.execute);
  const execute::Prepared prepared = execute::prepare(spec, options.execute);
  const spec::Spec& located = prepared.located.spec;
  run.quantbench_version = version();
  run.spec = spec.resolved_yaml();
  run.fixed = spec.fixed;
  run.model = std::filesystem::absolute(located.name_or_path);
  run.dataset = std::filesystem::absolute(located.dataset.path);
  run.dataset_name = located.dataset.name;
  run.sources = prepared.located.sources;
  run.strict = options.execute.strict;
  run.backend = spec.backend;
  const std::vector<Json> variants = backend.variants(run.backend_args);
  run.shards = strategy.searches() ? search_shards(variants)
                                   : make_shards(located, plan_of_jobs(located, prepared.inputs),
                                                 backend.max_jobs(run.backend_args), variants);
  run.run_id = identity(run, spec, prepared.inputs);
  std::filesystem::path root = backend.run_directory(run.backend_args);
  if (root.empty()) root = runs_directory(options.execute.store);
  const RunDirectory directory =
      place_of(std::filesystem::absolute(root), run, options.execute.fresh);
  if (!directory.exists()) {
    directory.create(run);
    if (!options.execute.fresh) directory.take_over_results();
  }
  remember({directory, std::filesystem::absolute(options.out)}, run.run_id, options.execute.store);
  return follow(directory, directory.description(), spec, backend, prepared, options);
}

KnownRun find_run(const std::string& run, const std::filesystem::path& store) {
  if (const RunDirectory named{std::filesystem::absolute(run)}; named.exists()) {
    return {named, {}};
  }
  const std::filesystem::path place = runs_directory(store);
  std::vector<std::string> known;
  std::vector<std::filesystem::path> matches;
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator(place, failure)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(kPointerSuffix)) continue;
    const std::string id = name.substr(0, name.size() - std::string(kPointerSuffix).size());
    known.push_back(id);
    if (id == run) matches = {entry.path()};
    if (id == run) break;
    if (id.starts_with(run)) matches.push_back(entry.path());
  }
  std::sort(known.begin(), known.end());
  if (matches.empty()) {
    throw Error("no run with jobs is called '" + run + "'", place.string(),
                known.empty() ? "none is known here" : "known: " + join_some(known, ", "));
  }
  if (matches.size() > 1) {
    throw Error("more than one run starts with '" + run + "'", place.string(),
                "give more of the id");
  }
  const auto pointer = record_from_json<Pointer>(read_json(matches.front()), matches.front());
  const RunDirectory directory(pointer.directory);
  if (!directory.exists()) {
    throw Error("the directory of run '" + run + "' is gone", directory.root().string(),
                "run the spec again");
  }
  return {directory, pointer.out};
}

RunOutcome attach(const KnownRun& known, const RunOptions& given) {
  RunOptions options = given;
  const RunDescription run = known.directory.description();
  if (run.quantbench_version != version()) {
    throw Error("was started by quantbench " + run.quantbench_version + ", this is quantbench " +
                    std::string(version()),
                known.directory.root().string(), "use the same program");
  }
  const Backend& backend = backends().get(run.backend);
  options.execute = execute::with_places(options.execute);
  options.execute.strict = run.strict;
  const execute::Prepared prepared = execute::prepare(spec_of(run), options.execute);
  const spec::Spec spec = spec::parse(run.spec, "spec of run " + run.run_id);
  return follow(known.directory, run, spec, backend, prepared, options);
}

std::size_t cancel(const KnownRun& known, const RunOptions& options) {
  const RunDescription run = known.directory.description();
  const Backend& backend = backends().get(run.backend);
  const RunContext context = context_of(known.directory, run, options);
  const std::unique_ptr<Jobs> jobs = backend.open(context);
  jobs->fetch();
  std::vector<Job> unfinished;
  for (const Job& job : known.directory.jobs()) {
    if (job.attempt > 0 && !known.directory.end_of(job.shard)) unfinished.push_back(job);
  }
  // First: a coordinator that sees them end must know why.
  write_text(known.directory.cancelled_file(), "", AtomicFile::Target::kReplaced);
  const auto states = jobs->poll(unfinished);
  std::vector<Job> open;
  for (const Job& job : unfinished) {
    const auto state = states.find(job.name);
    if (state == states.end() ||
        (state->second.kind != State::Kind::kEnded && state->second.kind != State::Kind::kGone)) {
      open.push_back(job);
    }
  }
  if (!open.empty()) jobs->cancel(open);
  return open.size();
}

}  // namespace quantbench::backend
