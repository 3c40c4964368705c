#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/measure/streams.h"
#include "quantbench/plan/builder.h"
#include "quantbench/stages/common/model.h"

namespace quantbench::stages {

/// Model, input shape and number of streams -> throughput, latencies under that load, energy. Each
/// stream is a session of one thread, whatever intra_op_num_threads says; all are in one worker,
/// whose peak memory is theirs.
struct TimeStreams {
  static constexpr plan::StageDeclaration kDeclaration{
      .name = "time_streams",
      .summary = "model, batch size, input length and number of streams -> throughput",
      .version = 2,
      .takes_the_planned_time = true,
  };

  struct Params {
    std::string task;
    FrameworkParams framework;
    int optimization_level = 0;
    std::string checkpoint;  ///< hash of its content
    std::int64_t batch_size = 0;
    std::int64_t input_length = 0;
    std::int64_t streams = 0;
    std::int64_t processors = 0;  ///< that the worker may use
    double duration = 0;          ///< s
    int warmup_runs = 0;
    std::string machine;  ///< measure::machine_key

    static constexpr auto fields() {
      return std::tuple(
          field("task", &Params::task), field("framework", &Params::framework),
          field("optimization_level", &Params::optimization_level),
          field("checkpoint", &Params::checkpoint), field("batch_size", &Params::batch_size),
          field("input_length", &Params::input_length), field("streams", &Params::streams),
          field("processors", &Params::processors), field("duration", &Params::duration),
          field("warmup_runs", &Params::warmup_runs), field("machine", &Params::machine));
    }
  };
  struct Places {
    std::filesystem::path checkpoint;

    static constexpr auto fields() { return std::tuple(field("checkpoint", &Places::checkpoint)); }
  };

  struct Result {
    measure::StreamFigures figures;  ///< without the peak memory
    /// Share of the machine's processors that other processes took meanwhile; nullopt: unknown.
    std::optional<double> other_load;

    static constexpr auto fields() {
      return std::tuple(field("figures", &Result::figures),
                        field("other_load", &Result::other_load));
    }
  };

  /// The numbers of streams that a spec asks for, each once, in its order: spec::kStreamPerCore is
  /// as many as there are `processors`.
  static std::vector<std::int64_t> counts(const spec::Spec& spec, std::int64_t processors);

  static plan::Request<TimeStreams> plan(plan::Builder& builder, const spec::Cell& cell,
                                         std::int64_t batch_size, std::int64_t input_length,
                                         std::int64_t streams);
  static Result run(const plan::Context<TimeStreams>& context);
};

}  // namespace quantbench::stages
