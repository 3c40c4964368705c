#pragma once

#include <string>
#include <vector>

#include "quantbench/execute/plan_rows.h"
#include "support/card_grid.h"

namespace quantbench::test {

/// What is known of a model, a data set and a machine that need not exist.
inline plan::Inputs planned_inputs() {
  plan::Inputs out;
  out.model_directory = "models/tiny";
  out.model_hash = "model";
  out.model_type = "distilbert";
  out.evaluation_hash = "data";
  out.machine_key = "machine";
  out.usable_cores = 4;
  return out;
}

/// The plan of card_grid, with changes of its spec.
struct PlannedGrid {
  explicit PlannedGrid(const std::vector<std::string>& overrides = {},
                       const plan::Inputs& of = planned_inputs())
      : spec(spec::parse(card_grid("models/tiny", "data"), "test.yaml", overrides)),
        plan(execute::plan_rows(spec, of)) {}

  spec::Spec spec;
  execute::Plan plan;
};

}  // namespace quantbench::test
