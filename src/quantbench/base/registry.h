#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quantbench/base/error.h"
#include "quantbench/base/text.h"

namespace quantbench {

/// Named plug-ins of one kind (tasks, metrics, ...). An explicit `register_builtin_*()` call fills
/// it; CMake generates this function from the files of the plug-in directory. Programs may add
/// plug-ins of their own.
template <typename Plugin>
class Registry {
 public:
  /// `kind` is the singular noun for error messages: "metric".
  explicit Registry(std::string kind) : kind_(std::move(kind)) {}

  /// Throws Error if the name is taken.
  void add(std::string name, std::unique_ptr<const Plugin> plugin) {
    if (find(name) != nullptr) throw Error(kind_ + " '" + name + "' is registered twice");
    entries_.emplace_back(std::move(name), std::move(plugin));
  }

  /// nullptr if the name is unknown.
  const Plugin* find(std::string_view name) const {
    for (const auto& [known, plugin] : entries_) {
      if (known == name) return plugin.get();
    }
    return nullptr;
  }

  /// Throws Error "unknown metric 'acuracy' (did you mean 'accuracy'?)".
  const Plugin& get(std::string_view name) const {
    const Plugin* plugin = find(name);
    if (plugin == nullptr) {
      throw Error("unknown " + kind_ + " '" + std::string(name) + "'", {}, suggest(name, names()));
    }
    return *plugin;
  }

  /// The plug-in that is meant where none is named: the one whose `is_default()` is true. Throws
  /// Error if no plug-in says so.
  const std::string& default_name() const {
    for (const auto& [name, plugin] : entries_) {
      if (plugin->is_default()) return name;
    }
    throw Error("no " + kind_ + " is the default");
  }

  /// All names, sorted.
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& entry : entries_) out.push_back(entry.first);
    std::sort(out.begin(), out.end());
    return out;
  }

 private:
  std::string kind_;
  std::vector<std::pair<std::string, std::unique_ptr<const Plugin>>> entries_;
};

}  // namespace quantbench
