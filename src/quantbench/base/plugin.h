#pragma once

#include <string>

namespace quantbench {

/// Loads a plug-in library. A feature that needs a large optional library is a plug-in, so the
/// program starts without the library. Searches QUANTBENCH_PLUGINS, else the program's directory,
/// else the directory of `cmake --install`. Returns the address of the entry point. The library
/// stays loaded.
///
/// Throws Error "`need` is not available" with the files tried, `where` and `hint`.
struct PluginRequest {
  std::string file;   ///< "libquantbench_torch.so"
  std::string entry;  ///< name of the entry point, a C function
  std::string need;   ///< "framework pytorch needs libtorch, which"
  std::string where;
  std::string hint;
};
void* load_plugin(const PluginRequest& request);

}  // namespace quantbench
