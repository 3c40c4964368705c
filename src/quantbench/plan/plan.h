#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quantbench/plan/inputs.h"
#include "quantbench/plan/stage.h"

namespace quantbench::plan {

/// A step of the plan. Its needs come before it.
struct PlannedStage {
  std::string stage;
  /// Hash of stage, version, identity and the keys of its needs. Equal stages have equal keys.
  std::string key;
  Request request;
};

/// A row of the result, with its stages.
struct PlannedRow {
  const spec::Cell* cell = nullptr;
  /// Why the row is skipped; empty if it runs.
  std::string skipped;
  /// Indices of stages. `model` makes the model file: the quantize stage for quantized cells.
  std::optional<std::size_t> model;
  std::size_t evaluate = 0;
  std::vector<std::size_t> times;  ///< batch sizes outer, input lengths inner
};

/// The distinct stages of a spec, and the stages of each row.
struct Plan {
  std::vector<PlannedStage> stages;
  std::vector<PlannedRow> rows;
};

/// Collects the stages that rows ask for.
class PlanBuilder {
 public:
  PlanBuilder(const spec::Spec& spec, const Inputs& inputs) : spec_(spec), inputs_(inputs) {}

  /// Index of the stage for the target. Adds the stage and its needs if they are new.
  std::size_t require(std::string_view stage, const Target& target);
  /// The stage whose artefact is the cell's model; nullopt if its framework opens the checkpoint.
  std::optional<std::size_t> model(const Target& target);
  /// The same, as Request::needs of a stage that runs the model.
  std::vector<std::size_t> model_needs(const Target& target);

  const spec::Spec& spec() const { return spec_; }
  const Inputs& inputs() const { return inputs_; }
  /// Name and version of a cell's framework. Figures depend on them.
  static Json runtime_identity(const std::string& framework);

  std::vector<PlannedStage> take() { return std::move(stages_); }

 private:
  const spec::Spec& spec_;
  const Inputs& inputs_;
  std::vector<PlannedStage> stages_;
  std::map<std::string, std::size_t, std::less<>> index_;
};

/// Order: checks that need the graph, evaluations, timings. Timings of one input shape are
/// adjacent, so compared rows are measured close together. `spec` must outlive the plan. Throws
/// Error for errors in the spec that only a plug-in can find.
Plan make_plan(const spec::Spec& spec, const Inputs& inputs);

/// Key of a stage, given an id for each of its needs: their keys during planning, the content of
/// their artefacts during the run.
std::string stage_key(const std::string& stage, const Json& identity,
                      const std::vector<std::string>& needs);

/// "operators_to_quantize=['Add'], per_channel=False": the benchmarked parameters that apply.
std::string in_words(const spec::Cell& cell);

}  // namespace quantbench::plan
