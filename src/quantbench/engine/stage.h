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

namespace quantbench::engine {

class PlanBuilder;

/// What a stage is asked for: the model of a cell and, for timings, the shape of the input.
struct Target {
  const spec::Cell* cell = nullptr;
  std::int64_t batch_size = 0;
  std::int64_t input_length = 0;
};

/// What a stage answers when the plan is made.
struct Request {
  /// Everything that decides the result, apart from what the needed stages made. Two requests with
  /// the same identity and needs are one stage. Handed to `run` as it is.
  Json identity = Json::object();
  /// What the worker must know and the result does not depend on: places of files.
  Json locations = Json::object();
  /// Stages of the plan whose results this one needs, as PlanBuilder::require gave them.
  std::vector<std::size_t> needs;
  /// In words, for progress display.
  std::string subject;
  /// A guess; corrected by what earlier runs took.
  double expected_seconds = 1;
};

/// What a running stage sees.
struct StageContext {
  Json identity;
  Json locations;
  /// Of each needed stage, in the order of Request::needs: its result and its artefact directory
  /// (empty when it makes none).
  std::vector<Json> results;
  std::vector<std::filesystem::path> artefacts;
  /// An empty directory to fill, for stages that make an artefact.
  std::filesystem::path output;
  /// Tells how much is done, 0 to 1. May be called from any thread, as often as one likes.
  std::function<void(double share)> progress;
};

/// A kind of step from spec to figures: export, quantize, evaluate, time. `plan` runs in the
/// program and says what decides the result; `run` does the work in a worker process.
class Stage {
 public:
  virtual ~Stage() = default;
  /// Part of the stage's key: raise it when the same request would give another result than before.
  virtual int version() const = 0;
  /// True when the result is a directory of files (models), kept in the cache; else it is JSON,
  /// kept in the store.
  virtual bool makes_artefact() const { return false; }
  /// True when an Error of `run` means that the user's model or data is at fault (so that the whole
  /// run ends with it), and not just this row.
  virtual bool errors_are_input_faults() const { return false; }
  /// Parts of the result that are large, and that nobody asks for but who reads the store: neither
  /// rows nor later stages.
  virtual std::vector<std::string> stored_only() const { return {}; }
  virtual Request plan(PlanBuilder& builder, const Target& target) const = 0;
  /// Throws Error; whatever else happens to the worker is a failed row too.
  virtual Json run(const StageContext& context) const = 0;
};

using StageRegistry = Registry<Stage>;
void register_builtin_stages(StageRegistry& registry);
StageRegistry& stages();

/// Name of the model file in the artefact of a stage that makes a model.
inline constexpr const char* kModelFile = "model.onnx";

}  // namespace quantbench::engine
