#pragma once

#include "quantbench/runtime/session.h"

namespace quantbench::runtime::openvino_plugin {

/// Version of the interface between program and plug-in. Increase it when Session, Runtime or the
/// entry point change: the program then refuses a plug-in of another build instead of crashing.
inline constexpr int kPluginVersion = 2;

/// Name of the entry point: `Runtime* quantbench_openvino_plugin(int version, const char* name)`.
/// `name` is the framework's in `facts()`. Returns nullptr if the plug-in does not know the
/// version. The caller owns the result.
inline constexpr const char* kPluginEntry = "quantbench_openvino_plugin";
using PluginEntry = Runtime* (*)(int version, const char* name);

/// File name of the plug-in, beside the program or in the library directory.
inline constexpr const char* kPluginFile = "libquantbench_openvino.so";

/// Key of SessionOptions::arguments, and its values.
inline constexpr const char* kPrecisionKey = "inference_precision";
inline constexpr const char* kFloat32 = "f32";
inline constexpr const char* kBFloat16 = "bf16";

}  // namespace quantbench::runtime::openvino_plugin
