#include "quantbench/base/plugin.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"

namespace quantbench {

namespace {

/// QUANTBENCH_PLUGINS, else the program's directory, else the directory of `cmake --install`.
std::vector<std::filesystem::path> plugin_directories() {
  const char* named = std::getenv("QUANTBENCH_PLUGINS");
  if (named != nullptr && *named != '\0') return {named};
  std::error_code failure;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", failure).parent_path();
  // Tests and tools are one or two directories below the plug-ins.
  return {program, program.parent_path(), program.parent_path().parent_path(),
          program.parent_path() / "lib" / "quantbench"};
}

}  // namespace

void* load_plugin(const PluginRequest& request) {
  std::vector<std::string> tried;
  for (const auto& directory : plugin_directories()) {
    const auto file = directory / request.file;
    std::error_code failure;
    if (!std::filesystem::is_regular_file(file, failure)) continue;
    void* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      tried.emplace_back(::dlerror());
      continue;
    }
    if (void* entry = ::dlsym(library, request.entry.c_str())) return entry;
    tried.push_back(file.string() + " is not a plug-in of quantbench");
  }
  throw Error(request.need + " is not available" +
                  (tried.empty() ? std::string() : ": " + join(tried, "; ")),
              request.where, request.hint);
}

}  // namespace quantbench
