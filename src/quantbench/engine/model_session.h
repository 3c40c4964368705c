#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "quantbench/engine/stage.h"
#include "quantbench/runtime/session.h"

namespace quantbench::engine {

/// The framework of a running stage's identity. Throws Error when it is unknown.
const runtime::Runtime& framework_of(const StageContext& context);

/// The model of a running stage: the file that the needed stage made, or the checkpoint itself
/// where the framework of its identity opens checkpoints.
std::filesystem::path model_path(const StageContext& context);

/// Opens the model of a running stage with the framework of its identity. Throws Error.
std::unique_ptr<runtime::Session> open_model(const StageContext& context,
                                             runtime::SessionOptions options,
                                             const std::string& task);

}  // namespace quantbench::engine
