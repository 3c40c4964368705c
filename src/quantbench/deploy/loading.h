#pragma once

#include <optional>
#include <string>

#include "quantbench/deploy/layout.h"

namespace quantbench::deploy {

/// What decides how a program loads a deployed directory.
struct Loading {
  Places places = {};
  std::string task = {};  ///< also the name of the pipeline of transformers
  std::string head = {};  ///< "SequenceClassification"; empty: the task has no class in Optimum
  bool has_tokenizer = false;
  bool has_image_processor = false;
  /// Threads of an operator that the run measured with; nullopt: the runtime's own number.
  std::optional<int> threads = std::nullopt;
  /// Type in which OpenVINO computes float operators (INFERENCE_PRECISION_HINT).
  std::string precision = "f32";
};

/// The section of README.md that shows the lines of each program, Markdown: ONNX Runtime, Optimum,
/// transformers.js and OpenVINO. All of them run in the deployed directory.
std::string loading_section(const Loading& loading);

}  // namespace quantbench::deploy
