#pragma once

#include "quantbench/dataset/dataset.h"

namespace quantbench::dataset::parquet_plugin {

/// Version of the interface between program and plug-in. Increase it when Table or the entry point
/// change: the program then refuses a plug-in of another build instead of crashing.
inline constexpr int kPluginVersion = 2;

/// Name of the entry point: `const Format* quantbench_parquet_plugin(int version)`. Returns nullptr
/// if the plug-in does not know the version. The plug-in owns the result.
inline constexpr const char* kPluginEntry = "quantbench_parquet_plugin";
using PluginEntry = const Format* (*)(int version);

/// File name of the plug-in, beside the program or in the library directory.
inline constexpr const char* kPluginFile = "libquantbench_parquet.so";

}  // namespace quantbench::dataset::parquet_plugin
