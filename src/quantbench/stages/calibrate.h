#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/calibrate/calibrate.h"
#include "quantbench/calibrate/kept_inputs.h"
#include "quantbench/plan/builder.h"
#include "quantbench/plan/task_data.h"

namespace quantbench::stages {

/// float32 ONNX model and samples -> ranges of its activations. One pass serves every static cell
/// whose calibration takes the same samples: it gathers what all their methods need, for the
/// tensors of all their operators.
struct Calibrate {
  static constexpr plan::StageDeclaration kDeclaration{
      .name = "calibrate",
      .summary = "float32 ONNX model and samples -> ranges of its activations",
      .version = 7,
  };

  /// What decides which activations are seen: the samples, their padding, the graph.
  struct Pass {
    std::int64_t num_calibration_samples = 0;
    bool pad_to_max_length = false;
    std::optional<std::int64_t> max_length;
    bool mask_padding = false;
    Json collection;   ///< as the spec has it; null: the usual one of most methods
    Json preparation;  ///< quantize::preparation_of

    static constexpr auto fields() {
      return std::tuple(
          field("num_calibration_samples", &Pass::num_calibration_samples),
          field("pad_to_max_length", &Pass::pad_to_max_length),
          field("max_length", &Pass::max_length), field("mask_padding", &Pass::mask_padding),
          field("collection", &Pass::collection), field("preparation", &Pass::preparation));
    }
    bool operator==(const Pass&) const = default;
  };
  /// The approach of cells that share the pass, and their options apart from the operators.
  struct Quantization {
    std::string approach;
    Json options;

    static constexpr auto fields() {
      return std::tuple(field("approach", &Quantization::approach),
                        field("options", &Quantization::options));
    }
  };
  struct Params {
    plan::TaskParams task;
    std::string checkpoint;    ///< hash of its content
    std::string dataset = {};  ///< hash of the rows
    std::string calibration_split;
    /// Set where the split is evaluated too and its samples are drawn by a seed: calibration then
    /// takes the first of these.
    std::optional<std::uint32_t> sample_seed = {};
    Pass pass;
    bool reference = false;                               ///< protocol: reference
    std::vector<Json> methods = {};                       ///< calibrate::to_json
    std::vector<std::string> operators_to_quantize = {};  ///< of all cells
    std::vector<Quantization> quantizations = {};

    static constexpr auto fields() {
      return std::tuple(field("task", &Params::task), field("checkpoint", &Params::checkpoint),
                        field("dataset", &Params::dataset),
                        field("calibration_split", &Params::calibration_split),
                        field("sample_seed", &Params::sample_seed), field("pass", &Params::pass),
                        field("reference", &Params::reference), field("methods", &Params::methods),
                        field("operators_to_quantize", &Params::operators_to_quantize),
                        field("quantizations", &Params::quantizations));
    }
  };
  using Places = plan::TaskPlaces;

  struct Result {
    /// Params::methods, and their ranges in the same order.
    std::vector<Json> methods;
    calibrate::Result calibration;
    /// Of the first samples, for what runs a quantized model to look at it.
    calibrate::KeptInputs inputs;

    static constexpr auto fields() {
      return std::tuple(field("methods", &Result::methods),
                        field("calibration", &Result::calibration),
                        field("inputs", &Result::inputs));
    }
  };

  static plan::Request<Calibrate> plan(plan::Builder& builder, const spec::Cell& cell);
  static Result run(const plan::Context<Calibrate>& context);
};

}  // namespace quantbench::stages
