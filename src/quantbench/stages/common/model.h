#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "quantbench/plan/builder.h"
#include "quantbench/runtime/session.h"
#include "quantbench/stages/export.h"

namespace quantbench::stages {

/// A cell's framework, for the parameters of stages that run models: figures depend on its version
/// and on its own arguments.
struct FrameworkParams {
  std::string name;
  std::string version;
  Json arguments = Json::object();  ///< SessionOptions::arguments

  static constexpr auto fields() {
    return std::tuple(field("name", &FrameworkParams::name),
                      field("version", &FrameworkParams::version),
                      field("arguments", &FrameworkParams::arguments));
  }
  /// Throws Error if it is unknown.
  const runtime::Runtime& runtime() const { return runtime::runtimes().get(name); }
};

/// Throws Error if the framework's library is not installed.
FrameworkParams framework_params(const spec::Cell& cell);

/// Whether the cell's model is quantized: by quantbench, or by its framework.
bool is_quantized(const spec::Cell& cell);

/// The stage whose artefact is the float32 ONNX model of the cell: exported, or the user's.
std::size_t require_float_model(plan::Builder& builder, const spec::Cell& cell);

/// The stage whose artefact is the cell's model; nullopt if its framework opens the checkpoint.
std::optional<std::size_t> require_model(plan::Builder& builder, const spec::Cell& cell);

/// The same, as Request::needs of a stage that runs the model.
std::vector<std::size_t> model_needs(plan::Builder& builder, const spec::Cell& cell);

/// What such a stage opens: the file of the stage that it needs, or the checkpoint if the framework
/// opens checkpoints.
template <typename S>
std::filesystem::path model_path(const plan::Context<S>& context) {
  return context.params.framework.runtime().model_form() == runtime::ModelForm::kCheckpoint
             ? context.places.checkpoint
             : context.artefact(0) / kModelFile;
}

/// Opens it for a task. Throws Error.
std::unique_ptr<runtime::Session> open_model(const FrameworkParams& framework,
                                             const std::filesystem::path& path,
                                             runtime::SessionOptions options,
                                             const std::string& task);

}  // namespace quantbench::stages
