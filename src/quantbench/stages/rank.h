#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/plan/builder.h"
#include "quantbench/plan/task_data.h"
#include "quantbench/stages/calibrate.h"

namespace quantbench::stages {

/// float32 ONNX model and samples -> its operators by the damage of quantizing each alone
/// (calibrate::rank_operators). Of an approach without calibration, another one that
/// calibrates is ranked: it tells which operators have activations that eight bits do not hold.
struct Rank {
  static constexpr plan::StageDeclaration kDeclaration{
      .name = "rank",
      .summary = "float32 ONNX model and samples -> its operators by the damage of quantizing them",
      .version = 2,
  };

  struct Params {
    plan::TaskParams task;
    std::string checkpoint;    ///< hash of its content
    std::string dataset = {};  ///< hash of the rows
    std::string calibration_split;
    std::optional<std::uint32_t> sample_seed = {};  ///< as stages::Calibrate has it
    Calibrate::Pass pass;
    Calibrate::Quantization quantization;
    Json method;             ///< calibrate::to_json
    std::size_t verify = 0;  ///< calibrate::SensitivityOptions::verify

    static constexpr auto fields() {
      return std::tuple(field("task", &Params::task), field("checkpoint", &Params::checkpoint),
                        field("dataset", &Params::dataset),
                        field("calibration_split", &Params::calibration_split),
                        field("sample_seed", &Params::sample_seed), field("pass", &Params::pass),
                        field("quantization", &Params::quantization),
                        field("method", &Params::method), field("verify", &Params::verify));
    }
  };
  using Places = plan::TaskPlaces;

  struct Result {
    std::vector<std::string> operators;  ///< names, most damaging first
    /// Number of operators at the start of the list whose own outputs have less than 10 dB of
    /// signal to noise when they are quantized.
    std::size_t broken = 0;
    std::size_t samples = 0;

    static constexpr auto fields() {
      return std::tuple(field("operators", &Result::operators), field("broken", &Result::broken),
                        field("samples", &Result::samples));
    }
  };

  /// Ranks the operators that `cell` quantizes.
  static plan::Request<Rank> plan(plan::Builder& builder, const spec::Cell& cell);
  static Result run(const plan::Context<Rank>& context);
};

}  // namespace quantbench::stages
