#include "quantbench/search/tune.h"

#include <algorithm>
#include <set>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/execute/prepare.h"
#include "quantbench/measure/machine.h"
#include "quantbench/search/candidates.h"
#include "quantbench/search/search.h"
#include "quantbench/task/task.h"

namespace quantbench::search {

namespace {

constexpr std::size_t kCalibrationSamples = 128;

/// The spec that is searched: its cells, its metric first, its samples drawn by the seed.
spec::Spec searched(spec::Spec spec, const TuneOptions& asked) {
  spec.sample_seed = asked.seed;
  if (!asked.metric.empty()) {
    std::erase(spec.metrics, asked.metric);
    spec.metrics.insert(spec.metrics.begin(), asked.metric);
  }
  if (!asked.shapes.empty()) {
    std::set<std::int64_t> batches;
    std::set<std::int64_t> lengths;
    for (const analysis::Shape& shape : asked.shapes) {
      batches.insert(shape.batch_size);
      lengths.insert(shape.input_length);
    }
    spec.batch_sizes.assign(batches.begin(), batches.end());
    spec.input_lengths.assign(lengths.begin(), lengths.end());
  }
  if (spec.benchmarked.empty()) {
    const auto frameworks = asked.frameworks.empty() ? usual_frameworks() : asked.frameworks;
    require_frameworks(frameworks, "strategy_args.frameworks");
    spec = spec::with_points(std::move(spec), starting_points(frameworks, measure::machine_facts(),
                                                              kCalibrationSamples));
  }
  // Without a split for it, calibration takes samples of the search; they prove nothing.
  if (!spec.dataset.calibration_split) spec.dataset.calibration_split = spec.dataset.eval_split;
  return spec;
}

/// Calibration that takes samples of the evaluated split takes samples of the first half.
void keep_calibration_off_the_proof(execute::Prepared& prepared) {
  spec::Spec& spec = prepared.located.spec;
  if (spec.dataset.calibration_split != spec.dataset.eval_split) return;
  const char* key = "num_calibration_samples";
  const auto most = static_cast<std::int64_t>(prepared.inputs.evaluation_samples / 2);
  for (spec::Cell& cell : spec.cells) {
    if (!cell.calibration) continue;
    Json& calibration = *cell.calibration;
    calibration[key] = std::min(most, calibration.value(key, most));
    if (cell.parameters.contains("calibration") && cell.parameters["calibration"].is_object()) {
      cell.parameters["calibration"][key] = calibration[key];
    }
  }
}

store::RunResult header_of(const Laboratory& laboratory) {
  execute::Plan plan;
  for (const spec::Cell& cell : laboratory.spec().cells) plan.rows.emplace_back().cell = &cell;
  const execute::Prepared& prepared = laboratory.prepared();
  store::RunResult header = execute::header(laboratory.spec(), prepared.inputs, plan);
  header.sources = prepared.located.sources;
  return header;
}

}  // namespace

std::string name_of(Objective objective) {
  switch (objective) {
    case Objective::kLatency:
      return std::string(store::Tuning::kLatency);
    case Objective::kThroughput:
      return std::string(store::Tuning::kThroughput);
    case Objective::kSize:
      return std::string(store::Tuning::kSize);
    case Objective::kMemory:
      break;
  }
  return std::string(store::Tuning::kMemory);
}

store::RunResult tune(const spec::Spec& spec, const TuneOptions& asked,
                      const execute::Options& given) {
  const auto started = Search::Clock::now();
  execute::Options options = execute::with_places(given);
  // Each step is a plan of its own: what all of them say is said once.
  std::set<std::string> said;
  options.on_event = [&](const execute::Event& event) {
    const bool is_warning = event.kind == execute::Event::Kind::kWarning;
    if (is_warning && !said.insert(event.message).second) return;
    // A search says what it decides, not each stage that it needs for it.
    const bool is_end = event.kind == execute::Event::Kind::kStageFinished ||
                        event.kind == execute::Event::Kind::kStageReused ||
                        event.kind == execute::Event::Kind::kStageFailed;
    execute::Event told = event;
    if (is_end) told.kind = execute::Event::Kind::kStageProgress;
    if (given.on_event) given.on_event(told);
  };
  execute::Prepared prepared = execute::prepare(searched(spec, asked), options);
  keep_calibration_off_the_proof(prepared);
  store::Database database(options.store);
  Laboratory laboratory(std::move(prepared), options, database);
  store::RunResult header = header_of(laboratory);
  database.put_run(header, store::RunStatus::kRunning);
  store::RunResult result;
  std::vector<std::vector<std::string>> keys;  // of its rows
  execute::keeping_its_end(
      [&] {
        const auto on_better = [&](const Search& better) {
          result = better.result(header);
          keys = better.keys();
          database.put_run(result, store::RunStatus::kRunning, keys);
          if (options.on_better) options.on_better(result);
        };
        Search search(laboratory, asked, options, on_better, started);
        search.run(header);
        result = search.result(header);
        keys = search.keys();
        const auto status =
            search.was_cancelled() ? store::RunStatus::kCancelled : store::RunStatus::kFinished;
        database.put_run(result, status, keys);
      },
      [&](store::RunStatus status) {
        database.put_run(result.rows.empty() ? header : result, status, keys);
      });
  execute::tidy_cache(options, started);
  return result;
}

}  // namespace quantbench::search
