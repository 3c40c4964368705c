#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace quantbench::hub {

/// What a user says of a model's files.
struct ModelChoice {
  /// true: a checkpoint of transformers. false: an ONNX model. nullopt: an ONNX model if
  /// `file_name` is given or there are no weights.
  std::optional<bool> from_transformers = std::nullopt;
  /// Path of the ONNX file below the directory or repository, or its name.
  std::optional<std::string> file_name = std::nullopt;

  /// Whether the ONNX model is meant, where the weights of a checkpoint are present or not. Throws
  /// Error if both are said.
  bool takes_onnx(bool has_weights, bool has_onnx) const;
};

/// The files among `files` that are ONNX models: "model.onnx", "onnx/model.onnx".
std::vector<std::string> onnx_files(const std::vector<std::string>& files);

/// The ONNX model among the files of `what` (a directory or repository): the file that the choice
/// names, or the only one, or `model.onnx` or `onnx/model.onnx` beside other variants. Throws Error
/// listing the models if none of them is meant, or none has the name.
std::string choose_onnx(const std::vector<std::string>& files, const ModelChoice& choice,
                        const std::string& what);

/// Names of the files with external data of an ONNX model, relative to its directory.
using ExternalDataOf = std::function<std::vector<std::string>(const std::filesystem::path& model)>;

}  // namespace quantbench::hub
