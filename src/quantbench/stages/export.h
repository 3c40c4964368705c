#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "quantbench/plan/builder.h"

namespace quantbench::stages {

/// Name of the model file in the artefact of a stage that makes a model.
inline constexpr const char* kModelFile = "model.onnx";

/// Checkpoint -> float32 ONNX model, kModelFile.
struct Export {
  static constexpr plan::StageDeclaration kDeclaration{
      .name = "export",
      .summary = "checkpoint -> float32 ONNX model",
      .version = 2,
      .makes_artefact = true,
      .errors_are_input_faults = true,
  };

  struct Params {
    std::string checkpoint;  ///< hash of its content
    std::string task;
    std::int64_t opset = 0;

    static constexpr auto fields() {
      return std::tuple(field("checkpoint", &Params::checkpoint), field("task", &Params::task),
                        field("opset", &Params::opset));
    }
  };
  struct Places {
    std::filesystem::path checkpoint;

    static constexpr auto fields() { return std::tuple(field("checkpoint", &Places::checkpoint)); }
  };
  using Result = plan::Nothing;

  static plan::Request<Export> plan(plan::Builder& builder, const spec::Cell& cell);
  static Result run(const plan::Context<Export>& context);
};

}  // namespace quantbench::stages
