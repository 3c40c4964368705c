#include "cli/calibration_options.h"

#include <algorithm>
#include <filesystem>

#include "cli/hub_access.h"
#include "cli/quantization_options.h"
#include "quantbench/base/error.h"
#include "quantbench/base/text.h"
#include "quantbench/calibrate/test_data.h"
#include "quantbench/checkpoint/checkpoint.h"
#include "quantbench/engine/calibration.h"
#include "quantbench/spec/schema.h"

namespace quantbench::cli {

namespace {

/// {"is_regression": true} from ["is_regression=true"]. A value is JSON if it parses, else text.
/// Keys are the keys of the spec's task_args.
Json task_args_of(const std::vector<std::string>& pairs, const std::string& task) {
  Json args = Json::object();
  std::vector<std::string> known;
  for (const spec::Key& key : spec::task_args_keys()) {
    if (key.task == task) known.push_back(key.name);
  }
  for (const std::string& pair : pairs) {
    const auto [key, text] =
        split_pair(pair, "KEY=VALUE", "--task-args", "is_regression=true, say");
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      throw Error("task " + task + " has no argument '" + key + "'", "--task-args",
                  known.empty() ? "" : suggest(key, known));
    }
    const Json value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    args[key] = value.is_discarded() ? Json(text) : value;
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
      "MODEL)");
  add("--calibration-data", test_data_,
      "Instead of a data set: directory of test_data_set_0/input_0.pb, ... (ONNX's layout), for "
      "models of any kind");
  add("--num-calibration-samples", samples_wanted_,
      "Number of samples, taken from the start of the split")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  add("--protocol", protocol_, "reference: only every fourth sample counts, as in the cards")
      ->check(CLI::IsMember({"default", "reference"}))
      ->capture_default_str();
  add("--calibration-padding", padding_,
      "What samples are padded to: max_length, longest (of the batch), or masked: longest, and "
      "padding kept out of the statistics")
      ->check(CLI::IsMember({"max_length", "longest", "masked"}))
      ->capture_default_str();
  add("--max-length", max_length_,
      "Tokens that max_length stands for (default: the tokenizer's model_max_length)");
  command.add_flag("--mask-padding", mask_padding_, "Keep padding out of the statistics")
      ->group(kGroup);
  add("--collection", collection_,
      "each_batch: histograms widen from batch to batch; all_at_once: as onnxruntime's "
      "quantize_static, with two passes (default with --protocol reference)")
      ->check(CLI::IsMember({"each_batch", "all_at_once"}));
  add("--method,--calibration-method", method_, "Calibration method")
      ->check(CLI::IsMember({"minmax", "percentile", "entropy", "mse"}))
      ->capture_default_str();
  add("--percentile,--calibration-histogram-percentile", percentile_,
      "Percent of the values to keep (default: 99.999)");
  command
      .add_flag("--moving-average,--calibration-moving-average", moving_average_,
                "Average the batches' ranges, with method minmax")
      ->group(kGroup);
  add("--moving-average-constant,--calibration-moving-average-constant", averaging_constant_,
      "Weight of a new batch in the average (default: 0.01)");
  add("--histogram-bins", histogram_bins_,
      "Bins to begin with (default: percentile and mse 2048, entropy 128)")
      ->check(CLI::PositiveNumber);
  add("--quantized-bins", quantized_bins_, "Bins that method entropy quantizes to (default: 128)")
      ->check(CLI::PositiveNumber);
  add_tristate(command, "--symmetric-range,!--asymmetric-range", symmetric_,
               "Range symmetric around zero, or not (default: percentile symmetric)")
      ->group(kGroup);
  add("--task-args", task_args_,
      "Arguments of the task, comma separated: is_regression=true, max_seq_length=384, ...")
      ->delimiter(',');
}

/// Options that would be ignored are slips.
void CalibrationOptions::check_method() const {
  const auto require_method = [&](bool given, const char* option, const std::string& methods) {
    if (given && (", " + methods + ",").find(", " + method_ + ",") == std::string::npos) {
      throw Error(std::string(option) + " applies to --method " + methods + ", the method is " +
                  method_);
    }
  };
  require_method(percentile_.has_value(), "--percentile", "percentile");
  require_method(moving_average_, "--moving-average", "minmax");
  require_method(histogram_bins_.has_value(), "--histogram-bins", "percentile, entropy, mse");
  require_method(quantized_bins_.has_value(), "--quantized-bins", "entropy");
  if (averaging_constant_ && !moving_average_) {
    throw Error("--moving-average-constant applies only with --moving-average");
  }
}

void CalibrationOptions::load(const std::string& model, const std::string& task) {
  if (dataset_.empty()) {
    throw Error("static quantization needs calibration samples", {},
                "--dataset DIRECTORY --data-keys primary=COLUMN, or --calibration-data DIRECTORY");
  }
  std::string directory = tokenizer_.empty() ? tokenizer_ : local_model(tokenizer_, {});
  if (directory.empty()) {
    if (!std::filesystem::is_directory(model)) {
      throw Error("the tokenizer is not known", "--tokenizer",
                  "the Hugging Face model directory that " + model + " was exported from");
    }
    directory = model;
  }
  const auto checkpoint = checkpoint::Checkpoint::open(directory);
  task::TaskContext context;
  context.model_directory = checkpoint.directory();
  context.config = checkpoint.config();
  context.labels = checkpoint.labels();
  context.data_keys = keys_of(data_keys_);
  context.ref_keys = {ref_key_};
  context.task_args = task_args_of(task_args_, task);
  engine::CalibrationSource source;
  source.source.path = dataset_;
  if (!name_.empty()) source.source.name = name_;
  source.source = with_context(
      "--dataset", [&] { return local_dataset(source.source, dataset_revision_, split_); });
  source.split = split_;
  source.samples = samples_wanted_;
  source.pad_to_max_length = padding_ == "max_length";
  source.reference = protocol_ == "reference";
  engine::CalibrationSamples loaded = engine::load_calibration_samples(task, context, source);
  if (source.pad_to_max_length && max_length_ != 0) loaded.batching.pad_to = max_length_;
  samples_ = std::move(loaded.samples);
  batching_ = loaded.batching;
  notes_ = std::move(loaded.notes);
}

void CalibrationOptions::add_inputs_to(FileRoles& roles) const {
  roles.reads(dataset_, "--dataset", FileRoles::Depth::kAllBelow);
  roles.reads(test_data_, "--calibration-data", FileRoles::Depth::kAllBelow);
  roles.reads(tokenizer_, "--tokenizer");
}

calibrate::Batches CalibrationOptions::batches(const std::string& model, const std::string& task) {
  if (!test_data_.empty()) return calibrate::read_test_data(test_data_);
  load(model, task);
  return calibrate::in_batches(samples_, batching_);
}

calibrate::Batches CalibrationOptions::single_samples(const std::string& model,
                                                      const std::string& task) {
  if (!test_data_.empty()) return calibrate::read_test_data(test_data_);
  if (samples_.empty()) load(model, task);
  return calibrate::in_batches(samples_, {.batch_size = 1});
}

calibrate::Options CalibrationOptions::calibration() const {
  check_method();
  calibrate::Options options;
  options.methods = {{method_ == "minmax" && moving_average_ ? "moving_average" : method_, {}}};
  calibrate::MethodOptions& method = options.methods[0].options;
  method.percentile = percentile_.value_or(method.percentile);
  method.averaging_constant = averaging_constant_.value_or(method.averaging_constant);
  method.histogram_bins = histogram_bins_;
  method.quantized_bins = quantized_bins_.value_or(method.quantized_bins);
  method.symmetric = symmetric_;
  with_context("--method",
               [&] { calibrate::calibrators().get(options.methods[0].name).needs(method); });
  options.skip_padding = mask_padding_ || padding_ == "masked";
  if (test_data_.empty()) options.samples = samples_wanted_;
  const std::string natural = protocol_ == "reference" ? "all_at_once" : "each_batch";
  if ((collection_.empty() ? natural : collection_) == "all_at_once") {
    options.collection = calibrate::Collection::kAllAtOnce;
  }
  return options;
}

}  // namespace quantbench::cli
