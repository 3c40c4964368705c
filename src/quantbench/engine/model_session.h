#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "quantbench/engine/stage.h"
#include "quantbench/runtime/session.h"

namespace quantbench::engine {

/// The framework in a running stage's identity. Throws Error if it is unknown.
const runtime::Runtime& framework_of(const StageContext& context);

/// The model of a running stage: the file from the stage it needs, or the checkpoint if its
/// framework opens checkpoints.
std::filesystem::path model_path(const StageContext& context);

/// Opens a running stage's model with the framework in its identity. Throws Error.
std::unique_ptr<runtime::Session> open_model(const StageContext& context,
                                             runtime::SessionOptions options,
                                             const std::string& task);

}  // namespace quantbench::engine
