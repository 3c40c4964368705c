#pragma once

#include <string>
#include <vector>

#include "quantbench/base/parameter.h"

namespace quantbench::spec {

/// What the plug-ins of this program declare, as far as a spec speaks of it. The spec stands below
/// all of them, so their declarations reach it as data.
struct Declarations {
  struct Task {
    std::string name;
    std::string summary;
    Parameters args;  ///< its keys of task_args
  };
  struct Framework {
    std::string name;
    std::string summary;
    /// It opens the checkpoint itself: it takes neither the keys of our quantizers nor the keys of
    /// an ONNX graph.
    bool opens_checkpoint = false;
    /// It quantizes what it opens.
    bool quantizes = false;
  };
  struct Approach {
    std::string name;
    std::string summary;
    Parameters parameters;
    bool calibrates = false;
  };

  std::vector<Task> tasks;
  std::vector<Framework> frameworks;
  std::vector<Approach> approaches;
  /// Parameters of all approaches, each with the approaches that have it.
  Parameters quantization;
  Parameters calibration;  ///< the keys of `calibration`
  std::vector<std::string> metrics;

  /// nullptr if no declaration has that name.
  const Framework* find_framework(const std::string& name) const;
  const Approach* find_approach(const std::string& name) const;
};

/// Asks the registries, so that a plug-in that is added later counts. Defined in
/// declarations/declarations.cpp, which stands above the rooms of the plug-ins.
Declarations declarations();

template <typename List>
std::vector<std::string> names_in(const List& plugins) {
  std::vector<std::string> names;
  for (const auto& plugin : plugins) names.push_back(plugin.name);
  return names;
}

}  // namespace quantbench::spec
