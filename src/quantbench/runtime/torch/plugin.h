#pragma once

#include "quantbench/runtime/session.h"

namespace quantbench::runtime::torch_plugin {

/// Version of what the program and the plug-in say to each other; raised when Session, Runtime or
/// the entry point change, so that a plug-in of another build is refused and not crashed into.
inline constexpr int kPluginVersion = 1;

/// Name of the entry point: `Runtime* quantbench_torch_plugin(int version, const char* framework)`.
/// Returns nullptr when the version or the framework is unknown to the plug-in; the caller owns
/// what it returns.
inline constexpr const char* kPluginEntry = "quantbench_torch_plugin";
using PluginEntry = Runtime* (*)(int version, const char* framework);

/// The file beside the program or in the library directory.
inline constexpr const char* kPluginFile = "libquantbench_torch.so";

}  // namespace quantbench::runtime::torch_plugin
