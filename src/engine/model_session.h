#pragma once

#include <memory>
#include <string>

#include "quantbench/engine/stage.h"
#include "quantbench/runtime/session.h"

namespace quantbench::engine {

/// Opens the model of a running stage with the framework of its identity: the model file that the
/// needed stage made, or the checkpoint itself where the framework opens checkpoints. Throws Error.
std::unique_ptr<runtime::Session> open_model(const StageContext& context,
                                             runtime::SessionOptions options,
                                             const std::string& task);

}  // namespace quantbench::engine
