#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quantbench/engine/inputs.h"
#include "quantbench/engine/stage.h"

namespace quantbench::engine {

/// A step of the plan. Its needs come before it.
struct PlannedStage {
  std::string stage;
  /// Hash of stage, version, identity and the keys of its needs: what makes it distinct.
  std::string key;
  Request request;
};

/// A row of the result and the stages it is made of.
struct PlannedRow {
  const spec::Cell* cell = nullptr;
  /// Why the row is left out; empty: it runs.
  std::string skipped;
  /// Indices of stages. `model` makes the model file; it is the quantize stage of quantized cells.
  std::optional<std::size_t> model;
  std::size_t evaluate = 0;
  std::vector<std::size_t> times;  ///< batch sizes outer, input lengths inner
};

/// The distinct stages of a spec, each once, and which rows use which.
struct Plan {
  std::vector<PlannedStage> stages;
  std::vector<PlannedRow> rows;
};

/// Collects the stages that rows ask for.
class PlanBuilder {
 public:
  PlanBuilder(const spec::Spec& spec, const Inputs& inputs) : spec_(spec), inputs_(inputs) {}

  /// Index of the stage that answers the target, added with all it needs unless it is there.
  std::size_t require(std::string_view stage, const Target& target);
  /// The stage whose artefact is the model of the cell; nullopt where its framework opens the
  /// checkpoint itself.
  std::optional<std::size_t> model(const Target& target);
  /// The same, as Request::needs of a stage that runs the model.
  std::vector<std::size_t> model_needs(const Target& target);

  const spec::Spec& spec() const { return spec_; }
  const Inputs& inputs() const { return inputs_; }
  /// Name and version of a cell's framework: part of what figures depend on.
  static Json runtime_identity(const std::string& framework);

  std::vector<PlannedStage> take() { return std::move(stages_); }

 private:
  const spec::Spec& spec_;
  const Inputs& inputs_;
  std::vector<PlannedStage> stages_;
  std::map<std::string, std::size_t, std::less<>> index_;
};

/// Checks that need the graph come first, then evaluations, then the timings, those of one input
/// shape side by side, so that what is compared is measured close together. `spec` must outlive the
/// plan. Throws Error for faults of the spec that only a plug-in can see.
Plan make_plan(const spec::Spec& spec, const Inputs& inputs);

/// Key of a stage, given what stands for each of its needs: their keys when the plan is made, the
/// content of what they made when it runs.
std::string stage_key(const std::string& stage, const Json& identity,
                      const std::vector<std::string>& needs);

/// "operators_to_quantize=['Add'], per_channel=False": the benchmarked parameters that apply.
std::string in_words(const spec::Cell& cell);

}  // namespace quantbench::engine
