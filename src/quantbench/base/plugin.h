#pragma once

#include <string>

namespace quantbench {

/// Loads a plug-in library of the program, for what needs a big library that not everyone has: the
/// program then starts without it. Looked for in QUANTBENCH_PLUGINS, else beside the program, else
/// where `cmake --install` puts it. Returns the address of its entry point; the library stays
/// loaded.
///
/// Throws Error: "`need` is not available", with what was tried, `where` and `hint`.
struct PluginRequest {
  std::string file;   ///< "libquantbench_torch.so"
  std::string entry;  ///< name of the entry point, a C function
  std::string need;   ///< "framework pytorch needs libtorch, which"
  std::string where;
  std::string hint;
};
void* load_plugin(const PluginRequest& request);

}  // namespace quantbench
