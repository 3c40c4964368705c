#include "quantbench/plan/inputs.h"

#include <algorithm>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/base/hash.h"
#include "quantbench/checkpoint/model_source.h"
#include "quantbench/graph/model.h"
#include "quantbench/hub/preprocessing_files.h"
#include "quantbench/measure/machine.h"
#include "quantbench/model/architecture.h"
#include "quantbench/plan/task_data.h"
#include "quantbench/runtime/model_interface.h"
#include "quantbench/runtime/session.h"
#include "quantbench/task/first_look.h"
#include "quantbench/task/outputs.h"

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
  for (const char* name : hub::kPreprocessingFiles) {
    const std::filesystem::path path = directory / name;
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path, ignored)) continue;
    hash.update(std::string(name) + " " + sha256_file(path) + "\n");
  }
  return hash.finish();
}

}  // namespace

namespace {

/// The model of a spec, with what the stages must know of it.
struct OpenedModel {
  checkpoint::ModelSource source;
  checkpoint::ModelDirectory directory;
  /// What an ONNX model tells of its inputs and outputs; of a checkpoint, nothing.
  runtime::ModelInterface interface = {};
  Inputs inputs = {};
};

OpenedModel open_checkpoint(const spec::Spec& spec, const checkpoint::ModelSource& source) {
  const auto checkpoint = checkpoint::Checkpoint::open(source.directory);
  check_architecture(spec, checkpoint);
  OpenedModel out{source, checkpoint};
  out.inputs.model_type = checkpoint.model_type();
  out.inputs.model_hash = checkpoint.content_hash();
  return out;
}

OpenedModel open_onnx(const checkpoint::ModelSource& source) {
  OpenedModel out{source, checkpoint::ModelDirectory::open(source.directory)};
  const checkpoint::ModelDirectory& model = out.directory;
  out.inputs.model_type =
      value_or<std::string>(model.config(), "model_type", "onnx", model.config_path());
  out.inputs.onnx = source.onnx;
  out.interface = runtime::interface_of(graph::Model::load(source.onnx));
  out.inputs.onnx_hash = checkpoint::onnx_hash(source.onnx);
  out.inputs.model_hash = sha256(sha256_file(model.config_path()) + out.inputs.onnx_hash);
  return out;
}

OpenedModel open_model(const spec::Spec& spec) {
  OpenedModel out = with_context(spec.model_key, [&] {
    const auto source = checkpoint::find_model(spec.name_or_path, model_choice(spec));
    return source.is_onnx() ? open_onnx(source) : open_checkpoint(spec, source);
  });
  out.inputs.model_directory = out.source.directory;
  out.inputs.config = out.directory.config();
  out.inputs.labels = out.directory.labels();
  out.inputs.preprocessing_hash = preprocessing_hash(out.source.directory);
  return out;
}

}  // namespace

void set_machine(Inputs& inputs, const Json& facts) {
  inputs.machine = facts;
  inputs.machine_key = measure::machine_key(facts);
  inputs.usable_cores = value_or<std::int64_t>(facts, "usable_cores", 1, "machine");
}

Json runtime_facts(const Inputs& inputs, const std::string& framework) {
  const auto found = inputs.runtimes.find(framework);
  if (found == inputs.runtimes.end()) return runtime::runtimes().get(framework).facts();
  if (found->contains("error")) throw Error(found->at("error").get<std::string>());
  return *found;
}

Json all_runtime_facts() {
  Json out = Json::object();
  for (const std::string& name : runtime::runtimes().names()) {
    try {
      out[name] = runtime::runtimes().get(name).facts();
    } catch (const Error& error) {
      out[name] = {{"error", error.what()}};
    }
  }
  return out;
}

hub::ModelChoice model_choice(const spec::Spec& spec) {
  return {spec.from_transformers, spec.file_name};
}

Inputs inspect_model(const spec::Spec& spec) {
  Inputs inputs = open_model(spec).inputs;
  set_machine(inputs, measure::machine_facts());
  return inputs;
}

Inputs inspect_inputs(const spec::Spec& spec, bool strict) {
  const task::Task& task = with_context(
      "task", [&]() -> auto& { return task::tasks().get(spec.task); });
  OpenedModel opened = open_model(spec);
  const checkpoint::ModelSource& source = opened.source;
  const checkpoint::ModelDirectory& model = opened.directory;
  const runtime::ModelInterface& interface = opened.interface;
  Inputs& inputs = opened.inputs;
  inputs.input_size = task.input_size(interface.inputs, model.config());
  inputs.metrics = task::metrics_or_default(task, spec.metrics);
  with_context("metrics", [&] { task::check_metrics(task, inputs.metrics, inputs.labels); });
  if (source.is_onnx()) {
    with_context(source.onnx.string(),
                 [&] { task.timing_inputs(interface.inputs, 1, 1, model.config()); });
  }
  for (const std::int64_t length : spec.input_lengths) {
    with_context("input_lengths",
                 [&] { task.timing_inputs(interface.inputs, 1, length, model.config()); });
  }
  const dataset::Source data{spec.dataset.path, spec.dataset.name};
  const dataset::Subset rows = evaluated_rows(
      task, static_cast<std::size_t>(spec.max_eval_samples.value_or(0)), spec.sample_seed);
  task::TaskContext context = task_context(model, task_params(spec));
  context.inputs = interface.inputs;
  const TaskSamples samples = open_samples(task, context, data, spec.dataset.eval_split, rows);
  if (source.is_onnx()) {
    with_context(source.onnx.string(),
                 [&] { task::find_outputs(samples.processor->outputs(), interface.outputs); });
  }
  inputs.evaluation_samples = samples.split.size();
  inputs.remarks = task::look_at_samples(*samples.processor, samples.split, strict);
  inputs.evaluation_hash = dataset::content_hash(data, spec.dataset.eval_split, rows);
  set_machine(inputs, measure::machine_facts());
  return std::move(inputs);
}

}  // namespace quantbench::plan
