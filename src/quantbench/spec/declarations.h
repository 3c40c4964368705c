#pragma once

#include <optional>
#include <string>
#include <vector>

#include "quantbench/base/parameter.h"

namespace quantbench::spec {

/// The forms of a spec that the cards of 2022 come from.
enum class SpecForm {
  kNameOrPath,               ///< `name_or_path` (September 2022)
  kModelNameOrPath,          ///< `model_name_or_path` and `backend` (July 2022)
  kModelNameOrPathNoBackend  ///< `model_name_or_path` alone (July 2022)
};

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
    /// It has the graph optimizations of framework_args.optimization_level.
    bool has_optimization_levels = false;
    Parameters args = {};  ///< its own keys of framework_args
  };
  struct Backend {
    std::string name;
    std::string summary;
    Parameters args;  ///< its keys of backend_args
  };
  struct Strategy {
    std::string name;
    std::string summary;
    Parameters args;  ///< its keys of strategy_args
  };
  struct Approach {
    std::string name;
    std::string summary;
    Parameters parameters;
    bool calibrates = false;
  };
  /// A layout of the model card.
  struct CardLayout {
    std::string name;
    std::string summary;
    /// It shows every row beside an unquantized one.
    bool compares = false;
    /// The form of spec whose card has this layout unless the spec names another.
    std::optional<SpecForm> default_for = std::nullopt;
  };

  std::vector<Task> tasks;
  std::vector<Framework> frameworks;
  std::vector<Backend> backends;
  std::vector<Strategy> strategies;
  std::vector<Approach> approaches;
  /// Parameters of all approaches, each with the approaches that have it.
  Parameters quantization;
  Parameters calibration;  ///< the keys of `calibration`
  std::vector<std::string> metrics;
  std::vector<CardLayout> card_layouts;
  std::vector<std::string> architectures;       ///< model_types of checkpoints
  std::vector<std::string> dataset_extensions;  ///< ".csv", ...
  /// What is meant where a spec names none.
  std::string default_framework;
  std::string default_backend;
  std::string default_strategy;
  std::string default_approach;

  /// nullptr if no declaration has that name.
  const Framework* find_framework(const std::string& name) const;
  const Approach* find_approach(const std::string& name) const;
  const CardLayout* find_card_layout(const std::string& name) const;
  /// The layout of a card whose spec has that form. Throws Error if no layout is its default.
  const CardLayout& card_layout_for(SpecForm form) const;
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
