#pragma once

#include "quantbench/dataset/dataset.h"

namespace quantbench::dataset::parquet_plugin {

/// Version of what the program and the plug-in say to each other; raised when Table or the entry
/// point change, so that a plug-in of another build is refused and not crashed into.
inline constexpr int kPluginVersion = 2;

/// Name of the entry point: `const Format* quantbench_parquet_plugin(int version)`. Returns nullptr
/// when the version is unknown to the plug-in, which owns what it returns.
inline constexpr const char* kPluginEntry = "quantbench_parquet_plugin";
using PluginEntry = const Format* (*)(int version);

/// The file beside the program or in the library directory.
inline constexpr const char* kPluginFile = "libquantbench_parquet.so";

}  // namespace quantbench::dataset::parquet_plugin
