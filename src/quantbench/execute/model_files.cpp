#include "quantbench/execute/model_files.h"

#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/execute/executor.h"
#include "quantbench/plan/builder.h"
#include "quantbench/stages/common/model.h"
#include "quantbench/store/database.h"
#include "quantbench/store/stage_results.h"

namespace quantbench::execute {

void with_model_files(const spec::Spec& spec, const plan::Inputs& inputs, const spec::Cell& cell,
                      const Options& options,
                      const std::function<void(const ModelFiles& model)>& use) {
  plan::Builder builder(spec, inputs);
  const auto model = stages::require_model(builder, cell);
  if (!model) {
    throw Error("there is no model file: framework '" + cell.framework + "' opens the checkpoint");
  }
  const std::vector<plan::PlannedStage> stages = builder.take();
  store::Database database(options.store);
  // As long as the executor lives, nothing is removed from the cache.
  store::DatabaseResults results(database);
  Executor executor(stages, inputs.machine, options, results);
  const std::vector<StageOutcome> outcomes = executor.run();
  const StageOutcome& made = outcomes.at(*model);
  if (!made.ok) throw Error(made.message);
  use({artefact_directory(options.cache, made.key), made.artefact.value()});
}

}  // namespace quantbench::execute
