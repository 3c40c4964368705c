#pragma once

#include <optional>
#include <string>

#include "quantbench/plan/builder.h"
#include "quantbench/quantize/report.h"

namespace quantbench::stages {

/// float32 ONNX model -> int8 ONNX model (kModelFile), and what was quantized.
struct Quantize {
  static constexpr plan::StageDeclaration kDeclaration{
      .name = "quantize",
      .summary = "float32 ONNX model -> int8 ONNX model",
      .version = 8,
      .makes_artefact = true,
  };

  struct Params {
    std::string quantization_approach;
    /// Values of the approach's parameters; lists without order are sorted.
    Json options;
    /// Where the approach calibrates: the method with its parameters (calibrate::to_json).
    std::optional<Json> calibration_method;
    std::optional<double> least_token_sqnr;
    /// false: the model does not run before it is kept, whatever the options say. Else not given.
    std::optional<bool> verifies;

    static constexpr auto fields() {
      return std::tuple(field("quantization_approach", &Params::quantization_approach),
                        field("options", &Params::options),
                        field("calibration_method", &Params::calibration_method),
                        field("least_token_sqnr", &Params::least_token_sqnr),
                        field("verifies", &Params::verifies));
    }
  };
  using Places = plan::Nothing;

  struct Result {
    quantize::Report report;

    static constexpr auto fields() { return std::tuple(field("report", &Result::report)); }
  };

  static plan::Request<Quantize> plan(plan::Builder& builder, const spec::Cell& cell);
  static Result run(const plan::Context<Quantize>& context);
};

}  // namespace quantbench::stages
