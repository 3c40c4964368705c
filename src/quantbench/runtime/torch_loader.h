#pragma once

#include <memory>
#include <string>

#include "quantbench/runtime/session.h"

namespace quantbench::runtime {

/// What becomes of the checkpoint's weights.
enum class TorchWeights { kAsTheyAre, kQuantized };

/// The runtime `framework` of the libtorch plug-in. The plug-in is loaded at its first use, so the
/// program starts without libtorch. Without libtorch, its methods throw Error saying what to
/// install.
std::unique_ptr<Runtime> torch_runtime(std::string framework, std::string summary,
                                       TorchWeights weights);

}  // namespace quantbench::runtime
