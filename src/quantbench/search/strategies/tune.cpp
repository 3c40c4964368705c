#include "quantbench/search/tune.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <memory>
#include <utility>

#include "quantbench/base/error.h"
#include "quantbench/execute/strategy.h"
#include "quantbench/runtime/session.h"

namespace quantbench::execute {

namespace {

using search::Objective;
using search::TuneOptions;

constexpr double kLongest = 86400;

constexpr std::array kObjectives = {Objective::kLatency, Objective::kThroughput, Objective::kSize,
                                    Objective::kMemory};

/// "1x128": batch size and input length.
analysis::Shape shape_of(const std::string& text) {
  analysis::Shape shape;
  const char* end = text.data() + text.size();
  const auto batch = std::from_chars(text.data(), end, shape.batch_size);
  const bool has_length = batch.ec == std::errc() && batch.ptr != end && *batch.ptr == 'x';
  const auto length = std::from_chars(has_length ? batch.ptr + 1 : end, end, shape.input_length);
  if (!has_length || length.ec != std::errc() || length.ptr != end || shape.batch_size < 1 ||
      shape.input_length < 1) {
    throw Error("'" + text + "' is not an input shape", "strategy_args.shape",
                "batch size and input length, such as 1x128");
  }
  return shape;
}

class Tune final : public Strategy {
 public:
  std::string summary() const override {
    return "a search for the fastest model within `max_drop`, proved on samples of its own; the "
           "benchmarked keys, where the spec has any, are its candidates";
  }
  bool searches() const override { return true; }

  Parameters parameters() const override {
    std::vector<std::string> objectives;
    for (const Objective one : kObjectives) objectives.push_back(search::name_of(one));
    return {
        {.name = "max_drop",
         .takes_numbers = true,
         .help = "Loss that is accepted: an amount in the metric's unit, or a share of the "
                 "original's figure, such as 1%",
         .fallback_help = "one point of the metric: 0.01, of a metric in per cent 1"},
        {.name = "metric",
         .help = "Metric that the loss is counted in",
         .fallback_help = "the first of `metrics`, else the task's main one"},
        {.name = "objective",
         .fallback = objectives.front(),
         .allowed = objectives,
         .help = "What is to be as good as possible: latency, throughput (samples a second at the "
                 "batch sizes), size (of the model's files) or memory (peak)"},
        {.name = "shape",
         .type = Parameter::Type::kStrings,
         .help = "Batch size and input length to time, such as 1x128; several count equally",
         .fallback_help = "`batch_sizes` and `input_lengths`"},
        {.name = "frameworks",
         .type = Parameter::Type::kStrings,
         .known = runtime::runtimes().names(),
         .help = "Frameworks to search on",
         .fallback_help = "those that are installed and run ONNX models"},
        {.name = "time_limit",
         .type = Parameter::Type::kNumber,
         .maximum = kLongest,
         .above_minimum = true,
         .help = "The search ends in time for the proof of the best model so far",
         .unit = "s",
         .fallback_help = "none"},
        {.name = "seed",
         .type = Parameter::Type::kInteger,
         .fallback = 42,
         .maximum = 4294967295.0,
         .help = "Divides the samples into those that choose and those that prove"},
    };
  }

  store::RunResult run(const spec::Spec& spec, const Options& options) const override {
    return search::tune(spec, options_of(spec.strategy_args), options);
  }

 private:
  static TuneOptions options_of(const Json& args) {
    TuneOptions out;
    if (args.contains("max_drop")) {
      out.max_drop =
          analysis::Allowance::parse(args["max_drop"].get<std::string>(), "strategy_args.max_drop");
    }
    out.metric = args.value("metric", std::string());
    for (const Objective one : kObjectives) {
      if (args.value("objective", std::string()) == search::name_of(one)) out.objective = one;
    }
    for (const Json& shape : args.value("shape", Json::array())) {
      out.shapes.push_back(shape_of(shape.get<std::string>()));
    }
    out.frameworks = args.value("frameworks", std::vector<std::string>{});
    if (args.contains("time_limit")) out.time_limit = args["time_limit"].get<double>();
    out.seed = args.value("seed", out.seed);
    return out;
  }
};

}  // namespace

void register_tune(StrategyRegistry& registry) { registry.add("tune", std::make_unique<Tune>()); }

}  // namespace quantbench::execute
