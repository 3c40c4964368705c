#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "quantbench/plan/stage.h"
#include "quantbench/runtime/session.h"

namespace quantbench::stages {

/// The framework in a running stage's identity. Throws Error if it is unknown.
const runtime::Runtime& framework_of(const plan::StageContext& context);

/// The model of a running stage: the file from the stage it needs, or the checkpoint if its
/// framework opens checkpoints.
std::filesystem::path model_path(const plan::StageContext& context);

/// Opens a running stage's model with the framework in its identity. Throws Error.
std::unique_ptr<runtime::Session> open_model(const plan::StageContext& context,
                                             runtime::SessionOptions options,
                                             const std::string& task);

}  // namespace quantbench::stages
