#pragma once

#include <filesystem>
#include <string>

#include "quantbench/plan/builder.h"

namespace quantbench::stages {

/// ONNX file of the user's -> the same file (kModelFile), with its external data, in the cache.
/// Stands where Export stands for a checkpoint.
struct TakeOnnx {
  static constexpr plan::StageDeclaration kDeclaration{
      .name = "take_onnx",
      .summary = "ONNX file -> the same file, in the cache",
      .version = 1,
      .makes_artefact = true,
      .errors_are_input_faults = true,
  };

  struct Params {
    std::string model;  ///< hash of its content

    static constexpr auto fields() { return std::tuple(field("model", &Params::model)); }
  };
  struct Places {
    std::filesystem::path model;

    static constexpr auto fields() { return std::tuple(field("model", &Places::model)); }
  };
  using Result = plan::Nothing;

  static plan::Request<TakeOnnx> plan(plan::Builder& builder);
  static Result run(const plan::Context<TakeOnnx>& context);
};

}  // namespace quantbench::stages
