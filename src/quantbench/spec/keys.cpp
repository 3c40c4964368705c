#include <utility>

#include "quantbench/base/text.h"
#include "quantbench/spec/schema.h"
#include "quantbench/spec/spec.h"

namespace quantbench::spec {

namespace {

using Type = Parameter::Type;
using Use = Parameter::Use;

Schema time_benchmark_args_keys() {
  return {
      {.name = "duration",
       .type = Type::kNumber,
       .fallback = 30,
       .maximum = 86400,
       .above_minimum = true,
       .help = "Time forwards until their latencies add up to this",
       .unit = "s"},
      {.name = "warmup_runs",
       .type = Type::kInteger,
       .fallback = 10,
       .maximum = 1e6,
       .help = "Untimed forwards before the timed ones, at least"},
      {.name = "target",
       .type = Type::kNumber,
       .fallback = 0.01,
       .maximum = 1,
       .above_minimum = true,
       .help = "Stop before `duration` when the 95 % interval of every speedup is narrower than "
               "this share of it. Not under `protocol: reference`"},
      {.name = "starts",
       .type = Type::kInteger,
       .fallback = 3,
       .minimum = 1,
       .maximum = 100,
       .help = "Start the timed processes this often, and share the duration among the starts: "
               "memory layout and kernels differ from start to start. Not under `protocol: "
               "reference`"},
      {.name = "affinity",
       .fallback = "auto",
       .allowed = {"auto", "off"},
       .help =
           "`auto`: where physical cores are free, the timed threads are kept on as many as they "
           "are, and quantbench itself is kept off them. Only where intra_op_num_threads is "
           "given, and not under `protocol: reference`"},
  };
}

Schema dataset_keys(const Declarations& declared) {
  return {
      {.name = "path",
       .required = true,
       .help = "File (" + join(declared.dataset_extensions, ", ") +
               "), directory, or a data set of the [Hub](hub.md); layouts: [data "
               "sets](datasets.md)"},
      {.name = "eval_split",
       .required = true,
       .help = "Split to evaluate on; `validation` is also `dev`, `valid`, `val`, `eval`"},
      {.name = "data_keys",
       .type = Type::kMap,
       .required = true,
       .help = "Columns of the task's inputs: `{primary: sentence}`, `{primary: a, secondary: b}`"},
      {.name = "ref_keys",
       .type = Type::kStrings,
       .required = true,
       .help = "Column of the label or of the answers; exactly one"},
      {.name = "name",
       .fallback = nullptr,
       .nullable = true,
       .help = "Configuration: one of the card's `configs`, a sub-directory or a file prefix"},
      {.name = "calibration_split",
       .fallback = nullptr,
       .nullable = true,
       .help = "Split that calibration samples come from; needed where the approach calibrates"},
      {.name = "max_seq_length",
       .type = Type::kInteger,
       .nullable = true,
       .minimum = 1,
       .maximum = 1e6,
       .help = "The same as `task_args.max_seq_length`, as in card 003",
       .unit = "tokens"},
      {.name = "revision",
       .nullable = true,
       .help = "Branch, tag or commit of a data set of the Hub",
       .fallback_help = "`main`"},
  };
}

/// The keys that all frameworks have, then each framework's own.
Schema framework_args_keys(const Declarations& declared) {
  Schema keys = {
      {.name = "opset",
       .type = Type::kInteger,
       .fallback = 11,
       .minimum = 11,
       .maximum = 17,
       .help = "Operator set of the exported graph"},
      {.name = "optimization_level",
       .type = Type::kInteger,
       .fallback = kAllOptimizations,
       .allowed = {"0", "1", "2", "99"},
       .help = "ONNX Runtime's graph optimizations. Under `protocol: reference` it is not applied, "
               "and ONNX Runtime's own default counts, which is 99"},
      {.name = "intra_op_num_threads",
       .type = Type::kInteger,
       .fallback = nullptr,
       .nullable = true,
       .minimum = 1,
       .maximum = 4096,
       .help = "Threads of a timed forward; `null`: all cores. Evaluation uses one thread per "
               "sample, on all cores"},
  };
  for (const Declarations::Framework& framework : declared.frameworks) {
    add_declared(keys, framework.args, framework.name);
  }
  return keys;
}

/// Keys of all tasks. What a task declares differently from another is refused there.
Schema task_args_keys(const Declarations& declared) {
  Schema keys;
  for (const Declarations::Task& task : declared.tasks) add_declared(keys, task.args, task.name);
  return keys;
}

/// Keys of all backends. The same key means the same in each.
Schema backend_args_keys(const Declarations& declared) {
  Schema keys;
  for (const Declarations::Backend& backend : declared.backends) {
    add_declared(keys, backend.args, backend.name);
  }
  return keys;
}

/// Keys of all strategies. The same key means the same in each.
Schema strategy_args_keys(const Declarations& declared) {
  Schema keys;
  for (const Declarations::Strategy& strategy : declared.strategies) {
    add_declared(keys, strategy.args, strategy.name);
  }
  return keys;
}

/// "a, what a is; b, what b is"
template <typename List>
std::string summaries(const List& plugins) {
  std::string out;
  for (const auto& plugin : plugins) {
    if (!out.empty()) out += "; ";
    out += "`" + plugin.name + "`" + (plugin.summary.empty() ? "" : ": " + plugin.summary);
  }
  return out;
}

/// Keys of the quantization that stand where the cards have them.
Schema quantization_keys(const Declarations& declared) {
  Schema keys = {{.name = "quantization_approach",
                  .use = Use::kQuantization,
                  .fallback = declared.default_approach,
                  .allowed = names_in(declared.approaches),
                  .help = summaries(declared.approaches),
                  .aliases = {"approach"},
                  .flag = "approach"}};
  Key calibration = {.name = "calibration",
                     .type = Type::kObject,
                     .use = Use::kQuantization,
                     .keys = declared.calibration,
                     .help = "Samples and method; needed where the approach calibrates"};
  for (const Declarations::Approach& approach : declared.approaches) {
    if (approach.calibrates) calibration.owners.push_back(approach.name);
  }
  for (const bool quiet : {false, true}) {
    for (const Key& key : declared.quantization) {
      if (key.quiet == quiet) keys.push_back(key);
    }
    if (!quiet) keys.push_back(calibration);
  }
  return keys;
}

}  // namespace

Schema spec_keys(const Declarations& declared) {
  Schema keys = {
      {.name = "task",
       .known = names_in(declared.tasks),
       .help = summaries(declared.tasks),
       .fallback_help = "the head that `architectures` in config.json names"},
      {.name = "task_args",
       .type = Type::kObject,
       .fallback = Json::object(),
       .keys = task_args_keys(declared),
       .help = "Arguments of the task"},
      // One of the two; spec.cpp sees to it.
      {.name = "name_or_path",
       .use = Use::kFixed,
       .help =
           "Model: a directory, or a name of the [Hub](hub.md). Checkpoint: its model_type is one "
           "of " +
           join(declared.architectures, ", ") +
           ". ONNX model, of any architecture: see `from_transformers`; also the path of the file"},
      {.name = "model_name_or_path", .use = Use::kFixed, .help = "Older name of `name_or_path`"},
      {.name = "revision",
       .use = Use::kFixed,
       .nullable = true,
       .help = "Branch, tag or commit of a model of the Hub",
       .fallback_help = "`main`"},
      {.name = "from_transformers",
       .type = Type::kBool,
       .use = Use::kFixed,
       .fallback = true,
       .help =
           "`false`: `name_or_path` holds an ONNX model, with config.json and the files of the "
           "tokenizer or image processor beside it; it is measured as it is, with its own opset",
       .fallback_help = "`true`; without weights beside an ONNX model: `false`"},
      {.name = "file_name",
       .use = Use::kFixed,
       .help = "The ONNX model among several: `onnx/model.onnx`",
       .fallback_help = "the only one; `model.onnx`, `onnx/model.onnx`"},
      {.name = "dataset",
       .type = Type::kObject,
       .use = Use::kFixed,
       .required = true,
       .keys = dataset_keys(declared),
       .help = "Data set"},
      {.name = "framework",
       .use = Use::kBenchmarkable,
       .fallback = declared.default_framework,
       .known = names_in(declared.frameworks),
       .help = summaries(declared.frameworks)},
      {.name = "framework_args",
       .type = Type::kObject,
       .use = Use::kBenchmarkable,
       .fallback = Json::object(),
       .keys = framework_args_keys(declared),
       .help = "Arguments of the framework"},
      {.name = "apply_quantization",
       .type = Type::kBool,
       .use = Use::kBenchmarkable,
       .fallback = true,
       .help = "`false`: the original"},
  };
  for (Key& key : quantization_keys(declared)) keys.push_back(std::move(key));
  const Schema settings = {
      {.name = "aware_training",
       .type = Type::kBool,
       .use = Use::kFixed,
       .fallback = false,
       .help = "Only `false`: quantbench does not train"},
      {.name = "metrics",
       .type = Type::kStrings,
       .fallback = Json::array(),
       .known = declared.metrics,
       .help = "Metrics to evaluate",
       .fallback_help = "the task's"},
      {.name = "batch_sizes",
       .type = Type::kIntegers,
       .fallback = {4, 8},
       .minimum = 1,
       .maximum = 1e6,
       .help = "Batch sizes to time"},
      {.name = "input_lengths",
       .type = Type::kIntegers,
       .fallback = {128},
       .minimum = 1,
       .maximum = 1e6,
       .help = "Input lengths to time. For images: their size in pixels. A model takes images of "
               "its own `image_size` only; that size is timed, and the report says so",
       .unit = "tokens"},
      {.name = "streams",
       .type = Type::kIntegers,
       .fallback = Json::array(),
       .minimum = 1,
       .maximum = 1024,
       .known = {kCores},
       .help = "Numbers of concurrent streams whose throughput is measured at each batch size and "
               "input length. A stream is a session of one thread; `cores`: one for each processor "
               "that this process may use ([streams](#concurrent-streams))",
       .fallback_help = "none"},
      {.name = "time_benchmark_args",
       .type = Type::kObject,
       .fallback = Json::object(),
       .keys = time_benchmark_args_keys(),
       .help = "How long to time"},
      {.name = "max_eval_samples",
       .type = Type::kInteger,
       .fallback = nullptr,
       .nullable = true,
       .minimum = 1,
       .help = "Number of samples to evaluate, taken from the start of the split; images are "
               "shuffled first (seed 42). `null`: the whole split"},
      {.name = "eval_batch_size",
       .type = Type::kInteger,
       .fallback = 1,
       .minimum = 1,
       .maximum = 1e6,
       .help = "Samples per forward, padded to the longest. 1: each sample alone, without padding "
               "(samples of equal length share a forward if rows cannot influence each other)"},
      {.name = "protocol",
       .fallback = "default",
       .allowed = {"default", "reference"},
       .help = "`reference`: compute as the tool of the cards did"},
      {.name = "strategy",
       .fallback = declared.default_strategy,
       .allowed = names_in(declared.strategies),
       .help = "Which models are measured. " + summaries(declared.strategies)},
      {.name = "strategy_args",
       .type = Type::kObject,
       .fallback = Json::object(),
       .keys = strategy_args_keys(declared),
       .help = "Arguments of the strategy"},
      {.name = "explain",
       .type = Type::kBool,
       .fallback = true,
       .help = "Where a quantized row loses more than 2 points of the first metric, measure which "
               "options bring them back ([losses](quantization.md#rows-that-lose-accuracy)). Only "
               "on this machine, and not under `protocol: reference`"},
      {.name = "layout",
       .allowed = names_in(declared.card_layouts),
       .help = "Layout of the card: " + summaries(declared.card_layouts),
       .fallback_help = "follows from the spec"},
      {.name = "backend",
       .fallback = declared.default_backend,
       .help = "Where to run. " + summaries(declared.backends) + ". Any other name counts as `" +
               declared.default_backend + "`, with a warning. See [backends](backends.md)"},
      // A map of free keys: a card may have arguments of a backend that this build lacks.
      {.name = "backend_args",
       .type = Type::kMap,
       .fallback = Json::object(),
       .keys = backend_args_keys(declared),
       .help = "Arguments of the backend"},
      // One number stands for the price of any machine; spec.cpp sees to it.
      {.name = kPricePerHour,
       .type = Type::kMap,
       .help = "Price of a machine by the hour, in any currency: a number, or a map of prices by "
               "the names that `backend_args` gives to machines, such as instance types; `any`: "
               "the others. Reports then say what a million inferences cost",
       .fallback_help = "not known"},
  };
  keys.insert(keys.end(), settings.begin(), settings.end());
  return keys;
}

}  // namespace quantbench::spec
