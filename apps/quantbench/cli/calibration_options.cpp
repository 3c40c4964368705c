#include "cli/calibration_options.h"

#include <filesystem>

#include "cli/hub_access.h"
#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/calibrate/test_data.h"
#include "quantbench/checkpoint/checkpoint.h"
#include "quantbench/stages/common/calibration_samples.h"
#include "quantbench/task/inference.h"
#include "quantbench/task/task.h"

namespace quantbench::cli {

namespace {

/// {"is_regression": true} from ["is_regression=true"]: the task's keys of the spec's task_args.
Json task_args_of(const std::vector<std::string>& pairs, const std::string& task) {
  Json args = Json::object();
  const Parameters known = task::tasks().get(task).args();
  for (const std::string& pair : pairs) {
    const auto [key, text] =
        split_pair(pair, "KEY=VALUE", "--task-args", "is_regression=true, say");
    const Parameter* parameter = find_parameter(known, key);
    if (parameter == nullptr) {
      throw Error("task " + task + " has no argument '" + key + "'", "--task-args",
                  known.empty() ? "" : suggest(key, names_of(known)));
    }
    args[key] = value_of(*parameter, {text}, "--task-args: " + key);
  }
  return args;
}

/// {"primary": "sentence"} from ["primary=sentence"].
Json keys_of(const std::vector<std::string>& pairs) {
  Json keys = Json::object();
  for (const std::string& pair : pairs) {
    const auto [key, column] =
        split_pair(pair, "KEY=COLUMN", "--data-keys", "primary=sentence, say");
    keys[key] = column;
  }
  return keys;
}

std::vector<std::string> input_names(const std::vector<runtime::InputInfo>& inputs) {
  std::vector<std::string> names;
  for (const runtime::InputInfo& input : inputs) names.push_back(input.name);
  return names;
}

}  // namespace

void CalibrationOptions::add_to(CLI::App& command) {
  const auto add = [&](const char* names, auto& value, const char* help) {
    return command.add_option(names, value, help)->group(kGroup);
  };
  add("--dataset", dataset_,
      "Data set that samples come from: directory, file, or a name of the Hub");
  add("--dataset-revision", dataset_revision_,
      "Branch, tag or commit of a data set of the Hub (default: main)");
  add("--dataset-name", name_, "Its configuration");
  add("--calibration-split", split_, "Split")->capture_default_str();
  add("--data-keys", data_keys_, "Columns, comma separated: primary=sentence")->delimiter(',');
  add("--ref-keys", ref_key_, "Column of the label")->capture_default_str();
  add("--tokenizer", tokenizer_,
      "Hugging Face model (directory or name of the Hub) with tokenizer and config.json (default: "
      "MODEL, or the directory of the ONNX file)");
  add("--calibration-data", test_data_,
      "Instead of a data set: directory of test_data_set_0/input_0.pb, ... (ONNX's layout), for "
      "models of any kind");
  add("--protocol", protocol_, "reference: only every fourth sample counts, as in the cards")
      ->check(CLI::IsMember({"default", "reference"}))
      ->capture_default_str();
  add("--task-args", task_args_,
      "Arguments of the task, comma separated: is_regression=true, max_seq_length=384, ...")
      ->delimiter(',');
  flags_.add_to(command, [](const Parameter&) { return kGroup; });
}

void CalibrationOptions::fill_in(const Json& values) {
  const Json given = flags_.values();
  filled_ = Json::object();
  for (const auto& [key, value] : values.items()) {
    if (!given.contains(key)) filled_[key] = value;
  }
}

void CalibrationOptions::load(const ModelArgument& model,
                              const std::vector<runtime::InputInfo>& inputs) {
  if (dataset_.empty()) {
    throw Error("static quantization needs calibration samples", {},
                "--dataset DIRECTORY --data-keys primary=COLUMN, or --calibration-data DIRECTORY");
  }
  const std::filesystem::path directory =
      tokenizer_.empty() ? model.directory() : std::filesystem::path(local_model(tokenizer_, {}));
  if (directory.empty()) {
    throw Error("the tokenizer is not known", "--tokenizer",
                "the Hugging Face model directory that " + model.path() + " was exported from");
  }
  const auto files = checkpoint::ModelDirectory::open(directory);
  // Of --tokenizer, only the tokenizer and the labels count, not the head.
  const Json& head = tokenizer_.empty() || model.task().empty() ? files.config() : Json();
  const std::string task = task::task_of(model.task(), head, files.config_path(), "--task");
  task::TaskContext context;
  context.model_directory = files.directory();
  context.config = files.config();
  context.labels = files.labels();
  context.inputs = inputs;
  context.data_keys = keys_of(data_keys_);
  context.ref_keys = {ref_key_};
  context.task_args = task_args_of(task_args_, task);
  stages::CalibrationSource source;
  source.source.path = dataset_;
  if (!name_.empty()) source.source.name = name_;
  source.source = with_context(
      "--dataset", [&] { return local_dataset(source.source, dataset_revision_, split_); });
  source.split = split_;
  stages::take_samples(source, calibration());
  source.reference = protocol_ == "reference";
  stages::CalibrationSamples loaded = stages::load_calibration_samples(task, context, source);
  samples_ = std::move(loaded.samples);
  batching_ = loaded.batching;
  notes_ = std::move(loaded.notes);
}

void CalibrationOptions::add_inputs_to(FileRoles& roles) const {
  roles.reads(dataset_, "--dataset", FileRoles::Depth::kAllBelow);
  roles.reads(test_data_, "--calibration-data", FileRoles::Depth::kAllBelow);
  roles.reads(tokenizer_, "--tokenizer");
}

calibrate::Batches CalibrationOptions::batches(const ModelArgument& model,
                                               const std::vector<runtime::InputInfo>& inputs) {
  if (!test_data_.empty()) return calibrate::read_test_data(test_data_, input_names(inputs));
  load(model, inputs);
  return calibrate::in_batches(samples_, batching_);
}

calibrate::Batches CalibrationOptions::single_samples(
    const ModelArgument& model, const std::vector<runtime::InputInfo>& inputs) {
  if (!test_data_.empty()) return calibrate::read_test_data(test_data_, input_names(inputs));
  if (samples_.empty()) load(model, inputs);
  return calibrate::in_batches(samples_, {.batch_size = 1,
                                          .fixed_batch = batching_.fixed_batch,
                                          .pad_token_id = batching_.pad_token_id});
}

calibrate::Calibration CalibrationOptions::calibration() const {
  Json values = filled_;
  values.update(flags_.values());
  const Parameter& method = *find_parameter(flags_.parameters(), "method");
  flags_.check(flag_of(method), values.value("method", method.fallback.get<std::string>()),
               filled_);
  return calibrate::calibration_from(values);
}

calibrate::Options CalibrationOptions::collecting() const {
  const calibrate::Calibration wanted = calibration();
  calibrate::Options options = calibrate::options_of(wanted, protocol_ == "reference");
  if (test_data_.empty()) {
    options.samples = static_cast<std::size_t>(wanted.num_calibration_samples);
  }
  return options;
}

}  // namespace quantbench::cli
