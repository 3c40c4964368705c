#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/plan/builder.h"
#include "quantbench/stages/evaluate.h"
#include "quantbench/stages/time.h"
#include "quantbench/stages/time_streams.h"

namespace quantbench::execute {

/// A row of the result, with its stages.
struct PlannedRow {
  const spec::Cell* cell = nullptr;
  /// Why the row is skipped; empty if it runs.
  std::string skipped;
  /// The stage that makes the model file: Quantize for quantized cells, else Export. nullopt: the
  /// framework opens the checkpoint.
  std::optional<std::size_t> model;
  /// nullopt: the row has no figures.
  std::optional<plan::StageRef<stages::Evaluate>> evaluate;
  std::vector<plan::StageRef<stages::Time>> times;  ///< batch sizes outer, input lengths inner
  /// The same, numbers of streams innermost.
  std::vector<plan::StageRef<stages::TimeStreams>> streams = {};
};

/// The distinct stages of a spec, and the stages of each row.
struct Plan {
  std::vector<plan::PlannedStage> stages;
  std::vector<PlannedRow> rows;
};

/// Order: checks that need the graph, evaluations, timings, concurrent streams. Timings of one
/// input shape are adjacent, so compared rows are measured close together. `spec` must outlive the
/// plan. Throws Error for errors in the spec that only a plug-in can find.
Plan plan_rows(const spec::Spec& spec, const plan::Inputs& inputs);

}  // namespace quantbench::execute
