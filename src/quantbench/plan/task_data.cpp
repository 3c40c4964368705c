#include "quantbench/plan/task_data.h"

#include "quantbench/base/error.h"

namespace quantbench::plan {

TaskParams task_params(const spec::Spec& spec) {
  return {spec.task, spec.task_args, spec.dataset.data_keys, spec.dataset.ref_keys};
}

task::TaskContext task_context(const checkpoint::ModelDirectory& model, const TaskParams& params) {
  task::TaskContext context;
  context.model_directory = model.directory();
  context.config = model.config();
  context.labels = model.labels();
  context.data_keys = params.data_keys;
  context.ref_keys = params.ref_keys;
  context.task_args = params.task_args;
  return context;
}

TaskPlaces task_places(const spec::Spec& spec, const std::filesystem::path& model_directory) {
  return {model_directory, spec.dataset.path, spec.dataset.name};
}

TaskSamples open_samples(const task::Task& task, const task::TaskContext& context,
                         const dataset::Source& source, const std::string& split,
                         dataset::Subset rows) {
  rows.columns = task.columns(context);
  TaskSamples out{dataset::load_split(source, split, rows), nullptr};
  out.processor = task.prepare(context, out.split);
  return out;
}

dataset::Subset evaluated_rows(const task::Task& task, std::size_t samples,
                               std::optional<std::uint32_t> seed) {
  return seed ? dataset::Subset{samples, seed} : task.subset(samples);
}

void require_unchanged(const std::string& hash_now, const std::string& hash_of_key,
                       const std::string& where) {
  if (hash_now == hash_of_key) return;
  throw Error("was changed while the run used it", where, "run it again");
}

}  // namespace quantbench::plan
