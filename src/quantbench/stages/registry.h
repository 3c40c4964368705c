#pragma once

#include <memory>

#include "quantbench/base/registry.h"
#include "quantbench/plan/stage.h"

namespace quantbench::stages {

using StageRegistry = Registry<plan::Stage>;
void register_builtin_stages(StageRegistry& registry);
/// By name, for a worker and for whoever lists them. A plan refers to stages by their type.
StageRegistry& stages();

/// Adds a stage under the name that it declares.
template <typename S>
void add(StageRegistry& registry) {
  registry.add(std::string(S::kDeclaration.name), std::make_unique<plan::StageOf<S>>());
}

}  // namespace quantbench::stages
