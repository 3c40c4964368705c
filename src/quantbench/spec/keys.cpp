#include "quantbench/spec/schema.h"

namespace quantbench::spec {

namespace {

using Type = Key::Type;
using Use = Key::Use;

const Schema& time_benchmark_args_keys() {
  static const Schema keys = {
      {.name = "duration",
       .type = Type::kNumber,
       .fallback = 30,
       .maximum = 86400,
       .above_minimum = true},
      {.name = "warmup_runs", .type = Type::kInteger, .fallback = 10, .maximum = 1e6},
  };
  return keys;
}

}  // namespace

const Schema& task_args_keys() {
  static const Schema keys = {
      {.name = "is_regression",
       .type = Type::kBool,
       .fallback = false,
       .task = "text-classification"},
      {.name = "max_seq_length",
       .type = Type::kInteger,
       .fallback = 384,
       .minimum = 1,
       .maximum = 1e6,
       .task = "question-answering"},
      // Without one it follows from max_seq_length, once the model's own limit is known.
      {.name = "doc_stride",
       .type = Type::kInteger,
       .minimum = 0,
       .maximum = 1e6,
       .task = "question-answering"},
      {.name = "max_answer_len",
       .type = Type::kInteger,
       .fallback = 15,
       .reference_fallback = 30,
       .minimum = 1,
       .maximum = 1e6,
       .task = "question-answering"},
      {.name = "handle_impossible_answer",
       .type = Type::kBool,
       .fallback = false,
       .task = "question-answering"},
      {.name = "padding",
       .fallback = "do_not_pad",
       .reference_fallback = "max_length",
       .allowed = {"do_not_pad", "max_length"},
       .task = "question-answering"},
  };
  return keys;
}

const Schema& dataset_keys() {
  static const Schema keys = {
      {.name = "path", .required = true},
      {.name = "eval_split", .required = true},
      {.name = "data_keys", .type = Type::kMap, .required = true},
      {.name = "ref_keys", .type = Type::kStrings, .required = true},
      {.name = "name", .fallback = nullptr, .nullable = true},
      {.name = "calibration_split", .fallback = nullptr, .nullable = true},
      {.name = "max_seq_length",
       .type = Type::kInteger,
       .nullable = true,
       .minimum = 1,
       .maximum = 1e6},
      {.name = "revision", .nullable = true},
  };
  return keys;
}

const Schema& framework_args_keys() {
  static const Schema keys = {
      {.name = "opset", .type = Type::kInteger, .fallback = 11, .minimum = 11, .maximum = 17},
      {.name = "optimization_level",
       .type = Type::kInteger,
       .fallback = 0,
       .allowed = {"0", "1", "2", "99"}},
      {.name = "intra_op_num_threads",
       .type = Type::kInteger,
       .fallback = nullptr,
       .nullable = true,
       .minimum = 1,
       .maximum = 4096},
  };
  return keys;
}

const Schema& calibration_keys() {
  static const Schema keys = {
      {.name = "method",
       .fallback = "minmax",
       .allowed = {"minmax", "percentile", "entropy", "mse"}},
      {.name = "num_calibration_samples", .type = Type::kInteger, .required = true, .minimum = 1},
      {.name = "calibration_histogram_percentile",
       .type = Type::kNumber,
       .nullable = true,
       .maximum = 100,
       .above_minimum = true},
      {.name = "calibration_moving_average", .type = Type::kBool, .nullable = true},
      {.name = "calibration_moving_average_constant",
       .type = Type::kNumber,
       .nullable = true,
       .maximum = 1,
       .above_minimum = true},
      {.name = "calibration_padding", .allowed = {"max_length", "longest"}},
      {.name = "mask_padding", .type = Type::kBool},
  };
  return keys;
}

const Schema& spec_keys() {
  static const Schema keys = {
      {.name = "task", .required = true, .known = &KnownNames::tasks},
      {.name = "task_args",
       .type = Type::kObject,
       .fallback = Json::object(),
       .keys = &task_args_keys()},
      // One of the two; spec.cpp sees to it.
      {.name = "name_or_path", .use = Use::kFixed},
      {.name = "model_name_or_path", .use = Use::kFixed},
      {.name = "revision", .use = Use::kFixed, .nullable = true},
      {.name = "from_transformers", .type = Type::kBool, .use = Use::kFixed, .fallback = true},
      {.name = "dataset",
       .type = Type::kObject,
       .use = Use::kFixed,
       .required = true,
       .keys = &dataset_keys()},
      {.name = "framework",
       .use = Use::kBenchmarkable,
       .fallback = "onnxruntime",
       .known = &KnownNames::frameworks},
      {.name = "framework_args",
       .type = Type::kObject,
       .use = Use::kBenchmarkable,
       .fallback = Json::object(),
       .keys = &framework_args_keys()},
      {.name = "apply_quantization",
       .type = Type::kBool,
       .use = Use::kBenchmarkable,
       .fallback = true},
      {.name = "quantization_approach",
       .use = Use::kQuantization,
       .fallback = "dynamic",
       .allowed = {"dynamic", "static"}},
      {.name = "operators_to_quantize",
       .type = Type::kStrings,
       .use = Use::kQuantization,
       .fallback = {"Add", "MatMul"},
       .known = &KnownNames::operators},
      {.name = "node_exclusion",
       .type = Type::kStrings,
       .use = Use::kQuantization,
       .fallback = Json::array(),
       .known = &KnownNames::exclusions},
      {.name = "per_channel", .type = Type::kBool, .use = Use::kQuantization, .fallback = false},
      {.name = "reduce_range", .type = Type::kBool, .use = Use::kQuantization, .fallback = false},
      {.name = "weights_dtype", .use = Use::kQuantization, .fallback = "int8", .allowed = {"int8"}},
      {.name = "calibration",
       .type = Type::kObject,
       .use = Use::kQuantization,
       .keys = &calibration_keys()},
      {.name = "aware_training", .type = Type::kBool, .use = Use::kFixed, .fallback = false},
      {.name = "metrics",
       .type = Type::kStrings,
       .fallback = Json::array(),
       .known = &KnownNames::metrics},
      {.name = "batch_sizes",
       .type = Type::kIntegers,
       .fallback = {4, 8},
       .minimum = 1,
       .maximum = 1e6},
      {.name = "input_lengths",
       .type = Type::kIntegers,
       .fallback = {128},
       .minimum = 1,
       .maximum = 1e6},
      {.name = "time_benchmark_args",
       .type = Type::kObject,
       .fallback = Json::object(),
       .keys = &time_benchmark_args_keys()},
      {.name = "max_eval_samples",
       .type = Type::kInteger,
       .fallback = nullptr,
       .nullable = true,
       .minimum = 1},
      {.name = "eval_batch_size",
       .type = Type::kInteger,
       .fallback = 1,
       .minimum = 1,
       .maximum = 1e6},
      {.name = "protocol", .fallback = "default", .allowed = {"default", "reference"}},
      {.name = "layout",
       .allowed = {"combined", "original_optimized_columns", "configuration_rows"}},
      {.name = "backend", .fallback = "local", .known = &KnownNames::backends},
      {.name = "backend_args", .type = Type::kMap, .fallback = Json::object()},
  };
  return keys;
}

}  // namespace quantbench::spec
