#pragma once

#include "quantbench/runtime/session.h"

namespace quantbench::runtime::torch_plugin {

/// Version of the interface between program and plug-in. Increase it when Session, Runtime or the
/// entry point change: the program then refuses a plug-in of another build instead of crashing.
inline constexpr int kPluginVersion = 5;

/// Name of the entry point: `Runtime* quantbench_torch_plugin(int version, const char* name, bool
/// quantizes)`. `name` is the framework's in `facts()`. `quantizes`: linear layers get int8
/// weights. Returns nullptr if the plug-in does not know the version. The caller owns the result.
inline constexpr const char* kPluginEntry = "quantbench_torch_plugin";
using PluginEntry = Runtime* (*)(int version, const char* name, bool quantizes);

/// File name of the plug-in, beside the program or in the library directory.
inline constexpr const char* kPluginFile = "libquantbench_torch.so";

}  // namespace quantbench::runtime::torch_plugin
