#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace quantbench::test {

/// The plug-in's place in the build: beside the program, one directory above the test programs.
inline bool plugin_was_built(const std::string& file) {
  const auto tests = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  return std::filesystem::exists(tests.parent_path() / file);
}

/// Sets QUANTBENCH_PLUGINS while this object exists.
class PluginDirectory {
 public:
  explicit PluginDirectory(const std::filesystem::path& directory) {
    if (const char* value = std::getenv(kName)) before_ = value;
    ::setenv(kName, directory.c_str(), 1);
  }
  ~PluginDirectory() {
    if (before_.empty()) {
      ::unsetenv(kName);
    } else {
      ::setenv(kName, before_.c_str(), 1);
    }
  }
  PluginDirectory(const PluginDirectory&) = delete;
  PluginDirectory& operator=(const PluginDirectory&) = delete;

 private:
  static constexpr const char* kName = "QUANTBENCH_PLUGINS";
  std::string before_;
};

}  // namespace quantbench::test
