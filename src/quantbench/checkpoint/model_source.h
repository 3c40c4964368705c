#pragma once

#include <filesystem>
#include <string>

#include "quantbench/hub/onnx_files.h"

namespace quantbench::checkpoint {

/// What the name of a local model stands for.
struct ModelSource {
  /// Has config.json and the files of the tokenizer or the image processor.
  std::filesystem::path directory;
  /// The ONNX model; empty: the weights of a checkpoint, to be exported.
  std::filesystem::path onnx = {};

  bool is_onnx() const { return !onnx.empty(); }
};

/// `name` is a directory, with a checkpoint or ONNX models in it, or an ONNX file with config.json
/// beside it (of `onnx/model.onnx`: beside the directory `onnx`). Throws Error: the choice fits
/// several ONNX models or none (hub::choose_onnx), or contradicts the name.
ModelSource find_model(const std::filesystem::path& name, const hub::ModelChoice& choice = {});

/// SHA-256 of an ONNX model with its external data; not of their names.
std::string onnx_hash(const std::filesystem::path& model);

}  // namespace quantbench::checkpoint
