#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/plan/builder.h"
#include "quantbench/plan/task_data.h"
#include "quantbench/stages/common/model.h"

namespace quantbench::stages {

/// Model and data set -> figures of the metrics. The session is single-threaded whatever
/// intra_op_num_threads says: samples run in parallel streams instead, which changes no result.
struct Evaluate {
  static constexpr plan::StageDeclaration kDeclaration{
      .name = "evaluate",
      .summary = "model and data set -> figures of the metrics",
      .version = 11,
  };

  struct Params {
    plan::TaskParams task;
    FrameworkParams framework;
    int optimization_level = 0;
    std::string checkpoint;     ///< hash of its content
    std::string preprocessing;  ///< hash of tokenizer and image processor
    std::string dataset;        ///< hash of the rows
    std::string eval_split;
    std::size_t max_eval_samples = 0;  ///< 0: all
    /// See spec::Spec::sample_seed.
    std::optional<std::uint32_t> sample_seed = {};
    std::size_t eval_batch_size = 1;
    std::vector<std::string> metrics;
    std::string machine;  ///< measure::machine_key
    /// Whether the runtime is asked for the precision that it computes in, which opens the model
    /// once more; nullopt: it is.
    std::optional<bool> tells_precision = {};

    static constexpr auto fields() {
      return std::tuple(
          field("task", &Params::task), field("framework", &Params::framework),
          field("optimization_level", &Params::optimization_level),
          field("checkpoint", &Params::checkpoint), field("preprocessing", &Params::preprocessing),
          field("dataset", &Params::dataset), field("eval_split", &Params::eval_split),
          field("max_eval_samples", &Params::max_eval_samples),
          field("sample_seed", &Params::sample_seed),
          field("eval_batch_size", &Params::eval_batch_size), field("metrics", &Params::metrics),
          field("machine", &Params::machine), field("tells_precision", &Params::tells_precision));
    }
  };
  using Places = plan::TaskPlaces;

  struct Result {
    /// Of the metrics, and total_time_in_seconds, samples_per_second, latency_in_seconds.
    std::map<std::string, double> figures;
    std::size_t samples = 0;
    std::size_t left_out = 0;  ///< of them, those that could not be used
    /// What people should know when they read the figures, a sentence each.
    std::vector<std::string> remarks = {};
    /// The same about the precision that the model runs in (runtime::precision_warnings).
    std::vector<std::string> precision_remarks = {};
    std::size_t streams = 0;
    double seconds_per_sample = 0;
    /// Figure -> what each sample adds to it (metric::text_of).
    std::map<std::string, std::string> outcomes = {};
    /// Names of the ids in `predictions`, if these are lists of ids.
    std::optional<std::vector<std::string>> tags = {};
    /// One a sample, in data set order.
    Json predictions = {};

    static constexpr auto fields() {
      return std::tuple(field("figures", &Result::figures), field("samples", &Result::samples),
                        field("left_out", &Result::left_out), field("remarks", &Result::remarks),
                        field("precision_remarks", &Result::precision_remarks),
                        field("streams", &Result::streams),
                        field("seconds_per_sample", &Result::seconds_per_sample),
                        field("outcomes", &Result::outcomes), large_field("tags", &Result::tags),
                        large_field("predictions", &Result::predictions));
    }
  };

  static plan::Request<Evaluate> plan(plan::Builder& builder, const spec::Cell& cell);
  static Result run(const plan::Context<Evaluate>& context);
};

}  // namespace quantbench::stages
