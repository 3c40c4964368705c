#pragma once

#include <optional>
#include <string>
#include <vector>

#include "quantbench/base/json.h"
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
  std::string framework = {};  ///< that the run measured the model with
  /// The framework's own arguments (runtime::SessionOptions::arguments).
  Json arguments = Json::object();
};

/// The section of README.md that shows the lines of each program, Markdown: ONNX Runtime, Optimum,
/// transformers.js and each other runtime with a package of its own. All of them run in the
/// deployed directory.
std::string loading_section(const Loading& loading);

/// Three lines of Python that load the model from `directory`, where the caller stands: with the
/// framework that the run measured, if it has a package of its own; else with Optimum where it has
/// a class for the task, else with ONNX Runtime.
std::vector<std::string> loading_lines(const Loading& loading, const std::string& directory);

}  // namespace quantbench::deploy
