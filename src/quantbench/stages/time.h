#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "quantbench/measure/timing.h"
#include "quantbench/measure/turn.h"
#include "quantbench/plan/builder.h"
#include "quantbench/stages/common/model.h"

namespace quantbench::stages {

/// Model, batch size and input length -> latencies. Each input shape has its own worker: the peak
/// memory then belongs to the shape, and a crash costs only that shape. Loading the model is not
/// part of a latency.
///
/// All rows of one shape are timed together: each worker runs forwards when it is its turn, and is
/// stopped otherwise (execute::time_together). Under `protocol: reference` each row is timed alone
/// and in one piece, as the cards' rows were.
struct Time {
  static constexpr plan::StageDeclaration kDeclaration{
      .name = "time",
      .summary = "model, batch size and input length -> latencies",
      .version = 6,
      .takes_the_planned_time = true,
  };

  struct Params {
    std::string task;
    FrameworkParams framework;
    int optimization_level = 0;
    std::optional<int> intra_op_num_threads;
    std::string checkpoint;  ///< hash of its content
    std::int64_t batch_size = 0;
    std::int64_t input_length = 0;
    double duration = 0;  ///< s
    int warmup_runs = 0;
    /// Width of the speedup's interval that is narrow enough, as a share of it; nullopt: timed
    /// alone.
    std::optional<double> target;
    int starts = 1;         ///< times that the process is started
    bool affinity = false;  ///< its threads are kept on free cores
    std::string machine;    ///< measure::machine_key

    static constexpr auto fields() {
      return std::tuple(
          field("task", &Params::task), field("framework", &Params::framework),
          field("optimization_level", &Params::optimization_level),
          field("intra_op_num_threads", &Params::intra_op_num_threads),
          field("checkpoint", &Params::checkpoint), field("batch_size", &Params::batch_size),
          field("input_length", &Params::input_length), field("duration", &Params::duration),
          field("warmup_runs", &Params::warmup_runs), field("target", &Params::target),
          field("starts", &Params::starts), field("affinity", &Params::affinity),
          field("machine", &Params::machine));
    }
  };
  struct Places {
    std::filesystem::path checkpoint;

    static constexpr auto fields() { return std::tuple(field("checkpoint", &Places::checkpoint)); }
  };

  struct Result {
    measure::Timing timing;
    /// Share of the machine's processors that other processes took meanwhile; nullopt: unknown.
    std::optional<double> other_load;
    std::string remark = {};  ///< of the task, on the input length; empty: none

    static constexpr auto fields() {
      return std::tuple(field("timing", &Result::timing), field("other_load", &Result::other_load),
                        field("remark", &Result::remark));
    }
  };

  /// What a worker is told when its turn comes (plan::Exchange). It answers a warm-up with
  /// measure::WarmUp, and a turn with measure::Turn. Before the first order it says "ready".
  struct Order {
    /// Set: warm up, with at least this number of forwards. nullopt: a turn.
    std::optional<int> warmup_runs = {};
    double longest_warmup = 0;  ///< s
    measure::TurnLength length = {};

    static constexpr auto fields() {
      return std::tuple(field("warmup_runs", &Order::warmup_runs),
                        field("longest_warmup", &Order::longest_warmup),
                        field("length", &Order::length));
    }
  };

  static plan::Request<Time> plan(plan::Builder& builder, const spec::Cell& cell,
                                  std::int64_t batch_size, std::int64_t input_length);
  static Result run(const plan::Context<Time>& context);
};

}  // namespace quantbench::stages
