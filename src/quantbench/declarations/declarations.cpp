#include "quantbench/spec/declarations.h"

#include "quantbench/backend/backend.h"
#include "quantbench/calibrate/parameters.h"
#include "quantbench/dataset/dataset.h"
#include "quantbench/execute/strategy.h"
#include "quantbench/metric/registry.h"
#include "quantbench/model/architecture.h"
#include "quantbench/quantize/approach.h"
#include "quantbench/report/registry.h"
#include "quantbench/runtime/session.h"
#include "quantbench/task/task.h"

namespace quantbench::spec {

Declarations declarations() {
  Declarations all;
  for (const std::string& name : task::tasks().names()) {
    const task::Task& task = task::tasks().get(name);
    all.tasks.push_back({name, task.summary(), task.args()});
  }
  for (const std::string& name : runtime::runtimes().names()) {
    const runtime::Runtime& runtime = runtime::runtimes().get(name);
    all.frameworks.push_back(
        {name, runtime.summary(), runtime.model_form() == runtime::ModelForm::kCheckpoint,
         runtime.quantizes(), runtime.has_optimization_levels(), runtime.parameters()});
  }
  for (const std::string& name : backend::backends().names()) {
    const backend::Backend& backend = backend::backends().get(name);
    all.backends.push_back({name, backend.summary(), backend.parameters()});
  }
  for (const std::string& name : execute::strategies().names()) {
    const execute::Strategy& strategy = execute::strategies().get(name);
    all.strategies.push_back({name, strategy.summary(), strategy.parameters()});
  }
  for (const std::string& name : quantize::approaches().names()) {
    const quantize::Approach& approach = quantize::approaches().get(name);
    all.approaches.push_back(
        {name, approach.summary(), approach.parameters(), approach.calibrates()});
  }
  all.quantization = quantize::approach_parameters();
  all.calibration = calibrate::calibration_parameters();
  all.metrics = metric::metrics().names();
  for (const std::string& name : report::layouts().names()) {
    if (const auto card = report::layouts().get(name).card()) {
      all.card_layouts.push_back({name, card->summary, card->compares, card->default_for});
    }
  }
  all.architectures = model::architectures().names();
  const std::set<std::string> extensions = dataset::known_extensions();
  all.dataset_extensions.assign(extensions.begin(), extensions.end());
  all.default_framework = runtime::runtimes().default_name();
  all.default_backend = backend::backends().default_name();
  all.default_strategy = execute::strategies().default_name();
  all.default_approach = quantize::approaches().default_name();
  return all;
}

}  // namespace quantbench::spec
