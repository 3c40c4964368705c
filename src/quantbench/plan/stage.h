#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "quantbench/base/json.h"
#include "quantbench/base/registry.h"
#include "quantbench/spec/spec.h"

namespace quantbench::plan {

class PlanBuilder;

/// The target of a stage: a cell's model and, for timings, the input shape.
struct Target {
  const spec::Cell* cell = nullptr;
  std::int64_t batch_size = 0;
  std::int64_t input_length = 0;
};

/// A stage's answer during planning.
struct Request {
  /// Everything that decides the result, except the artefacts of other stages. Requests with the
  /// same identity and needs are one stage. Passed to `run` unchanged.
  Json identity = Json::object();
  /// Facts for the worker that do not affect the result: paths of files.
  Json locations = Json::object();
  /// Stages of the plan whose results this stage needs, from PlanBuilder::require.
  std::vector<std::size_t> needs;
  /// A description for progress display.
  std::string subject;
  /// Estimated seconds. Earlier runs correct it.
  double expected_seconds = 1;
};

/// Input of a running stage.
struct StageContext {
  Json identity;
  Json locations;
  /// For each needed stage, in the order of Request::needs: its result and its artefact directory
  /// (empty if it makes no artefact).
  std::vector<Json> results;
  std::vector<std::filesystem::path> artefacts;
  /// An empty directory to fill, for stages that make an artefact.
  std::filesystem::path output;
  /// Reports the finished fraction, 0 to 1. Any thread may call it, as often as needed.
  std::function<void(double share)> progress;
};

/// A kind of step from spec to figures: export, quantize, evaluate, time. `plan` runs in the
/// program and returns what decides the result; `run` does the work in a worker process.
class Stage {
 public:
  virtual ~Stage() = default;
  /// Part of the stage's key. Increase it when the same request would give another result.
  virtual int version() const = 0;
  /// True if the result is a directory of files (models), kept in the cache; else it is JSON, kept
  /// in the store.
  virtual bool makes_artefact() const { return false; }
  /// True if an Error of `run` is an error in the user's model or data: it ends the whole run, not
  /// only this row.
  virtual bool errors_are_input_faults() const { return false; }
  /// Large parts of the result that are kept in the store, not in memory.
  virtual std::vector<std::string> stored_only() const { return {}; }
  virtual Request plan(PlanBuilder& builder, const Target& target) const = 0;
  /// Throws Error. Any other end of the worker also makes a failed row.
  virtual Json run(const StageContext& context) const = 0;
};

using StageRegistry = Registry<Stage>;

/// Name of the model file in a model stage's artefact.
inline constexpr const char* kModelFile = "model.onnx";

}  // namespace quantbench::plan

namespace quantbench::stages {

void register_builtin_stages(plan::StageRegistry& registry);
plan::StageRegistry& stages();

}  // namespace quantbench::stages
