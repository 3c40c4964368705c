#include "quantbench/plan/inputs.h"

#include <algorithm>

#include "quantbench/base/error.h"
#include "quantbench/base/hash.h"
#include "quantbench/measure/machine.h"
#include "quantbench/model/architecture.h"
#include "quantbench/plan/task_data.h"
#include "quantbench/task/first_look.h"

namespace quantbench::plan {

namespace {

void check_architecture(const spec::Spec& spec, const checkpoint::Checkpoint& checkpoint) {
  const auto& architecture = with_context(
      checkpoint.config_path() + ": model_type", [&]() -> auto& {
        return model::architectures().get(checkpoint.model_type());
      });
  const std::vector<std::string> tasks = architecture.tasks();
  if (std::find(tasks.begin(), tasks.end(), spec.task) == tasks.end()) {
    throw Error(
        "model_type '" + checkpoint.model_type() + "' has no head for task '" + spec.task + "'",
        checkpoint.config_path(), "it has: " + join(tasks, ", "));
  }
}

std::string preprocessing_hash(const std::filesystem::path& directory) {
  Sha256 hash;
  for (const char* name : {"tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
                           "added_tokens.json", "vocab.txt", "vocab.json", "merges.txt",
                           "spiece.model", "sentencepiece.bpe.model", "preprocessor_config.json"}) {
    const std::filesystem::path path = directory / name;
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path, ignored)) continue;
    hash.update(std::string(name) + " " + sha256_file(path) + "\n");
  }
  return hash.finish();
}

}  // namespace

Inputs inspect_inputs(const spec::Spec& spec, bool strict) {
  const task::Task& task = with_context(
      "task", [&]() -> auto& { return task::tasks().get(spec.task); });
  const auto checkpoint =
      with_context(spec.model_key, [&] { return checkpoint::Checkpoint::open(spec.name_or_path); });
  check_architecture(spec, checkpoint);

  Inputs inputs;
  inputs.model_directory = spec.name_or_path;
  inputs.model_type = checkpoint.model_type();
  inputs.config = checkpoint.config();
  inputs.labels = checkpoint.labels();
  inputs.metrics = task::metrics_or_default(task, spec.metrics);
  with_context("metrics", [&] { task::check_metrics(task, inputs.metrics, inputs.labels); });
  for (const std::int64_t length : spec.input_lengths) {
    with_context("input_lengths", [&] { task.timing_inputs({}, 1, length, checkpoint.config()); });
  }
  const dataset::Source source{spec.dataset.path, spec.dataset.name};
  const dataset::Subset rows =
      task.subset(static_cast<std::size_t>(spec.max_eval_samples.value_or(0)));
  const TaskSamples samples = open_samples(task, task_context(checkpoint, task_params(spec)),
                                           source, spec.dataset.eval_split, rows);
  inputs.evaluation_samples = samples.split.size();
  inputs.remarks = task::look_at_samples(*samples.processor, samples.split, strict);
  inputs.evaluation_hash = dataset::content_hash(source, spec.dataset.eval_split, rows);
  inputs.preprocessing_hash = preprocessing_hash(checkpoint.directory());
  inputs.model_hash = checkpoint.content_hash();
  inputs.machine = measure::machine_facts();
  inputs.machine_key = measure::machine_key(inputs.machine);
  return inputs;
}

}  // namespace quantbench::plan
